// The users of a customer and their roles.
#include "formats.h"
#include "grants.h"
#include "people.h"

namespace warp::api {
namespace {

constexpr const char* kMembersTag = "Team";
constexpr const char* kMembersPath = "/customers/{customer_id:uuid}/members";
constexpr const char* kMemberPath = "/customers/{customer_id:uuid}/members/{user_id:uuid}";

// A role that the caller may give to somebody of this customer, or why not. Roles of operators are never
// given.
boost::asio::awaitable<std::optional<Failure>> refuse_member_role(Services& services, const Call& call,
                                                                  Uuid id) {
  store::RoleRepository roles(services.pool);
  const auto role = co_await roles.get(call.as_operator(), *call.customer(), id);
  if (!role) co_return from_store(role.error(), "role");
  co_return refuse_scopes(call.principal(), scopes_of(*role));
}

Answer list_members(Services& services, Call call) {
  store::MemberRepository members(services.pool);
  const auto found = co_await members.list(call.as_operator(), call.customer());
  if (!found) co_return from_store(found.error(), "member");
  co_return list_reply(*found, [](const auto& member) { return show_member(member); });
}

Answer invite_member(Services& services, Call call) {
  store::NewMember wanted;
  wanted.customer = call.customer();
  wanted.email = call.body["email"];
  wanted.name = take<std::string>(call.body, "name").value_or("");
  wanted.role = Uuid::parse(call.body["role_id"].get<std::string>()).value_or(Uuid{});
  auto judging = refuse_member_role(services, call, wanted.role);
  if (auto refused = co_await std::move(judging)) co_return std::move(*refused);
  auto inviting = invite(services, std::move(call), std::move(wanted));
  co_return co_await std::move(inviting);
}

Answer change(Services& services, Call call, store::MemberPatch patch) {
  const auto id = call.uuid("user_id");
  if (is_self(call.principal(), id)) co_return not_oneself();
  if (patch.role) {
    auto judging = refuse_member_role(services, call, *patch.role);
    if (auto refused = co_await std::move(judging)) co_return std::move(*refused);
  }
  store::MemberRepository members(services.pool);
  const auto changed = co_await members.update(call.as_operator(), call.customer(), id, std::move(patch));
  if (!changed) co_return from_store(changed.error(), "member");
  forget_sessions(services, call);
  co_return reply_with(show_member(*changed));
}

Answer set_role(Services& services, Call call) {
  store::MemberPatch patch;
  patch.role = Uuid::parse(call.body["role_id"].get<std::string>()).value_or(Uuid{});
  auto changing = change(services, std::move(call), std::move(patch));
  co_return co_await std::move(changing);
}

Answer change_member(Services& services, Call call) {
  store::MemberPatch patch;
  patch.name = take<std::string>(call.body, "name");
  patch.enabled = take<bool>(call.body, "enabled");
  auto changing = change(services, std::move(call), std::move(patch));
  co_return co_await std::move(changing);
}

Answer remove_member(Services& services, Call call) {
  const auto id = call.uuid("user_id");
  if (is_self(call.principal(), id)) co_return not_oneself();
  store::MemberRepository members(services.pool);
  const auto gone = co_await members.remove(call.as_operator(), call.customer(), id);
  if (!gone) co_return from_store(gone.error(), "member");
  forget_sessions(services, call);
  co_return no_content();
}

Schema invited_member_schema() {
  auto fields = person_fields();
  fields.push_back(invitation_field());
  return {"InvitedMember", fields};
}

}  // namespace

void add_members(EndpointTable& table, Services& services) {
  const Schema answer{"Member", person_fields()};
  table.push_back({.path = kMembersPath,
                   .summary = "Users who hold a role here, by e-mail",
                   .tag = kMembersTag,
                   .action = act(services, list_members),
                   .scope = "team:read",
                   .answer_kind = AnswerKind::List,
                   .answer = answer});
  table.push_back(
      {.method = http::Method::Post,
       .path = kMembersPath,
       .summary = "Invite somebody; the mail's code chooses the first password",
       .tag = kMembersTag,
       .action = act(services, invite_member),
       .scope = "team:write",
       .body_kind = BodyKind::Json,
       .body = {"NewMember", {email_field(), text("name", 128), uuid("role_id").needed()}},
       .answer = invited_member_schema(),
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ScopeNotGrantable,
                  ErrorCode::GatewayUnavailable},
       .idempotency = Idempotency::Own});  // a mail is not taken back, and an address is invited once
  table.push_back({.method = http::Method::Patch,
                   .path = kMemberPath,
                   .summary = "Rename, disable or enable a user; who is disabled is signed out",
                   .tag = kMembersTag,
                   .action = act(services, change_member),
                   .scope = "team:write",
                   .body_kind = BodyKind::Json,
                   .body = {"MemberPatch", {text("name", 128), boolean("enabled")}},
                   .partial = true,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Delete,
                   .path = kMemberPath,
                   .summary = "Delete a user; access ends at once",
                   .tag = kMembersTag,
                   .action = act(services, remove_member),
                   .scope = "team:write",
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Put,
                   .path = std::string(kMemberPath) + "/role",
                   .summary = "Give a user another role; its sessions end",
                   .tag = kMembersTag,
                   .action = act(services, set_role),
                   .scope = "team:write",
                   .body_kind = BodyKind::Json,
                   .body = {"MemberRole", {uuid("role_id").needed()}},
                   .answer = answer,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ScopeNotGrantable}});
}

}  // namespace warp::api
