#include "warp/api/authorizer.h"

namespace warp::api {
namespace {

Failure forbidden(std::string_view scope) {
  Failure failure{ErrorCode::Forbidden, "The credential lacks the scope that this request needs."};
  failure.details["scope"] = scope;
  return failure;
}

}  // namespace

bool Authorizer::stepped_up(const Principal& principal) const {
  switch (principal.kind) {
    case PrincipalKind::Key:
      return !settings_.keys_step_up || principal.is_operator() || principal.step_up_exempt;
    case PrincipalKind::Session:
    case PrincipalKind::Token:
      return principal.mfa_at && clock_.wall() - *principal.mfa_at <= settings_.step_up_window;
  }
  return false;
}

std::optional<Failure> Authorizer::check(const Principal& principal, const Need& need) const {
  const auto scope = need.operators_only && need.scope.empty() ? kSuperadmin : need.scope;
  if (need.operators_only && !principal.is_operator()) return forbidden(scope);
  if (!principal.may(scope)) return forbidden(scope);
  if (need.step_up && !stepped_up(principal)) {
    Failure failure{ErrorCode::MfaRequired, ""};
    failure.details["action"] = need.action;
    return failure;
  }
  return std::nullopt;
}

}  // namespace warp::api
