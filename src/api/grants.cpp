#include "grants.h"

namespace warp::api {
namespace {

std::optional<Failure> refuse(ErrorCode code, const char* message, const std::vector<std::string>& scopes) {
  if (scopes.empty()) return std::nullopt;
  Failure failure{code, message};
  failure.details["scopes"] = scopes;
  return failure;
}

}  // namespace

std::optional<Failure> refuse_scopes(const Principal& principal, const std::vector<std::string>& scopes) {
  std::vector<std::string> unknown, refused;
  for (const auto& scope : scopes) {
    if (!is_scope(scope))
      unknown.push_back(scope);
    else if (is_for_operators(scope) || !principal.may(scope))
      refused.push_back(scope);
  }
  if (auto wrong = refuse(ErrorCode::ValidationError, "There are scopes that do not exist.", unknown))
    return wrong;
  return refuse(ErrorCode::ScopeNotGrantable, "These scopes cannot be given by this caller.", refused);
}

std::optional<Failure> refuse_operator_role(const Principal& principal, const SystemRole& role) {
  std::vector<std::string> refused;
  for (const auto& scope : scopes_of(role))
    if (!principal.may(scope)) refused.push_back(scope);
  return refuse(ErrorCode::ScopeNotGrantable, "The role holds scopes that this caller lacks.", refused);
}

const SystemRole* system_role_of(const store::RoleRow& row) {
  return row.customer ? nullptr : system_role(RoleId{row.id});
}

std::vector<std::string> scopes_of(const store::RoleRow& row) {
  if (const auto* known = system_role_of(row)) return scopes_of(*known);
  return row.scopes;
}

bool is_self(const Principal& principal, const Uuid& user) {
  return principal.kind == PrincipalKind::Session && principal.user.value == user;
}

}  // namespace warp::api
