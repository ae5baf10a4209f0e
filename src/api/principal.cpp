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
    ScopeInfo{"calls:read", "Calls", "Calls in progress", false},
    ScopeInfo{"calls:control", "Calls", "End, record and trace calls in progress", false},
    ScopeInfo{"recordings:read", "Recordings", "Recordings of calls, without what was said", false},
    ScopeInfo{"recordings:listen", "Recordings", "What was said in recorded calls", false},
    ScopeInfo{"recordings:write", "Recordings", "Delete recordings", false},
    ScopeInfo{"billing:read", "Billing", "Balances and invoices", false},
    ScopeInfo{"webhooks:read", "Webhooks", "Webhook endpoints and what was delivered", false},
    ScopeInfo{"webhooks:write", "Webhooks", "Change webhook endpoints, send again", false},
    ScopeInfo{"audit:read", "Audit", "Who changed what", false},
    ScopeInfo{"audit:export", "Audit", "Export of the audit trail", false},
    ScopeInfo{"team:read", "Team", "Users and roles", false},
    ScopeInfo{"team:write", "Team", "Change users and roles", false},
    ScopeInfo{"api_keys:read", "API keys", "Metadata of API keys", false},
    ScopeInfo{"api_keys:write", "API keys", "Create and revoke API keys", false},
    ScopeInfo{"customers:read", "Operators", "Customers, contracts and billing accounts", true},
    ScopeInfo{"customers:write", "Operators", "Change customers, contracts and billing accounts", true},
    ScopeInfo{"providers:read", "Operators", "Providers, their endpoints and health", true},
    ScopeInfo{"providers:write", "Operators", "Change providers and their endpoints", true},
    ScopeInfo{"routing:read", "Operators", "Partitions, routes, number rules and explanations", true},
    ScopeInfo{"routing:write", "Operators", "Change partitions, routes and number rules", true},
    ScopeInfo{"rates:read", "Operators", "Rate plans, decks and exchange rates", true},
    ScopeInfo{"rates:write", "Operators", "Change rate plans, import decks", true},
    ScopeInfo{"stock:read", "Operators", "Numbers in stock and data about numbers", true},
    ScopeInfo{"stock:write", "Operators", "Change the stock of numbers and data about numbers", true},
    ScopeInfo{"carriage:read", "Operators", "Connectors, message routes and rules", true},
    ScopeInfo{"carriage:write", "Operators", "Change connectors, message routes and rules; review campaigns",
              true},
    ScopeInfo{"billing:write", "Operators", "Payments, adjustments, invoices, taxes, vendors' invoices",
              true},
    ScopeInfo{"records:write", "Operators", "Rate calls again, correct records", true},
    ScopeInfo{"security:read", "Operators", "Bans and alarms", true},
    ScopeInfo{"security:write", "Operators", "Ban and unban, spending limits, leases", true},
    ScopeInfo{"nodes:read", "Operators", "Nodes, their state and their jobs", true},
    ScopeInfo{"nodes:control", "Operators", "Drain nodes, cancel jobs", true},
    ScopeInfo{"operators:read", "Operators", "The operators' own users and keys", true},
    ScopeInfo{"operators:write", "Operators", "Change the operators' own users and keys", true},
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
  switch (kind) {
    case PrincipalKind::Session:
      return "user:" + user.to_string();
    case PrincipalKind::Token:
      return "token:" + subject;
    case PrincipalKind::Key:
      break;
  }
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

bool is_for_operators(std::string_view name) {
  const auto found = std::find_if(kScopes.begin(), kScopes.end(),
                                  [&](const ScopeInfo& scope) { return scope.name == name; });
  return found == kScopes.end() || found->superadmin;
}

}  // namespace warp::api
