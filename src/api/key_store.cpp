#include "key_store.h"

namespace warp::api {

boost::asio::awaitable<KeyStore::Found> PgKeyStore::find(KeyHash hash) {
  Found out;
  const auto found = co_await keys_.find(hash);
  if (!found) {
    out.available = found.error().kind == store::ErrorKind::NotFound;
    if (!out.available) log_.warning("api.key_lookup_failed", {{"error", found.error().message}});
    co_return out;
  }
  const auto& row = found->key;
  StoredKey key;
  key.principal.key = ApiKeyId{row.id};
  key.principal.name = row.name;
  key.principal.customer = row.customer;
  key.principal.scopes = row.scopes;
  key.principal.step_up_exempt = row.step_up_exempt;
  key.hash = hash;  // the row was found by it
  key.expires_at = row.expires_at;
  key.revoked_at = row.revoked_at;
  key.customer_active = found->customer_active;
  out.key = std::move(key);
  co_return out;
}

boost::asio::awaitable<void> PgKeyStore::touch(std::vector<KeyUse> uses) {
  std::vector<Uuid> ids;
  for (const auto& use : uses)
    ids.push_back(use.key.value);
  const auto touched = co_await keys_.touch(ids);
  if (!touched) log_.warning("api.key_use_not_written", {{"error", touched.error().message}});
}

}  // namespace warp::api
