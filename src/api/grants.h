// Grants: nobody gives away more than they have.
#pragma once

#include "warp/store/roles.h"

#include "services.h"

namespace warp::api {

// May `principal` give these scopes to somebody of a customer? VALIDATION_ERROR for those that do not exist,
// SCOPE_NOT_GRANTABLE for those of operators and those that it lacks; details.scopes names them.
std::optional<Failure> refuse_scopes(const Principal& principal, const std::vector<std::string>& scopes);
// The same of a role of operators, given to one of theirs.
std::optional<Failure> refuse_operator_role(const Principal& principal, const SystemRole& role);

// Null: a customer's own.
const SystemRole* system_role_of(const store::RoleRow& row);
std::vector<std::string> scopes_of(const store::RoleRow& row);

// The principal's own user.
bool is_self(const Principal& principal, const Uuid& user);

}  // namespace warp::api
