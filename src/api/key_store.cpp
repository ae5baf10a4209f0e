#include "key_store.h"

#include <algorithm>

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
  key.superseded_at = found->superseded_at;
  for (const auto& text : row.allowed_ips) {
    const auto network = domain::Cidr::parse(text);
    if (!network) {  // rather nowhere than everywhere
      log_.error("api.key_networks_unreadable", {{"key", row.id.to_string()}, {"network", text}});
      out.available = false;
      co_return out;
    }
    key.allowed.push_back(*network);
  }
  out.key = std::move(key);
  co_return out;
}

boost::asio::awaitable<void> PgKeyStore::touch(std::vector<KeyUse> uses) {
  std::vector<Uuid> ids;
  for (const auto& use : uses)
    if (std::find(ids.begin(), ids.end(), use.key.value) == ids.end()) ids.push_back(use.key.value);
  const auto touched = co_await keys_.touch(ids);
  if (!touched) log_.warning("api.key_use_not_written", {{"error", touched.error().message}});
  for (const auto& use : uses) {
    if (use.address.empty()) continue;
    store::ApiKey key;
    key.id = use.key.value;
    key.customer = use.customer;
    store::Actor actor;
    actor.who = (use.of_operator ? "operator_key:" : "api_key:") + use.key.to_string();
    const std::string event = "authenticate", no_agent;
    const auto noted = co_await keys_.record(std::move(actor), std::move(key), event, use.address, no_agent);
    if (!noted) log_.warning("api.key_use_not_written", {{"error", noted.error().message}});
  }
}

}  // namespace warp::api
