// Passwords: changed by who knows the present one, set anew by who gets the mail.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "warp/api/authenticator.h"
#include "warp/identity/tickets.h"

#include "identity_desk.h"

namespace warp::api {
namespace {

constexpr std::int64_t kLongestPassword = 1024;  // of the body's field; what is too long is told as such

Field new_password() {
  return text("password", kLongestPassword)
      .needed()
      .says("12 to 256 octets; no common one, not the account's name.");
}

Mail reset_mail(const IdentitySettings& settings, const store::UserRepository::Forgot& whose,
                const std::string& token) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(settings.reset_life).count();
  Mail mail;
  mail.to = whose.email;
  mail.subject = settings.display_name + ": set a new password";
  mail.text = "Somebody, probably you, asked for a new password of " + whose.email + ".\n\n";
  mail.text += settings.reset_url.empty() ? "Your token: " + token : settings.reset_url + token;
  mail.text += "\n\nIt is good once, for " + std::to_string(minutes) +
               " minutes. If it was not you, do nothing: the password stays as it is.\n";
  return mail;
}

// The same answer, after the same work, whether anybody has that address.
Answer forgot_password(IdentityDesk& desk, Call call) {
  auto& services = desk.services;
  if (auto banned = services.authenticator.banned(call.request.remote)) co_return std::move(*banned);
  services.authenticator.count_failure(call.request.remote);
  const auto token = identity::make_secret("wp_");
  const auto hash = token_hash(token);
  auto email = call.body["email"].get<std::string>();
  const auto actor = stranger(call, "forgot");
  const auto kept = co_await desk.users.forgot(actor, std::move(email), hash, desk.settings.reset_life);
  if (!kept && kept.error().kind != store::ErrorKind::NotFound) co_return from_store(kept.error(), "user");
  if (kept && services.ports.mail) {
    auto mail = reset_mail(desk.settings, *kept, token);
    auto sending = services.ports.mail->send(std::move(mail));
    [[maybe_unused]] const bool sent = co_await std::move(sending);
  }
  Reply reply;
  reply.status = 202;
  reply.data["accepted"] = true;
  co_return reply;
}

Mail changed_mail(const IdentitySettings& settings, const std::string& email, const std::string& address) {
  Mail mail;
  mail.to = email;
  mail.subject = settings.display_name + ": your password was changed";
  mail.text = "The password of " + email + " was changed, from the address " + address +
              ". All other sessions were ended.\n\nIf it was not you, set a new password at once and tell "
              "your administrator.\n";
  return mail;
}

// Whose account it is hears of it, once it holds.
void tell_owner(IdentityDesk& desk, const Call& call, boost::asio::any_io_executor executor,
                const std::string& email) {
  auto* mailer = desk.services.ports.mail;
  if (!mailer) return;
  auto mail = changed_mail(desk.settings, email, call.context->ip);
  call.context->after_commit([mailer, executor = std::move(executor), mail = std::move(mail)] {
    // Whether a server took it stands in the mailer's log.
    boost::asio::co_spawn(executor, mailer->send(mail), [](std::exception_ptr, bool) {});
  });
}

Failure bad_token() {
  return Failure{ErrorCode::InvalidCredentials, "The token is not known, was used, or is too old."};
}

Answer reset_password(IdentityDesk& desk, Call call) {
  auto& authenticator = desk.services.authenticator;
  if (auto banned = authenticator.banned(call.request.remote)) co_return std::move(*banned);
  const auto token = token_hash(call.body["token"].get<std::string>());
  const auto actor = stranger(call, "reset");
  const auto user = co_await desk.users.by_reset(actor, token);
  if (!user && user.error().kind != store::ErrorKind::NotFound) co_return from_store(user.error(), "user");
  if (!user) {
    authenticator.count_failure(call.request.remote);
    co_return bad_token();
  }
  auto hashing = desk.hash(call.body["password"].get<std::string>(), user->email);
  auto stored = co_await std::move(hashing);
  if (!stored) co_return stored.error();
  call.context->principal = principal_of_user(*user, SessionId());
  const auto done = co_await desk.users.reset_password(call.as_operator(), token, *stored);
  if (!done && done.error().kind == store::ErrorKind::NotFound) co_return bad_token();
  if (!done) co_return from_store(done.error(), "user");
  desk.forget_tokens(call);
  tell_owner(desk, call, co_await boost::asio::this_coro::executor, user->email);
  co_return no_content();
}

Answer change_password(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  if (auto banned = desk.services.authenticator.banned(call.request.remote)) co_return std::move(*banned);
  const auto actor = call.as_operator();
  const auto user = co_await desk.users.get(actor, call.principal().user.value);
  if (!user) co_return from_store(user.error(), "user");
  const bool open = user->password_hash && !user->locked;
  auto verifying = desk.hasher.verify(open ? *user->password_hash : std::string(),
                                      call.body["current_password"].get<std::string>());
  const auto right = co_await std::move(verifying);
  if (!right) co_return too_busy();
  if (!*right) {
    auto refusing = desk.refuse(actor, open ? std::optional(user->id) : std::nullopt, call.request.remote);
    co_return co_await std::move(refusing);
  }
  auto hashing = desk.hash(call.body["password"].get<std::string>(), user->email);
  auto stored = co_await std::move(hashing);
  if (!stored) co_return stored.error();
  const auto present = call.principal().session.value;
  const auto done = co_await desk.users.change_password(actor, user->id, std::move(*stored), present);
  if (!done) co_return from_store(done.error(), "user");
  desk.forget_tokens(call);
  tell_owner(desk, call, co_await boost::asio::this_coro::executor, user->email);
  co_return no_content();
}

}  // namespace

void add_passwords(EndpointTable& table, Services& services) {
  const auto desk = std::make_shared<IdentityDesk>(services);
  const auto first = table.size();
  table.push_back({.method = http::Method::Post,
                   .path = "/auth/password/forgot",
                   .summary = "Mail a token for a new password, if anybody has this address",
                   .tag = kSigningInTag,
                   .action = at(desk, forgot_password),
                   .body_kind = BodyKind::Json,
                   .body = {"ForgotPassword", {text("email", 254).needed()}},
                   .answer = {"ForgotPasswordAnswer", {boolean("accepted")}},
                   .status = 202,
                   .open = true,
                   .without_mfa = true});
  table.push_back({.method = http::Method::Post,
                   .path = "/auth/password/reset",
                   .summary = "Set the password by a token of a mail or an invitation; ends all sessions",
                   .tag = kSigningInTag,
                   .action = at(desk, reset_password),
                   .body_kind = BodyKind::Json,
                   .body = {"ResetPassword", {text("token", 256).needed(), new_password()}},
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::InvalidCredentials, ErrorCode::WeakPassword},
                   .open = true,
                   .without_mfa = true});
  table.push_back({.method = http::Method::Put,
                   .path = "/auth/password",
                   .summary = "Change one's password; ends one's other sessions",
                   .tag = kSigningInTag,
                   .action = at(desk, change_password),
                   .body_kind = BodyKind::Json,
                   .body = {"ChangePassword", {text("current_password", 256).needed(), new_password()}},
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::InvalidCredentials, ErrorCode::WeakPassword},
                   .without_mfa = true});
  describe_refusals(table, first);
}

}  // namespace warp::api
