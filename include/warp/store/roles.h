// Roles as rows: those that customers made, and the system's, whose scopes stand in code.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct RoleRow {
  Uuid id;
  std::optional<CustomerId> customer;  // absent: of the system
  std::string name, display_name, description;
  std::vector<std::string> scopes;
  std::uint64_t members = 0;  // of the customer that is looked at
  WallTime created_at{}, updated_at{};
};
struct NewRole {
  std::string name, display_name, description;
  std::vector<std::string> scopes;
};
struct RolePatch {
  std::optional<std::string> display_name = {}, description = {};
  std::optional<std::vector<std::string>> scopes = {};
};

// Actors are operators: no tenant's role sees these rows.
class RoleRepository {
 public:
  explicit RoleRepository(pg::Pool& pool) : pool_(pool) {}
  // For authority: any role. Its scopes are empty when it is the system's.
  Task<RoleRow> find(Uuid id);

  // The system's and the customer's own, by name.
  Task<std::vector<RoleRow>> list(Actor actor, CustomerId customer);
  Task<RoleRow> get(Actor actor, CustomerId customer, Uuid id);
  Task<RoleRow> create(Actor actor, CustomerId customer, NewRole wanted);
  // Of the customer's own alone. Other scopes end the sessions of all who hold it, in the same transaction.
  Task<RoleRow> update(Actor actor, CustomerId customer, Uuid id, RolePatch patch);
  Task<void> remove(Actor actor, CustomerId customer, Uuid id);  // InUse: somebody holds it

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
