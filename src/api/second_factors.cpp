// Second factors: an authenticator app, recovery codes, and showing one anew for what needs it.
#include "warp/api/authenticator.h"
#include "warp/identity/recovery.h"
#include "warp/identity/totp.h"

#include "identity_desk.h"

namespace warp::api {
namespace {

Field code_field() {
  return text("code", 64).needed().says("Six digits of the authenticator.");
}

Schema codes_schema() {
  return {"RecoveryCodes",
          {list("recovery_codes", text("")).says("Each good once in place of a code; shown this once.")}};
}

Failure enrolled_already() {
  Failure failure{ErrorCode::Conflict, "A second factor is set up: remove it first."};
  failure.details["reason"] = "enrolled";
  return failure;
}

Failure not_enrolled() {
  Failure failure{ErrorCode::Conflict, "No second factor is set up: begin with POST /auth/mfa/totp."};
  failure.details["reason"] = "not_enrolled";
  return failure;
}

std::vector<store::TokenHash> code_hashes(const std::vector<std::string>& codes) {
  std::vector<store::TokenHash> out;
  for (const auto& code : codes)
    out.push_back(token_hash(identity::plain_recovery_code(code)));
  return out;
}

Reply show_codes(const std::vector<std::string>& codes) {
  Reply reply;
  reply.data["recovery_codes"] = codes;
  return reply;
}

Answer begin_totp(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  if (!desk.box)
    co_return Failure{ErrorCode::GatewayUnavailable,
                      "Second factors cannot be set up here: identity.secret_key is not configured."};
  const auto id = call.principal().user.value;
  const auto secret = identity::make_totp_secret();
  const auto sealed = desk.box->seal(secret, id.to_string());
  const auto begun = co_await desk.users.begin_totp(call.as_operator(), id, sealed);
  if (!begun && begun.error().kind == store::ErrorKind::NotFound) co_return enrolled_already();
  if (!begun) co_return from_store(begun.error(), "user");
  Reply reply;
  reply.data["secret"] = identity::base32(secret);
  reply.data["uri"] = identity::otpauth_uri(desk.settings.display_name, call.principal().name, secret);
  co_return reply;
}

Answer confirm_totp(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  if (auto banned = desk.services.authenticator.banned(call.request.remote)) co_return std::move(*banned);
  const auto actor = call.as_operator();
  const auto user = co_await desk.users.get(actor, call.principal().user.value);
  if (!user) co_return from_store(user.error(), "user");
  if (user->second_factor()) co_return enrolled_already();
  const auto secret = desk.totp_secret(*user);
  if (!secret) co_return not_enrolled();
  const auto code = call.body["code"].get<std::string>();
  const auto step = identity::matching_step(*secret, code, desk.services.clock.wall(), user->totp_last_step);
  if (!step) {
    auto refusing = desk.refuse(actor, user->id, call.request.remote);
    co_return co_await std::move(refusing);
  }
  const auto codes = identity::make_recovery_codes();
  auto hashes = code_hashes(codes);
  const auto here = call.principal().session.value;
  const auto done = co_await desk.users.confirm_totp(actor, user->id, *step, std::move(hashes), here);
  if (!done) co_return from_store(done.error(), "user");
  if (!*done) co_return enrolled_already();
  desk.forget_tokens(call);
  co_return show_codes(codes);
}

Answer drop_totp(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  const auto done = co_await desk.users.drop_totp(call.as_operator(), call.principal().user.value);
  if (!done) co_return from_store(done.error(), "user");
  desk.forget_tokens(call);
  co_return no_content();
}

Answer renew_codes(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  if (!call.principal().second_factor) co_return not_enrolled();
  const auto codes = identity::make_recovery_codes();
  auto hashes = code_hashes(codes);
  const auto id = call.principal().user.value;
  const auto done = co_await desk.users.set_codes(call.as_operator(), id, std::move(hashes));
  if (!done) co_return from_store(done.error(), "user");
  co_return show_codes(codes);
}

Answer step_up(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  if (auto banned = desk.services.authenticator.banned(call.request.remote)) co_return std::move(*banned);
  const auto actor = call.as_operator();
  const auto user = co_await desk.users.get(actor, call.principal().user.value);
  if (!user) co_return from_store(user.error(), "user");
  if (!user->second_factor()) co_return not_enrolled();
  std::optional<std::string> method;
  if (!user->locked) {
    auto taking = desk.take_code(actor, *user, call.body["code"].get<std::string>());
    auto taken = co_await std::move(taking);
    if (!taken) co_return taken.error();
    method = std::move(*taken);
  }
  if (!method) {
    auto refusing =
        desk.refuse(actor, user->locked ? std::nullopt : std::optional(user->id), call.request.remote);
    co_return co_await std::move(refusing);
  }
  const auto done = co_await desk.sessions.step_up(actor, call.principal().session.value);
  if (!done) co_return from_store(done.error(), "session");
  desk.forget_tokens(call);
  Reply reply;
  reply.data["mfa_at"] = timestamp(desk.services.clock.wall());
  reply.data["good_for"] = desk.services.settings.step_up_window.count();
  co_return reply;
}

}  // namespace

void add_second_factors(EndpointTable& table, Services& services) {
  const auto desk = std::make_shared<IdentityDesk>(services);
  const auto first = table.size();
  table.push_back({.method = http::Method::Post,
                   .path = "/auth/mfa/totp",
                   .summary = "Begin with an authenticator app: its secret, as text and for a QR code",
                   .tag = kSigningInTag,
                   .action = at(desk, begin_totp),
                   .answer = {"TotpSecret", {text("secret").says("Base32."), text("uri")}},
                   .errors = {ErrorCode::Conflict, ErrorCode::GatewayUnavailable},
                   .without_mfa = true});
  table.push_back({.method = http::Method::Post,
                   .path = "/auth/mfa/totp/confirm",
                   .summary = "Prove that the app has the secret; from now on sign-ins ask for codes",
                   .tag = kSigningInTag,
                   .action = at(desk, confirm_totp),
                   .body_kind = BodyKind::Json,
                   .body = {"ConfirmTotp", {code_field()}},
                   .answer = codes_schema(),
                   .errors = {ErrorCode::Conflict, ErrorCode::InvalidCredentials},
                   .without_mfa = true});
  table.push_back({.method = http::Method::Delete,
                   .path = "/auth/mfa/totp",
                   .summary = "Remove the second factor, with its recovery codes",
                   .tag = kSigningInTag,
                   .action = at(desk, drop_totp),
                   .step_up = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .without_mfa = true});
  table.push_back({.method = http::Method::Post,
                   .path = "/auth/mfa/recovery-codes",
                   .summary = "Ten new recovery codes instead of those there",
                   .tag = kSigningInTag,
                   .action = at(desk, renew_codes),
                   .step_up = true,
                   .answer = codes_schema(),
                   .errors = {ErrorCode::Conflict},
                   .without_mfa = true});
  table.push_back(
      {.method = http::Method::Post,
       .path = "/auth/step-up",
       .summary = "Show a second factor for what needs a recent one",
       .tag = kSigningInTag,
       .action = at(desk, step_up),
       .body_kind = BodyKind::Json,
       .body = {"StepUp", {text("code", 64).needed().says("Of the authenticator, or a recovery code.")}},
       .answer = {"StepUpAnswer", {instant("mfa_at"), integer("good_for").says("Seconds from now on.")}},
       .errors = {ErrorCode::Conflict, ErrorCode::InvalidCredentials},
       .without_mfa = true});
  describe_refusals(table, first);
}

}  // namespace warp::api
