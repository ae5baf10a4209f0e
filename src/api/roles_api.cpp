// Roles of a customer: those of the system, and its own.
#include "warp/api/authenticator.h"
#include "warp/base/text.h"

#include "formats.h"
#include "grants.h"

namespace warp::api {
namespace {

constexpr const char* kRolesTag = "Team";
constexpr const char* kRolesPath = "/customers/{customer_id:uuid}/roles";
constexpr const char* kRolePath = "/customers/{customer_id:uuid}/roles/{role_id:uuid}";

// As the check of identity.roles.name.
bool is_role_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() < 'a' || text.front() > 'z') return false;
  for (const char c : text)
    if (!(c >= 'a' && c <= 'z') && !is_digit(c) && c != '_' && c != '-') return false;
  return true;
}

Field role_name() {
  return text("name", 64).is(is_role_name, "a lower-case name of letters, digits, `_` and `-`").needed();
}
Field display_name() {
  return text("display_name").between(1, 128);
}
Field scopes_field() {
  return list("scopes", text("", 64), 64);
}

Schema role_schema() {
  return {"Role",
          {uuid("id"), uuid("customer_id").or_null().says("null: of the system."), text("name"),
           text("display_name"), text("description"), list("scopes", text("")), boolean("system"),
           integer("member_count"), instant("created_at"), instant("updated_at")}};
}

Json show(const store::RoleRow& row) {
  const auto* known = system_role_of(row);
  Json out;
  out["id"] = row.id.to_string();
  out["customer_id"] = id_or_null(row.customer);
  out["name"] = row.name;
  out["display_name"] = known ? std::string(known->display_name) : row.display_name;
  out["description"] = known ? std::string(known->description) : row.description;
  out["scopes"] = scopes_of(row);
  out["system"] = known != nullptr;
  out["member_count"] = row.members;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

// Roles of operators are nobody's here.
bool hidden(const store::RoleRow& row) {
  const auto* known = system_role_of(row);
  return !row.customer && (!known || known->for_operators);
}

store::Task<store::RoleRow> find_role(Services& services, const Call& call) {
  store::RoleRepository roles(services.pool);
  auto found = co_await roles.get(call.as_operator(), *call.customer(), call.uuid("role_id"));
  if (found && hidden(*found)) co_return store::Error{store::ErrorKind::NotFound, {}, {}};
  co_return found;
}

Failure of_the_system() {
  return Failure{ErrorCode::Forbidden, "A role of the system cannot be changed; duplicate it."};
}

// A name of the system's would say what the role is not.
std::optional<Failure> refuse_name(const std::string& name) {
  for (const auto& role : system_roles())
    if (role.name == name) {
      Failure failure{ErrorCode::Conflict, "A role of the system has this name."};
      failure.details["reason"] = "duplicate";
      return failure;
    }
  return std::nullopt;
}

Answer list_roles(Services& services, Call call) {
  store::RoleRepository roles(services.pool);
  const auto found = co_await roles.list(call.as_operator(), *call.customer());
  if (!found) co_return from_store(found.error(), "role");
  Reply reply;
  reply.data = Json::array();
  for (const auto& row : *found)
    if (!hidden(row)) reply.data.push_back(show(row));
  co_return reply;
}

Answer get_role(Services& services, Call call) {
  auto finding = find_role(services, call);
  const auto found = co_await std::move(finding);
  if (!found) co_return from_store(found.error(), "role");
  co_return reply_with(show(*found));
}

Answer make_role(Services& services, Call call, store::NewRole wanted) {
  if (auto refused = refuse_name(wanted.name)) co_return std::move(*refused);
  if (auto refused = refuse_scopes(call.principal(), wanted.scopes)) co_return std::move(*refused);
  store::RoleRepository roles(services.pool);
  const auto made = co_await roles.create(call.as_operator(), *call.customer(), std::move(wanted));
  if (!made && made.error().kind == store::ErrorKind::InUse) co_return not_found("customer");
  if (!made) co_return from_store(made.error(), "role");
  co_return reply_with(show(*made), 201);
}

Answer create_role(Services& services, Call call) {
  store::NewRole wanted;
  wanted.name = call.body["name"];
  wanted.display_name = call.body["display_name"];
  wanted.description = take<std::string>(call.body, "description").value_or("");
  wanted.scopes = call.body["scopes"].get<std::vector<std::string>>();
  auto making = make_role(services, std::move(call), std::move(wanted));
  co_return co_await std::move(making);
}

Answer duplicate_role(Services& services, Call call) {
  auto finding = find_role(services, call);
  const auto source = co_await std::move(finding);
  if (!source) co_return from_store(source.error(), "role");
  store::NewRole wanted;
  wanted.name = call.body["name"];
  wanted.display_name = call.body["display_name"];
  const auto known = show(*source)["description"].get<std::string>();
  wanted.description = take<std::string>(call.body, "description").value_or(known);
  wanted.scopes = scopes_of(*source);
  auto making = make_role(services, std::move(call), std::move(wanted));
  co_return co_await std::move(making);
}

// What others hold in their caches goes within a second by itself.
void forget_role(Services& services, const Call& call) {
  const auto id = call.id<RoleId>("role_id");
  call.context->after_commit([&services, id] {
    services.roles->forget(id);
    services.authenticator.forget();
  });
}

Answer change_role(Services& services, Call call) {
  auto finding = find_role(services, call);
  const auto found = co_await std::move(finding);
  if (!found) co_return from_store(found.error(), "role");
  if (!found->customer) co_return of_the_system();
  store::RolePatch patch;
  patch.display_name = take<std::string>(call.body, "display_name");
  patch.description = take<std::string>(call.body, "description");
  patch.scopes = take<std::vector<std::string>>(call.body, "scopes");
  if (patch.scopes)
    if (auto refused = refuse_scopes(call.principal(), *patch.scopes)) co_return std::move(*refused);
  store::RoleRepository roles(services.pool);
  const auto changed =
      co_await roles.update(call.as_operator(), *call.customer(), found->id, std::move(patch));
  if (!changed) co_return from_store(changed.error(), "role");
  forget_role(services, call);
  co_return reply_with(show(*changed));
}

Answer delete_role(Services& services, Call call) {
  auto finding = find_role(services, call);
  const auto found = co_await std::move(finding);
  if (!found) co_return from_store(found.error(), "role");
  if (!found->customer) co_return of_the_system();
  store::RoleRepository roles(services.pool);
  const auto gone = co_await roles.remove(call.as_operator(), *call.customer(), found->id);
  if (!gone) co_return from_store(gone.error(), "role");
  forget_role(services, call);
  co_return no_content();
}

}  // namespace

