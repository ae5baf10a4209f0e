// Principal: who calls, however that was proven. An operator belongs to no customer; everybody else to
// exactly one. Whatever asks for authority (REST, live topics, jobs) asks a Principal through the Authorizer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp::api {

using ApiKeyId = StrongId<struct ApiKeyTag>;
using UserId = StrongId<struct UserTag>;
using SessionId = StrongId<struct SessionTag>;
using RoleId = StrongId<struct RoleTag>;

enum class PrincipalKind : std::uint8_t {
  Key,      // an API key, or the bootstrap key
  Session,  // somebody who signed in here
  Token,    // a token of an identity provider
};

struct Principal {
  ApiKeyId key;  // of a Key; nil: the bootstrap key of the configuration
  std::string name;
  std::optional<CustomerId> customer;  // none: an operator
  std::vector<std::string> scopes;     // of a session or a token: those of its roles
  bool step_up_exempt = false;         // of a Key

  PrincipalKind kind = PrincipalKind::Key;
  UserId user = {};                     // of a Session
  SessionId session = {};               // of a Session
  std::string subject = {};             // of a Token: "<issuer>|<sub>"
  std::optional<RoleId> role = {};      // of a Session or a Token: the gatekeeper adds its scopes
  std::optional<WallTime> mfa_at = {};  // the last second factor; of a Session or a Token
  bool second_factor = false;           // of a Session or a Token: one is set up

  bool is_operator() const { return !customer.has_value(); }
  bool may(std::string_view scope) const;
  // For the audit trail: "api_key:<id>", "operator_key:<id>", "bootstrap", "user:<id>",
  // "token:<issuer>|<sub>"
  std::string actor() const;
};

// One row of the catalogue of scopes (principal.cpp): everything that an endpoint or a live topic may ask
// for.
struct ScopeInfo {
  std::string_view name;
  std::string_view category;
  std::string_view description;
  bool superadmin;  // counts for operators alone, and cannot be given to a customer's key, role or user
};
constexpr std::string_view kSuperadmin = "admin:*";
std::span<const ScopeInfo> all_scopes();
bool is_scope(std::string_view name);
// A scope of operators, or none that exists.
bool is_for_operators(std::string_view name);

}  // namespace warp::api
