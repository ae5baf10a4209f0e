// Signing in and out, sessions: /auth/login, /auth/refresh, /auth/logout, /auth/sessions.
#include "warp/api/authenticator.h"
#include "warp/identity/tickets.h"

#include "identity_desk.h"

namespace warp::api {
namespace {

Failure missing_field(const char* field) {
  Failure failure{ErrorCode::InvalidPayload, "Send email and password, or challenge and code."};
  failure.details["fields"][field] = "is required";
  return failure;
}

std::vector<Field> token_fields() {
  return {text("access_token").says("Send it as Authorization: Bearer."), text("token_type"),
          integer("expires_in").says("Seconds."),
          text("refresh_token").says("Good once; /auth/refresh gives the next.")};
}

Schema signed_in_schema() {
  auto fields = token_fields();
  fields.push_back(object("user", user_fields()));
  return {"SignedIn", std::move(fields)};
}

Json show_tokens(const std::string& access, const std::string& refresh, std::chrono::seconds life) {
  Json out;
  out["access_token"] = access;
  out["token_type"] = "Bearer";
  out["expires_in"] = life.count();
  out["refresh_token"] = refresh;
  return out;
}

// Everything is proven: a session for this user, who from now on is who acts.
Answer open_session(IdentityDesk& desk, Call call, store::User user, std::string method) {
  const auto now = desk.services.clock.wall();
  const auto access = identity::make_secret("wa_"), refresh = identity::make_secret("wr_");
  const auto id = desk.services.ids.id<SessionId>(now);
  call.context->principal = principal_of_user(user, id);
  store::NewSession session;
  session.id = id.value;
  session.user = user.id;
  session.customer = user.customer;
  session.access = token_hash(access);
  session.refresh = token_hash(refresh);
  session.access_life = desk.settings.access_life;
  session.life = std::min(desk.settings.refresh_life, desk.settings.session_longest);
  session.second_factor = method != "password";
  const auto opened = co_await desk.sessions.open(call.as_operator(), session, method);
  if (!opened) co_return from_store(opened.error(), "session");
  user.last_login_at = now;
  if (method == "recovery_code") --user.codes_left;
  auto showing = desk.show(std::move(user));
  auto shown = co_await std::move(showing);
  if (!shown) co_return shown.error();
  Reply reply;
  reply.data = show_tokens(access, refresh, desk.settings.access_life);
  reply.data["user"] = std::move(shown->data);
  co_return reply;
}

// The second step: whose password was right a moment ago sends a code.
Answer login_by_code(IdentityDesk& desk, Call call) {
  const auto code = take<std::string>(call.body, "code");
  if (!code) co_return missing_field("code");
  const auto& address = call.request.remote;
  const auto content = desk.open_challenge(call.body["challenge"].get<std::string>());
  const auto id = content ? Uuid::parse(content->substr(0, content->find(' '))) : std::nullopt;
  if (!id) {
    desk.services.authenticator.count_failure(address);
    co_return Failure{ErrorCode::InvalidCredentials, ""};
  }
  const auto actor = stranger(call, "login");
  const auto user = co_await desk.users.get(actor, *id);
  if (!user && user.error().kind != store::ErrorKind::NotFound) co_return from_store(user.error(), "user");
  // The password was changed meanwhile, the account disabled, locked, or gone.
  const bool good = user && user->enabled && !user->locked && user->second_factor() &&
                    IdentityDesk::challenge_content(*user) == *content;
  std::optional<std::string> method;
  if (good) {
    auto taking = desk.take_code(actor, *user, *code);
    auto taken = co_await std::move(taking);
    if (!taken) co_return taken.error();
    method = std::move(*taken);
  }
  if (!method) {
    auto refusing = desk.refuse(actor, good ? id : std::nullopt, address);
    co_return co_await std::move(refusing);
  }
  auto opening = open_session(desk, std::move(call), *user, *method);
  co_return co_await std::move(opening);
}

Answer login_by_password(IdentityDesk& desk, Call call) {
  const auto email = take<std::string>(call.body, "email"),
             password = take<std::string>(call.body, "password");
  if (!email) co_return missing_field("email");
  if (!password) co_return missing_field("password");
  const auto actor = stranger(call, "login");
  const auto user = co_await desk.users.by_email(actor, *email);
  if (!user && user.error().kind != store::ErrorKind::NotFound) co_return from_store(user.error(), "user");
  const bool open = user && user->enabled && user->password_hash && !user->locked;
  // Nobody's password takes as long as somebody's.
  auto verifying = desk.hasher.verify(open ? *user->password_hash : std::string(), *password);
  const auto right = co_await std::move(verifying);
  if (!right) co_return too_busy();
  if (!*right) {
    auto refusing = desk.refuse(actor, open ? std::optional(user->id) : std::nullopt, call.request.remote);
    co_return co_await std::move(refusing);
  }
  if (!user->customer_active) co_return Failure{ErrorCode::NoActiveCustomer, ""};
  if (identity::outdated(*user->password_hash, desk.hasher.cost())) {
    auto hashing = desk.hasher.hash(*password);
    if (const auto anew = co_await std::move(hashing)) [[maybe_unused]]
      const auto done = co_await desk.users.rehash(actor, user->id, *user->password_hash, *anew);
  }
  if (user->second_factor()) {
    Failure failure{ErrorCode::MfaCodeRequired, ""};
    failure.details["challenge"] = desk.challenge_of(*user);
    failure.details["expires_in"] = desk.settings.challenge_life.count();
    co_return failure;
  }
  auto opening = open_session(desk, std::move(call), *user, "password");
  co_return co_await std::move(opening);
}

Answer login(IdentityDesk& desk, Call call) {
  if (auto banned = desk.services.authenticator.banned(call.request.remote)) co_return std::move(*banned);
  const bool second = has(call.body, "challenge");
  auto answering = second ? login_by_code(desk, std::move(call)) : login_by_password(desk, std::move(call));
  co_return co_await std::move(answering);
}

Answer refresh_session(IdentityDesk& desk, Call call) {
  auto& authenticator = desk.services.authenticator;
  if (auto banned = authenticator.banned(call.request.remote)) co_return std::move(*banned);
  const auto access = identity::make_secret("wa_"), fresh = identity::make_secret("wr_");
  store::Refresh refresh;
  refresh.old = token_hash(call.body["refresh_token"].get<std::string>());
  refresh.access = token_hash(access);
  refresh.fresh = token_hash(fresh);
  refresh.access_life = desk.settings.access_life;
  refresh.idle = desk.settings.refresh_life;
  refresh.longest = desk.settings.session_longest;
  const auto actor = stranger(call, "refresh");
  const auto refreshed = co_await desk.sessions.refresh(actor, refresh);
  if (!refreshed) co_return from_store(refreshed.error(), "session");
  if (refreshed->outcome != "ok") {
    desk.forget_tokens(call);
    authenticator.count_failure(call.request.remote);
    co_return Failure{ErrorCode::Unauthorized, "The session is over: sign in again."};
  }
  co_return reply_with(show_tokens(access, fresh, desk.settings.access_life));
}

Answer end_session(IdentityDesk& desk, Call call, Uuid session, std::string reason) {
  const auto user = call.principal().user.value;
  const auto ended = co_await desk.sessions.end(call.as_operator(), user, session, std::move(reason));
  if (!ended) co_return from_store(ended.error(), "session");
  desk.forget_tokens(call);
  co_return no_content();
}

Answer logout(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  const auto session = call.principal().session.value;
  auto ending = end_session(desk, std::move(call), session, "logout");
  co_return co_await std::move(ending);
}

Answer delete_session(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  const auto session = call.uuid("session_id");
  auto ending = end_session(desk, std::move(call), session, "revoked");
  co_return co_await std::move(ending);
}

Json show(const store::Session& session, SessionId present) {
  Json out;
  out["id"] = session.id.to_string();
  out["current"] = session.id == present.value;
  out["ip"] = value_or_null(session.ip);
  out["user_agent"] = value_or_null(session.user_agent);
  out["created_at"] = timestamp(session.created_at);
  out["last_seen_at"] = timestamp(session.last_seen_at);
  out["expires_at"] = timestamp(session.expires_at);
  out["mfa_at"] = timestamp(session.mfa_at);
  return out;
}

Schema session_schema() {
  return {"Session",
          {uuid("id"), boolean("current"), text("ip").or_null(), text("user_agent").or_null(),
           instant("created_at"), instant("last_seen_at"), instant("expires_at"),
           instant("mfa_at").or_null().says("When a second factor was shown last.")}};
}

Answer list_sessions(IdentityDesk& desk, Call call) {
  if (auto refused = not_a_user(call)) co_return std::move(*refused);
  const auto found = co_await desk.sessions.list(call.as_operator(), call.principal().user.value);
  if (!found) co_return from_store(found.error(), "session");
  co_return list_reply(*found, [&](const auto& session) { return show(session, call.principal().session); });
}

}  // namespace

void add_sessions(EndpointTable& table, Services& services) {
  const auto desk = std::make_shared<IdentityDesk>(services);
  const auto first = table.size();
  table.push_back(
      {.method = http::Method::Post,
       .path = "/auth/login",
       .summary = "Sign in by password, or by the code that a sign-in asked for",
       .tag = kSigningInTag,
       .action = at(desk, login),
       .body_kind = BodyKind::Json,
       .body = {"Login",
                {text("email", 254), text("password", 256),
                 text("challenge", 1024).says("Of MFA_CODE_REQUIRED, with `code`."),
                 text("code", 64).says("Of the authenticator, or a recovery code.")}},
       .answer = signed_in_schema(),
       .errors = {ErrorCode::InvalidCredentials, ErrorCode::MfaCodeRequired, ErrorCode::NoActiveCustomer},
       .open = true,
       .without_mfa = true});
  table.push_back({.method = http::Method::Post,
                   .path = "/auth/refresh",
                   .summary = "The next tokens of a session; a refresh token that comes twice ends it",
                   .tag = kSigningInTag,
                   .action = at(desk, refresh_session),
                   .body_kind = BodyKind::Json,
                   .body = {"RefreshSession", {text("refresh_token", 256).needed()}},
                   .answer = {"Tokens", token_fields()},
                   .errors = {ErrorCode::Unauthorized},
                   .open = true,
                   .without_mfa = true});
  table.push_back({.method = http::Method::Post,
                   .path = "/auth/logout",
                   .summary = "End this session",
                   .tag = kSigningInTag,
                   .action = at(desk, logout),
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .without_mfa = true});
  table.push_back({.path = "/auth/sessions",
                   .summary = "One's sessions that are in force, newest first",
                   .tag = kSigningInTag,
                   .action = at(desk, list_sessions),
                   .answer_kind = AnswerKind::List,
                   .answer = session_schema(),
                   .without_mfa = true});
  table.push_back({.method = http::Method::Delete,
                   .path = "/auth/sessions/{session_id:uuid}",
                   .summary = "End one of one's sessions",
                   .tag = kSigningInTag,
                   .action = at(desk, delete_session),
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound},
                   .without_mfa = true});
  describe_refusals(table, first);
}

}  // namespace warp::api
