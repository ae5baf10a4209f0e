// The catalogue's rows of credentials.
#include <unordered_map>

#include "catalogue_rows.h"
#include "support.h"

namespace warp::store {

using namespace std::chrono_literals;

const pg::Query kCatalogueCredentials{
    "store.catalogue.credentials",
    "SELECT id, trunk_id, username, realm, ha1_md5, ha1_sha256, "
    "(extract(epoch FROM coalesce(last_rotated_at, created_at)) * 1000000)::bigint "
    "FROM trunks.credentials WHERE enabled",
    30s};
const pg::Query kCatalogueProviderCredentials{
    "store.catalogue.provider_credentials",
    "SELECT id, provider_id, username, realm, ha1_md5, ha1_sha256, from_user, from_domain, register, "
    "registrar, "
    "expires_seconds FROM routing.provider_credentials ORDER BY realm",
    30s};

void read_catalogue_credential(pg::RowReader& row, domain::Credential& out) {
  row.next(out.id);
  row.next(out.trunk);
  row.next(out.username);
  row.next(out.realm);
  row.next(out.ha1_md5);
  row.next(out.ha1_sha256);
  row.next(out.version);
}

void read_catalogue_provider_credential(pg::RowReader& row, domain::ProviderCredential& out) {
  row.next(out.id);
  row.next(out.provider);
  row.next(out.username);
  row.next(out.realm);
  row.next(out.ha1_md5);
  row.next(out.ha1_sha256);
  row.next(out.from_user);
  row.next(out.from_domain);
  row.next(out.registers);
  row.next(out.registrar);
  out.expires = std::chrono::seconds(row.next<std::int64_t>());
}

void attach(domain::Catalogue& catalogue, std::vector<domain::ProviderCredential> credentials) {
  std::unordered_map<ProviderId, domain::Provider*> providers;
  for (auto& provider : catalogue.providers)
    providers[provider.id] = &provider;
  for (auto& credential : credentials)
    if (const auto owner = providers.find(credential.provider); owner != providers.end())
      owner->second->credentials.push_back(std::move(credential));
}

}  // namespace warp::store
