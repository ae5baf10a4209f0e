#include "people.h"

#include "warp/api/authenticator.h"
#include "warp/identity/tickets.h"
#include "warp/store/audit.h"

namespace warp::api {
namespace {

// As the check of identity.users.email.
bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (text.size() > 254 || at == 0 || at == text.npos || at + 1 == text.size()) return false;
  if (text.find('@', at + 1) != text.npos) return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '<' || c == '>' || c == ',') return false;
  return true;
}

Mail invitation_mail(const store::Member& member, const std::string& code) {
  return {member.email, "You were invited to WARP",
          "An account was made for you. Choose a password within seven days with this code:\n\n" + code +
              "\n\nIf you did not expect this, do nothing: the code ends by itself.\n"};
}

}  // namespace

std::vector<Field> person_fields() {
  return {uuid("user_id"),
          text("email"),
          text("name"),
          uuid("role_id").or_null(),
          text("role_name"),
          boolean("enabled"),
          boolean("invited").says("Has not chosen a password yet."),
          boolean("second_factor"),
          instant("last_login_at").or_null(),
          instant("created_at")};
}

Json show_member(const store::Member& member) {
  Json out;
  out["user_id"] = member.id.to_string();
  out["email"] = member.email;
  out["name"] = member.name;
  out["role_id"] = id_or_null(member.role);
  out["role_name"] = member.role_name;
  out["enabled"] = member.enabled;
  out["invited"] = member.invited;
  out["second_factor"] = member.second_factor;
  out["last_login_at"] = timestamp(member.last_login_at);
  out["created_at"] = timestamp(member.created_at);
  return out;
}

Failure not_oneself() {
  return conflict("Nobody does this to themselves.", "self");
}

void forget_sessions(Services& services, const Call& call) {
  call.context->after_commit([&services] { services.authenticator.forget(); });
}

Field email_field() {
  return text("email", 254).is(is_email, "an e-mail address").needed();
}

Field invitation_field() {
  return text("invitation")
      .or_null()
      .says(
          "The code that the invitation would say: to operators, where no mail can be sent; shown this "
          "once.");
}

Answer invite(Services& services, Call call, store::NewMember wanted) {
  auto* mail = services.ports.mail;
  if (!mail && !call.principal().is_operator())
    co_return Failure{ErrorCode::GatewayUnavailable, "No mail can be sent: an operator must invite."};
  const auto code = identity::make_secret("wi_");
  wanted.invitation = identity::digest_of(code);
  const auto customer = wanted.customer;
  store::MemberRepository members(services.pool);
  const auto made = co_await members.invite(call.as_operator(), std::move(wanted));
  if (!made && made.error().kind == store::ErrorKind::InUse) co_return not_found("customer");
  if (!made) co_return from_store(made.error(), "user");
  Reply reply;
  reply.status = 201;
  reply.data = show_member(*made);
  reply.data["invitation"] = mail ? Json() : Json(code);
  if (mail) {
    auto sending = mail->send(invitation_mail(*made, code));
    const bool taken = co_await std::move(sending);
    static_cast<void>(taken);  // not for the caller to know
    co_return reply;
  }
  store::AuditRepository trail(services.pool);
  const auto told =
      co_await trail.append(call.as_operator(), customer, "secret_shown", "user", made->id.to_string(), "{}");
  if (!told) co_return from_store(told.error(), "user");
  co_return reply;
}

}  // namespace warp::api
