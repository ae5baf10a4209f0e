// Roles: named sets of scopes. The seven of the system stand in roles.cpp; customers make their own, kept in
// identity.roles. RoleBook is what turns a role's id into scopes, remembered for a second.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/api/errors.h"
#include "warp/api/principal.h"
#include "warp/base/uuid.h"

namespace warp::api {

struct SystemRole {
  std::string_view id;    // of its row in identity.roles
  std::string_view name;  // "customer_admin"
  std::string_view display_name, description;
  bool for_operators;  // nobody of a customer may hold it
  bool mfa;            // who holds it needs a second factor
};
std::span<const SystemRole> system_roles();
const SystemRole* system_role(RoleId id);
// From the catalogue of scopes, by rule.
std::vector<std::string> scopes_of(const SystemRole& role);

struct Role {
  RoleId id;
  std::optional<CustomerId> customer;  // none: of the system
  std::string name, display_name;
  std::vector<std::string> scopes;
  bool system = false, for_operators = false, mfa = false;
};

class RoleBook {
 public:
  virtual ~RoleBook() = default;
  // NOT_FOUND, or SERVICE_UNAVAILABLE when the database is away and the cache knows nothing.
  virtual boost::asio::awaitable<Outcome<Role>> find(RoleId id) = 0;
  // What is cached of that role is asked anew; nil: of all. Any thread.
  virtual void forget(RoleId id) = 0;
};

}  // namespace warp::api
