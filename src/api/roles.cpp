#include "warp/api/roles.h"

#include <algorithm>

#include "warp/api/principal.h"

namespace warp::api {
namespace {

constexpr std::array kRoles{
    SystemRole{"00000000-0000-7000-8000-000000000001", "superadmin", "Superadmin",
               "Everything, on the operator's side.", true, true},
    SystemRole{"00000000-0000-7000-8000-000000000002", "operator_admin", "Operator admin",
               "Everything but other operators' users and keys.", true, true},
    SystemRole{"00000000-0000-7000-8000-000000000003", "noc", "NOC",
               "Sees all, ends calls, bans, drains nodes, changes routes and connectors.", true, true},
    SystemRole{"00000000-0000-7000-8000-000000000004", "billing", "Billing",
               "Money, invoices, rates and records of all customers.", true, true},
    SystemRole{"00000000-0000-7000-8000-000000000005", "customer_admin", "Customer admin",
               "Everything of the own account.", false, true},
    SystemRole{"00000000-0000-7000-8000-000000000006", "customer_developer", "Customer developer",
               "Trunks, numbers, messages, webhooks and records; no money, no team.", false, false},
    SystemRole{"00000000-0000-7000-8000-000000000007", "read_only", "Read only",
               "Sees the own account, changes nothing.", false, false},
};

constexpr std::array<std::string_view, 8> kNocWrites{"providers:write", "routing:write", "carriage:write",
                                                     "security:write",  "nodes:control", "calls:control",
                                                     "trunks:write",    "numbers:write"};
constexpr std::array<std::string_view, 7> kBillingWrites{"billing:write",   "rates:write", "records:write",
                                                         "customers:write", "cdr:export",  "stock:read",
                                                         "audit:export"};
constexpr std::array<std::string_view, 8> kNotOfDevelopers{
    "billing:read",   "team:write", "api_keys:write", "numbers:order",
    "porting:submit", "audit:read", "audit:export",   "team:read"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool reads(std::string_view scope) {
  return scope.ends_with(":read");
}

bool holds(std::string_view role, const ScopeInfo& scope) {
  if (role == "superadmin") return scope.name == kSuperadmin;
  if (scope.name == kSuperadmin) return false;
  if (role == "operator_admin") return scope.name != "operators:write";
  if (role == "noc")
    return (reads(scope.name) && scope.name != "operators:read") || among(kNocWrites, scope.name);
  if (role == "billing")
    return (reads(scope.name) && scope.name != "operators:read") || among(kBillingWrites, scope.name);
  if (scope.superadmin) return false;
  if (role == "customer_admin") return true;
  if (role == "customer_developer") return !among(kNotOfDevelopers, scope.name);
  return reads(scope.name);
}

}  // namespace

std::span<const SystemRole> system_roles() {
  return kRoles;
}

const SystemRole* system_role(RoleId id) {
  const auto text = id.to_string();
  const auto found =
      std::find_if(kRoles.begin(), kRoles.end(), [&](const SystemRole& role) { return role.id == text; });
  return found == kRoles.end() ? nullptr : &*found;
}

std::vector<std::string> scopes_of(const SystemRole& role) {
  std::vector<std::string> out;
  for (const auto& scope : all_scopes())
    if (holds(role.name, scope)) out.emplace_back(scope.name);
  return out;
}

}  // namespace warp::api
