#include "warp/store/credentials.h"

#include "support.h"

#define PROVIDER_CREDENTIAL_COLUMNS                                                                  \
  "id, provider_id, username, realm, from_user, from_domain, registrar, register, expires_seconds, " \
  "created_at, "                                                                                     \
  "updated_at"

namespace warp::store {
namespace {

constexpr pg::Query kListProviderCredentials{
    "store.provider_credential.list",
    "SELECT " PROVIDER_CREDENTIAL_COLUMNS
    " FROM routing.provider_credentials WHERE provider_id = $1 ORDER BY realm"};
constexpr pg::Query kGetProviderCredential{
    "store.provider_credential.get", "SELECT " PROVIDER_CREDENTIAL_COLUMNS
                                     " FROM routing.provider_credentials WHERE provider_id = $1 AND id = $2"};
constexpr pg::Query kCreateProviderCredential{
    "store.provider_credential.create",
    "INSERT INTO routing.provider_credentials (provider_id, username, realm, ha1_md5, ha1_sha256, from_user, "
    "from_domain, registrar, register, expires_seconds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
    "RETURNING " PROVIDER_CREDENTIAL_COLUMNS};
constexpr pg::Query kUpdateProviderCredential{
    "store.provider_credential.update",
    "UPDATE routing.provider_credentials SET from_user = coalesce($3, from_user), "
    "from_domain = coalesce($4, from_domain), registrar = coalesce($5, registrar), "
    "register = coalesce($6, register), expires_seconds = coalesce($7, expires_seconds), "
    "ha1_md5 = coalesce($8, ha1_md5), ha1_sha256 = coalesce($9, ha1_sha256) "
    "WHERE provider_id = $1 AND id = $2 RETURNING " PROVIDER_CREDENTIAL_COLUMNS};
constexpr pg::Query kRemoveProviderCredential{"store.provider_credential.remove",
                                              "DELETE FROM routing.provider_credentials WHERE provider_id = "
                                              "$1 AND id = $2 RETURNING " PROVIDER_CREDENTIAL_COLUMNS};

void read_credential(pg::RowReader& row, ProviderCredential& out) {
  row.next(out.id);
  row.next(out.provider);
  row.next(out.username);
  row.next(out.realm);
  row.next(out.from_user);
  row.next(out.from_domain);
  row.next(out.registrar);
  row.next(out.registers);
  row.next(out.expires_seconds);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace

Task<std::vector<ProviderCredential>> ProviderCredentialRepository::list(Actor actor, ProviderId provider) {
  return ask_all<ProviderCredential>(pool_, scope_of(actor), kListProviderCredentials,
                                     pg::Params::of(provider), read_credential);
}

Task<ProviderCredential> ProviderCredentialRepository::get(Actor actor, ProviderId provider, Uuid id) {
  return ask_one<ProviderCredential>(pool_, scope_of(actor), kGetProviderCredential,
                                     pg::Params::of(provider, id), read_credential);
}

Task<ProviderCredential> ProviderCredentialRepository::create(Actor actor, ProviderCredential c,
                                                              CredentialHashes hashes) {
  auto params = pg::Params::of(c.provider, c.username, c.realm, hashes.md5, hashes.sha256, c.from_user,
                               c.from_domain, c.registrar, c.registers, c.expires_seconds);
  return ask_one<ProviderCredential>(pool_, scope_of(actor), kCreateProviderCredential, std::move(params),
                                     read_credential);
}

Task<ProviderCredential> ProviderCredentialRepository::update(Actor actor, ProviderId provider, Uuid id,
                                                              ProviderCredentialPatch p) {
  std::optional<std::string> md5, sha256;
  if (p.hashes) {
    md5 = p.hashes->md5;
    sha256 = p.hashes->sha256;
  }
  auto params = pg::Params::of(provider, id, p.from_user, p.from_domain, p.registrar, p.registers,
                               p.expires_seconds, md5, sha256);
  return ask_one<ProviderCredential>(pool_, scope_of(actor), kUpdateProviderCredential, std::move(params),
                                     read_credential);
}

Task<ProviderCredential> ProviderCredentialRepository::remove(Actor actor, ProviderId provider, Uuid id) {
  return ask_one<ProviderCredential>(pool_, scope_of(actor), kRemoveProviderCredential,
                                     pg::Params::of(provider, id), read_credential);
}

}  // namespace warp::store
