#include "warp/api/principal.h"

#include <algorithm>
#include <array>

namespace warp::api {
namespace {

constexpr std::array kScopes{
    ScopeInfo{"account:read", "Account", "Account and its capacity", false},
    ScopeInfo{"network:read", "Account", "Addresses of the platform", false},
    ScopeInfo{"trunks:read", "Trunks", "Trunks, their addresses and endpoints", false},
    ScopeInfo{"trunks:write", "Trunks", "Change trunks, their addresses and endpoints", false},
    ScopeInfo{"trunks:credentials", "Trunks", "Digest credentials of trunks", false},
    ScopeInfo{"numbers:read", "Numbers", "Owned numbers", false},
    ScopeInfo{"numbers:write", "Numbers", "Configure and release numbers", false},
    ScopeInfo{"numbers:order", "Numbers", "Order numbers", false},
    ScopeInfo{"porting:read", "Porting", "Port requests", false},
    ScopeInfo{"porting:write", "Porting", "Prepare port requests", false},
    ScopeInfo{"porting:submit", "Porting", "Submit port requests", false},
    ScopeInfo{"messaging:read", "Messaging", "Messages, brands and campaigns", false},
    ScopeInfo{"messaging:write", "Messaging", "Change brands and campaigns", false},
    ScopeInfo{"messaging:send", "Messaging", "Send messages", false},
    ScopeInfo{"cdr:read", "Analytics", "Detail records and statistics", false},
    ScopeInfo{"cdr:export", "Analytics", "Export of detail records", false},
    ScopeInfo{"billing:read", "Billing", "Balances and invoices", false},
    ScopeInfo{"team:read", "Team", "Users and roles", false},
    ScopeInfo{"team:write", "Team", "Change users and roles", false},
    ScopeInfo{"api_keys:read", "API keys", "Metadata of API keys", false},
    ScopeInfo{"api_keys:write", "API keys", "Create and revoke API keys", false},
    ScopeInfo{kSuperadmin, "Superadmin", "Everything, for operators alone", true},
};

}  // namespace

bool Principal::may(std::string_view scope) const {
  if (scope.empty()) return true;
  return std::any_of(scopes.begin(), scopes.end(), [&](const std::string& held) {
    return held == scope || (held == kSuperadmin && is_operator());
  });
}

std::string Principal::actor() const {
  if (key.is_nil()) return "bootstrap";
  return (is_operator() ? "operator_key:" : "api_key:") + key.to_string();
}

std::span<const ScopeInfo> all_scopes() {
  return kScopes;
}

bool is_scope(std::string_view name) {
  return std::any_of(kScopes.begin(), kScopes.end(),
                     [&](const ScopeInfo& scope) { return scope.name == name; });
}

}  // namespace warp::api
