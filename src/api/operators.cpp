// The operators' own users.
#include "grants.h"
#include "people.h"

namespace warp::api {
namespace {

constexpr const char* kOperatorsTag = "Operators";
constexpr const char* kOperatorsPath = "/operators";
constexpr const char* kOperatorPath = "/operators/{user_id:uuid}";

// One of the system's for operators, that the caller may give.
std::optional<Failure> refuse_named_role(const Call& call, const Uuid& id) {
  const auto* role = system_role(RoleId{id});
  if (!role) return not_found("role");
  if (!role->for_operators)
    return Failure{ErrorCode::ValidationError, "This is a role of customers, not of operators."};
  return refuse_operator_role(call.principal(), *role);
}

// Who may not give a role may not take it either.
boost::asio::awaitable<std::optional<Failure>> refuse_target(Services& services, const Call& call) {
  const auto id = call.uuid("user_id");
  if (is_self(call.principal(), id)) co_return not_oneself();
  store::MemberRepository members(services.pool);
  const auto found = co_await members.get(call.as_operator(), std::nullopt, id);
  if (!found) co_return from_store(found.error(), "operator");
  const auto* role = found->role ? system_role(RoleId{*found->role}) : nullptr;
  if (!role) co_return std::nullopt;
  co_return refuse_operator_role(call.principal(), *role);
}

Answer list_operators(Services& services, Call call) {
  store::MemberRepository members(services.pool);
  const auto found = co_await members.list(call.as_operator(), std::nullopt);
  if (!found) co_return from_store(found.error(), "operator");
  co_return list_reply(*found, [](const auto& member) { return show_member(member); });
}

Answer invite_operator(Services& services, Call call) {
  store::NewMember wanted;
  wanted.email = call.body["email"];
  wanted.name = take<std::string>(call.body, "name").value_or("");
  wanted.role = Uuid::parse(call.body["role_id"].get<std::string>()).value_or(Uuid{});
  if (auto refused = refuse_named_role(call, wanted.role)) co_return std::move(*refused);
  auto inviting = invite(services, std::move(call), std::move(wanted));
  co_return co_await std::move(inviting);
}

Answer change_operator(Services& services, Call call) {
  auto judging = refuse_target(services, call);
  if (auto refused = co_await std::move(judging)) co_return std::move(*refused);
  store::MemberPatch patch;
  patch.name = take<std::string>(call.body, "name");
  patch.enabled = take<bool>(call.body, "enabled");
  if (const auto role = take<std::string>(call.body, "role_id")) {
    patch.role = Uuid::parse(*role).value_or(Uuid{});
    if (auto refused = refuse_named_role(call, *patch.role)) co_return std::move(*refused);
  }
  store::MemberRepository members(services.pool);
  const auto id = call.uuid("user_id");
  const auto changed = co_await members.update(call.as_operator(), std::nullopt, id, std::move(patch));
  if (!changed) co_return from_store(changed.error(), "operator");
  forget_sessions(services, call);
  co_return reply_with(show_member(*changed));
}

Answer remove_operator(Services& services, Call call) {
  auto judging = refuse_target(services, call);
  if (auto refused = co_await std::move(judging)) co_return std::move(*refused);
  store::MemberRepository members(services.pool);
  const auto gone = co_await members.remove(call.as_operator(), std::nullopt, call.uuid("user_id"));
  if (!gone) co_return from_store(gone.error(), "operator");
  forget_sessions(services, call);
  co_return no_content();
}

Schema invited_operator_schema() {
  auto fields = person_fields();
  fields.push_back(invitation_field());
  return {"InvitedOperator", fields};
}

}  // namespace

void add_operators(EndpointTable& table, Services& services) {
  const Schema answer{"OperatorUser", person_fields()};
  table.push_back({.path = kOperatorsPath,
                   .summary = "The operators' own users, by e-mail",
                   .tag = kOperatorsTag,
                   .action = act(services, list_operators),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = answer});
  table.push_back({.method = http::Method::Post,
                   .path = kOperatorsPath,
                   .summary = "Invite an operator; the role holds nothing that the caller lacks",
                   .tag = kOperatorsTag,
                   .action = act(services, invite_operator),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewOperator", {email_field(), text("name", 128), uuid("role_id").needed()}},
                   .answer = invited_operator_schema(),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ScopeNotGrantable,
                              ErrorCode::ValidationError},
                   .idempotency = Idempotency::Own});  // as that of members
  table.push_back({.method = http::Method::Patch,
                   .path = kOperatorPath,
                   .summary = "Change an operator's name or role, disable or enable; sessions end",
                   .tag = kOperatorsTag,
                   .action = act(services, change_operator),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"OperatorPatch", {text("name", 128), uuid("role_id"), boolean("enabled")}},
                   .partial = true,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ScopeNotGrantable,
                              ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = kOperatorPath,
                   .summary = "Delete an operator; access ends at once",
                   .tag = kOperatorsTag,
                   .action = act(services, remove_operator),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ScopeNotGrantable}});
}

}  // namespace warp::api
