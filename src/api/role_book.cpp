// Roles by id: those of the system from code.
#include "services.h"

namespace warp::api {
namespace {

class SystemRoles final : public RoleBook {
 public:
  boost::asio::awaitable<Outcome<Role>> find(RoleId id) override {
    const auto* known = system_role(id);
    if (!known) co_return not_found("role");
    Role role;
    role.id = id;
    role.name = known->name;
    role.display_name = known->display_name;
    role.scopes = scopes_of(*known);
    role.system = true;
    role.for_operators = known->for_operators;
    role.mfa = known->mfa;
    co_return role;
  }
  void forget(RoleId) override {}
};

}  // namespace

std::unique_ptr<RoleBook> make_role_book(pg::Pool&, const Clock&) {
  return std::make_unique<SystemRoles>();
}

}  // namespace warp::api
