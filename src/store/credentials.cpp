#include "warp/store/credentials.h"

#include "support.h"

#define CREDENTIAL_COLUMNS "id, trunk_id, username, realm, enabled, created_at, last_rotated_at"

namespace warp::store {
namespace {

constexpr pg::Query kCredentialTrunk{"store.credential.trunk",
                                     "SELECT id FROM trunks.configurations WHERE id = $1"};
constexpr pg::Query kListCredentials{"store.credential.list",
                                     "SELECT " CREDENTIAL_COLUMNS
                                     " FROM trunks.credentials WHERE trunk_id = $1 ORDER BY username, realm"};
constexpr pg::Query kGetCredential{"store.credential.get",
                                   "SELECT " CREDENTIAL_COLUMNS
                                   " FROM trunks.credentials WHERE trunk_id = $1 AND id = $2"};
constexpr pg::Query kCreateCredential{
    "store.credential.create",
    "INSERT INTO trunks.credentials (customer_id, trunk_id, username, realm, ha1_md5, ha1_sha256) "
    "SELECT customer_id, id, $2::text, $3::text, $4::text, $5::text FROM trunks.configurations WHERE id = $1 "
    "RETURNING " CREDENTIAL_COLUMNS};
constexpr pg::Query kEnable{"store.credential.enable",
                            "UPDATE trunks.credentials SET enabled = $3 WHERE trunk_id = $1 AND id = $2 "
                            "RETURNING " CREDENTIAL_COLUMNS};
constexpr pg::Query kRotateCredential{
    "store.credential.rotate",
    "UPDATE trunks.credentials SET ha1_md5 = $3, ha1_sha256 = $4, last_rotated_at = now() "
    "WHERE trunk_id = $1 AND id = $2 RETURNING " CREDENTIAL_COLUMNS};
constexpr pg::Query kRemoveCredential{
    "store.credential.remove",
    "DELETE FROM trunks.credentials WHERE trunk_id = $1 AND id = $2 RETURNING " CREDENTIAL_COLUMNS};

void read_credential(pg::RowReader& row, Credential& out) {
  row.next(out.id);
  row.next(out.trunk);
  row.next(out.username);
  row.next(out.realm);
  row.next(out.enabled);
  row.next(out.created_at);
  row.next(out.last_rotated_at);
}

}  // namespace

Task<std::vector<Credential>> CredentialRepository::list(Actor actor, TrunkId trunk) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kCredentialTrunk, pg::Params::of(trunk)});
  statements.push_back({&kListCredentials, pg::Params::of(trunk)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  if ((*answers)[0].empty()) co_return not_found();
  co_return read_all<Credential>((*answers)[1], read_credential, kListCredentials.name);
}

Task<Credential> CredentialRepository::get(Actor actor, TrunkId trunk, Uuid id) {
  return ask_one<Credential>(pool_, scope_of(actor), kGetCredential, pg::Params::of(trunk, id),
                             read_credential);
}

Task<Credential> CredentialRepository::create(Actor actor, TrunkId trunk, std::string username,
                                              std::string realm, CredentialHashes hashes) {
  return ask_one<Credential>(pool_, scope_of(actor), kCreateCredential,
                             pg::Params::of(trunk, username, realm, hashes.md5, hashes.sha256),
                             read_credential);
}

Task<Credential> CredentialRepository::enable(Actor actor, TrunkId trunk, Uuid id, bool enabled) {
  return ask_one<Credential>(pool_, scope_of(actor), kEnable, pg::Params::of(trunk, id, enabled),
                             read_credential);
}

Task<Credential> CredentialRepository::rotate(Actor actor, TrunkId trunk, Uuid id, CredentialHashes hashes) {
  return ask_one<Credential>(pool_, scope_of(actor), kRotateCredential,
                             pg::Params::of(trunk, id, hashes.md5, hashes.sha256), read_credential);
}

Task<Credential> CredentialRepository::remove(Actor actor, TrunkId trunk, Uuid id) {
  return ask_one<Credential>(pool_, scope_of(actor), kRemoveCredential, pg::Params::of(trunk, id),
                             read_credential);
}

}  // namespace warp::store
