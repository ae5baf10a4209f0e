// Principal: who calls. An operator's key belongs to no customer; a customer's key to exactly one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/uuid.h"

namespace warp::api {

using ApiKeyId = StrongId<struct ApiKeyTag>;

struct Principal {
  ApiKeyId key;  // nil: the bootstrap key of the configuration
  std::string name;
  std::optional<CustomerId> customer;  // none: an operator
  std::vector<std::string> scopes;
  bool step_up_exempt = false;

  bool is_operator() const { return !customer.has_value(); }
  bool may(std::string_view scope) const;
  std::string actor() const;  // for the audit trail: "api_key:<id>", "operator_key:<id>", "bootstrap"
};

struct ScopeInfo {
  std::string_view name;
  std::string_view category;
  std::string_view description;
  bool superadmin;
};
constexpr std::string_view kSuperadmin = "admin:*";
std::span<const ScopeInfo> all_scopes();
bool is_scope(std::string_view name);

}  // namespace warp::api
