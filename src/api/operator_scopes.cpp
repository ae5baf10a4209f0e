#include "operator_scopes.h"

#include <array>

namespace warp::api {
namespace {

struct Row {
  std::string_view path;  // begins with this; the longest counts
  std::string_view read, write;
};

constexpr std::array kRows{
    Row{"/alarms", "security:read", "security:write"},
    Row{"/audit", "audit:read", "audit:export"},
    Row{"/bans", "customers:read", "customers:write"},
    Row{"/billing", "billing:read", "billing:write"},
    Row{"/billing/alarms", "security:read", "security:write"},
    Row{"/billing/leases", "security:read", "security:write"},
    Row{"/cdr/rerates", "cdr:read", "records:write"},
    Row{"/customers", "customers:read", "customers:write"},
    Row{"/customers/{customer_id:uuid}/adjustments", "billing:read", "billing:write"},
    Row{"/customers/{customer_id:uuid}/api-keys", "api_keys:read", "api_keys:write"},
    Row{"/customers/{customer_id:uuid}/payments", "billing:read", "billing:write"},
    Row{"/deck-imports", "rates:read", "rates:write"},
    Row{"/deck-mappings", "rates:read", "rates:write"},
    Row{"/fx-rates", "rates:read", "rates:write"},
    Row{"/invoices", "billing:read", "billing:write"},
    Row{"/jobs", "nodes:read", "nodes:control"},
    Row{"/lookups", "stock:read", "stock:read"},
    Row{"/messaging", "carriage:read", "carriage:write"},
    Row{"/nodes", "nodes:read", "nodes:control"},
    Row{"/number-data", "stock:read", "stock:write"},
    Row{"/number-lists", "routing:read", "routing:write"},
    Row{"/number-rules", "routing:read", "routing:write"},
    Row{"/numbers", "stock:read", "stock:write"},
    Row{"/operator-keys", "operators:read", "operators:write"},
    Row{"/operators", "operators:read", "operators:write"},
    Row{"/partitions", "routing:read", "routing:write"},
    Row{"/porting", "stock:read", "stock:write"},
    Row{"/providers", "providers:read", "providers:write"},
    Row{"/rate-plans", "rates:read", "rates:write"},
    Row{"/rate-schedules", "rates:read", "rates:write"},
    Row{"/routes", "routing:read", "routing:write"},
    Row{"/routing", "routing:read", "routing:write"},
    Row{"/routing/explain", "routing:read", "routing:read"},
    Row{"/security", "security:read", "security:write"},
    Row{"/skus", "billing:read", "billing:write"},
    Row{"/spend-limits", "security:read", "security:write"},
    Row{"/tax-rates", "billing:read", "billing:write"},
    Row{"/trunks", "routing:read", "routing:write"},
    Row{"/vendor-invoices", "billing:read", "billing:write"},
};

bool below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) &&
         (path.size() == prefix.size() || path[prefix.size()] == '/' || path[prefix.size()] == '.');
}

}  // namespace

std::string_view operator_scope(const Endpoint& endpoint) {
  const Row* best = nullptr;
  for (const auto& row : kRows)
    if (below(endpoint.path, row.path) && (!best || row.path.size() > best->path.size())) best = &row;
  if (!best) return kSuperadmin;
  return endpoint.method == http::Method::Get ? best->read : best->write;
}

}  // namespace warp::api