void add_roles(EndpointTable& table, Services& services) {
  const auto answer = role_schema();
  table.push_back({.path = kRolesPath,
                   .summary = "Roles of a customer: the system's and its own",
                   .tag = kRolesTag,
                   .action = act(services, list_roles),
                   .scope = "team:read",
                   .answer_kind = AnswerKind::List,
                   .answer = answer});
  table.push_back(
      {.method = http::Method::Post,
       .path = kRolesPath,
       .summary = "Make a role; its scopes are among the caller's own",
       .tag = kRolesTag,
       .action = act(services, create_role),
       .scope = "team:write",
       .body_kind = BodyKind::Json,
       .body = {"NewRole",
                {role_name(), display_name().needed(), scopes_field().needed(), description_field()}},
       .answer = answer,
       .status = 201,
       .errors = {ErrorCode::Conflict, ErrorCode::ScopeNotGrantable, ErrorCode::ValidationError,
                  ErrorCode::NotFound}});
  table.push_back({.path = kRolePath,
                   .summary = "One role with its scopes",
                   .tag = kRolesTag,
                   .action = act(services, get_role),
                   .scope = "team:read",
                   .answer = answer,
                   .errors = {ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Patch,
       .path = kRolePath,
       .summary = "Change a role; other scopes end the sessions of all who hold it",
       .tag = kRolesTag,
       .action = act(services, change_role),
       .scope = "team:write",
       .body_kind = BodyKind::Json,
       .body = {"RolePatch", {display_name(), description_field(), scopes_field()}},
       .partial = true,
       .answer = answer,
       .errors = {ErrorCode::NotFound, ErrorCode::ScopeNotGrantable, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = kRolePath,
                   .summary = "Delete a role that nobody holds",
                   .tag = kRolesTag,
                   .action = act(services, delete_role),
                   .scope = "team:write",
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Post,
                   .path = std::string(kRolePath) + "/duplicate",
                   .summary = "Make a role with the scopes of another",
                   .tag = kRolesTag,
                   .action = act(services, duplicate_role),
                   .scope = "team:write",
                   .body_kind = BodyKind::Json,
                   .body = {"RoleCopy", {role_name(), display_name().needed(), description_field()}},
                   .answer = answer,
                   .status = 201,
                   .errors = {ErrorCode::Conflict, ErrorCode::ScopeNotGrantable, ErrorCode::NotFound}});
}

}  // namespace warp::api
