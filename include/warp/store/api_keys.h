// API keys of customers and of operators. The secret is never stored: its SHA-256 is.
#pragma once

#include <array>
#include <chrono>

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

using KeyHash = std::array<std::byte, 32>;

struct ApiKey {
  Uuid id;
  std::optional<CustomerId> customer;  // absent: an operator's
  std::string name;
  std::string prefix;  // first characters of the key: "rk_…", "rk_test_…"
  std::vector<std::string> scopes;
  bool test = false, step_up_exempt = false;
  std::string created_by;
  WallTime created_at{};
  std::optional<WallTime> last_used_at, expires_at, revoked_at;
  std::vector<std::string> allowed_ips = {};    // networks; empty: from everywhere
  std::optional<WallTime> previous_until = {};  // until when the secret before is good as well
};

struct NewApiKey {
  std::optional<CustomerId> customer;  // absent: an operator's key
  std::string name, prefix;
  KeyHash secret_hash{};
  std::vector<std::string> scopes;
  bool step_up_exempt = false;
  std::optional<WallTime> expires_at;
  std::vector<std::string> allowed_ips = {};
};

// Absent: as it is.
struct ApiKeyPatch {
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> scopes, allowed_ips;
  Nullable<WallTime> expires_at;
};

struct ApiKeyEvent {
  std::int64_t id = 0;
  Uuid key;
  std::optional<CustomerId> customer;
  std::string event;  // insert, update, authenticate, …
  std::string actor;
  std::optional<std::string> ip, user_agent;
  WallTime created_at{};
};

class ApiKeyRepository {
 public:
  explicit ApiKeyRepository(pg::Pool& pool) : pool_(pool) {}
  // For authentication: any key with this hash, revoked or expired ones too; and whether its customer is
  // active (true for operators' keys).
  struct Found {
    ApiKey key;
    bool customer_active = true;
    std::optional<WallTime> superseded_at = {};  // of a secret that was replaced: when it ends
  };
  Task<Found> find(KeyHash secret_hash);
  // Sets last_used_at to now; not audited.
  Task<void> touch(std::vector<Uuid> keys);
  // Authentication activity for the audit trail: once a day, key, event and address.
  Task<void> record(Actor actor, ApiKey key, std::string event, std::string ip, std::string user_agent);

  // `customer` absent: operators' keys. Newest first.
  Task<std::vector<ApiKey>> list(Actor actor, std::optional<CustomerId> customer, bool include_revoked);
  Task<ApiKey> get(Actor actor, std::optional<CustomerId> customer, Uuid id);
  Task<ApiKey> create(Actor actor, NewApiKey key);
  Task<ApiKey> revoke(Actor actor, std::optional<CustomerId> customer, Uuid id);  // again: no change
  // Revoked ones are not changed: NotFound.
  Task<ApiKey> update(Actor actor, std::optional<CustomerId> customer, Uuid id, ApiKeyPatch patch);
  // The secret before stays good for `overlap`.
  Task<ApiKey> rotate(Actor actor, std::optional<CustomerId> customer, Uuid id, std::string prefix,
                      KeyHash secret_hash, std::chrono::seconds overlap = {});
  // Newest 100, of one key or of all keys of the customer.
  Task<std::vector<ApiKeyEvent>> audit(Actor actor, std::optional<CustomerId> customer,
                                       std::optional<Uuid> key);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
