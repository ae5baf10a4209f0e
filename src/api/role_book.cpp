// Roles by id: those of the system from code, customers' own from Postgres, remembered for a second. A change
// is in force on every node within that time, without a word between them.
#include <mutex>
#include <unordered_map>

#include "warp/store/roles.h"

#include "services.h"

namespace warp::api {
namespace {

constexpr std::chrono::seconds kRemembered{1};
constexpr std::size_t kMostRoles = 10'000;

Role of_system(RoleId id, const SystemRole& known) {
  Role role;
  role.id = id;
  role.name = known.name;
  role.display_name = known.display_name;
  role.scopes = scopes_of(known);
  role.system = true;
  role.for_operators = known.for_operators;
  role.mfa = known.mfa;
  return role;
}

// Whatever a row says, a customer's role holds no scope of operators.
Role of_customer(store::RoleRow row) {
  Role role;
  role.id = RoleId{row.id};
  role.customer = row.customer;
  role.name = std::move(row.name);
  role.display_name = std::move(row.display_name);
  for (auto& scope : row.scopes)
    if (!is_for_operators(scope)) role.scopes.push_back(std::move(scope));
  return role;
}

class StoredRoles final : public RoleBook {
 public:
  StoredRoles(pg::Pool& pool, const Clock& clock) : roles_(pool), clock_(clock) {}

  boost::asio::awaitable<Outcome<Role>> find(RoleId id) override {
    if (const auto* known = system_role(id)) co_return of_system(id, *known);
    const auto kept = look_up(id);
    if (kept && kept->until > clock_.now()) co_return kept->role;
    const auto generation = this->generation();
    auto asking = roles_.find(id.value);
    auto row = co_await std::move(asking);
    if (!row && row.error().kind == store::ErrorKind::NotFound) {
      forget(id);
      co_return Failure{ErrorCode::NotFound, "There is no such role."};
    }
    if (!row && kept) co_return kept->role;  // better a second too old than nobody let in
    if (!row) co_return Failure{ErrorCode::ServiceUnavailable, ""};
    if (!row->customer) co_return Failure{ErrorCode::NotFound, "There is no such role."};
    auto role = of_customer(std::move(*row));
    keep(generation, role);
    co_return role;
  }

  void forget(RoleId id) override {
    const std::lock_guard guard(mutex_);
    ++generation_;
    if (id.is_nil())
      kept_.clear();
    else
      kept_.erase(id);
  }

 private:
  struct Kept {
    Role role;
    Monotonic until;
  };

  std::optional<Kept> look_up(RoleId id) {
    const std::lock_guard guard(mutex_);
    const auto found = kept_.find(id);
    return found == kept_.end() ? std::nullopt : std::optional(found->second);
  }
  std::uint64_t generation() {
    const std::lock_guard guard(mutex_);
    return generation_;
  }
  // Not what was read before something was forgotten.
  void keep(std::uint64_t generation, const Role& role) {
    const std::lock_guard guard(mutex_);
    if (generation != generation_) return;
    if (kept_.size() >= kMostRoles) kept_.clear();
    kept_.insert_or_assign(role.id, Kept{role, clock_.now() + kRemembered});
  }

  store::RoleRepository roles_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the two below
  std::unordered_map<RoleId, Kept> kept_;
  std::uint64_t generation_ = 0;
};

}  // namespace

std::unique_ptr<RoleBook> make_role_book(pg::Pool& pool, const Clock& clock) {
  return std::make_unique<StoredRoles>(pool, clock);
}

}  // namespace warp::api
