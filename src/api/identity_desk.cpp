#include "identity_desk.h"

#include "warp/api/authenticator.h"
#include "warp/http/signed_token.h"
#include "warp/identity/policy.h"
#include "warp/identity/recovery.h"
#include "warp/identity/tickets.h"
#include "warp/identity/totp.h"

namespace warp::api {
namespace {

std::optional<identity::SecretBox> make_box(const std::string& key) {
  if (key.empty()) return std::nullopt;
  return identity::SecretBox(key);
}

// Without a configured key challenges are good on this node, until it ends.
std::string challenge_key(const std::string& key) {
  static const std::string own = identity::make_secret("");
  return identity::derived_key(key.empty() ? own : key, "warp.identity.challenge");
}

Json show_role(const Role& role) {
  Json out;
  out["id"] = role.id.to_string();
  out["name"] = role.name;
  out["display_name"] = role.display_name;
  return out;
}

bool is_totp(std::string_view code) {
  return code.size() == static_cast<std::size_t>(identity::kTotpDigits) &&
         code.find_first_not_of("0123456789") == code.npos;
}

}  // namespace

IdentityDesk::IdentityDesk(Services& given)
    : services(given),
      settings(given.settings.identity),
      users(given.pool),
      sessions(given.pool),
      hasher(settings.hasher ? *settings.hasher : identity::process_hasher()),
      box(make_box(settings.secret_key)),
      challenge_key_(challenge_key(settings.secret_key)) {}

std::string IdentityDesk::challenge_content(const store::User& user) {
  return user.id.to_string() + " " + identity::digest_of(user.password_hash.value_or("")).substr(0, 16);
}

std::string IdentityDesk::challenge_of(const store::User& user) const {
  return http::make_token(challenge_content(user), services.clock.wall() + settings.challenge_life,
                          challenge_key_);
}

std::optional<std::string> IdentityDesk::open_challenge(std::string_view challenge) const {
  return http::open_token(challenge, services.clock.wall(), challenge_key_);
}

std::optional<std::string> IdentityDesk::totp_secret(const store::User& user) const {
  if (!box || !user.totp_secret) return std::nullopt;
  return box->open(*user.totp_secret, user.id.to_string());
}

boost::asio::awaitable<Outcome<std::optional<std::string>>> IdentityDesk::take_code(store::Actor actor,
                                                                                    store::User user,
                                                                                    std::string code) {
  using Method = std::optional<std::string>;
  if (!user.second_factor()) co_return Method();
  const char* method = "totp";
  store::Expected<void> used;
  if (is_totp(code)) {
    const auto secret = totp_secret(user);
    if (!secret) {
      Failure failure{ErrorCode::ServiceUnavailable, "Codes cannot be checked now; use a recovery code."};
      failure.internal = "a second factor does not open under identity.secret_key";
      co_return failure;
    }
    const auto step = identity::matching_step(*secret, code, services.clock.wall(), user.totp_last_step);
    if (!step) co_return Method();
    used = co_await users.use_step(actor, user.id, *step);
  } else {
    const auto plain = identity::plain_recovery_code(code);
    if (plain.empty()) co_return Method();
    method = "recovery_code";
    used = co_await users.use_code(actor, user.id, token_hash(plain));
  }
  if (!used && used.error().kind == store::ErrorKind::NotFound) co_return Method();
  if (!used) co_return from_store(used.error(), "code");
  co_return Method(method);
}

boost::asio::awaitable<Failure> IdentityDesk::refuse(store::Actor actor, std::optional<Uuid> user,
                                                     std::string address) {
  services.authenticator.count_failure(address);
  const auto counted = co_await users.failed(actor, user, settings.lock_after, settings.lock_for);
  if (!counted) co_return from_store(counted.error(), "account");
  co_return Failure{ErrorCode::InvalidCredentials, ""};
}

Answer IdentityDesk::show(store::User user) {
  Reply reply;
  auto& out = reply.data;
  out["id"] = user.id.to_string();
  out["email"] = user.email;
  out["name"] = user.name;
  out["customer_id"] = id_or_null(user.customer);
  out["role"] = nullptr;
  bool wanted = false;
  if (user.role) {
    const RoleId id{*user.role};
    const auto role = co_await services.roles->find(id);
    if (!role && role.error().code != ErrorCode::NotFound) co_return role.error();
    if (role) {
      out["role"] = show_role(*role);
      wanted = role->mfa;
    }
  }
  out["second_factor"] = user.second_factor();
  out["second_factor_wanted"] = wanted;
  out["recovery_codes_left"] = user.codes_left;
  out["password_changed_at"] = timestamp(user.password_changed_at);
  out["last_login_at"] = timestamp(user.last_login_at);
  out["created_at"] = timestamp(user.created_at);
  co_return reply;
}

boost::asio::awaitable<Outcome<std::string>> IdentityDesk::hash(std::string password, std::string email) {
  if (const auto weakness = identity::weakness_of(password, email)) {
    Failure failure{ErrorCode::WeakPassword, std::string(identity::sentence(*weakness))};
    failure.details["reason"] = identity::to_string(*weakness);
    co_return failure;
  }
  auto hashing = hasher.hash(std::move(password));
  auto stored = co_await std::move(hashing);
  if (!stored) co_return too_busy();
  co_return std::move(*stored);
}

void IdentityDesk::forget_tokens(const Call& call) const {
  auto* authenticator = &services.authenticator;
  call.context->after_commit([authenticator] { authenticator->forget(); });
}

Action at(std::shared_ptr<IdentityDesk> desk, DeskAction action) {
  return [desk, action](Call call) { return action(*desk, std::move(call)); };
}

store::Actor stranger(const Call& call, std::string act) {
  store::Actor actor;
  actor.who = std::move(act);
  actor.request_id = call.context->request_id;
  actor.ip = call.context->ip;
  actor.user_agent = call.context->user_agent;
  actor.joint = call.context->joint;
  return actor;
}

Principal principal_of_user(const store::User& user, SessionId session) {
  Principal out;
  out.kind = PrincipalKind::Session;
  out.name = user.email;
  out.customer = user.customer;
  out.user = UserId{user.id};
  out.session = session;
  out.second_factor = user.second_factor();
  return out;
}

std::optional<Failure> not_a_user(const Call& call) {
  if (call.principal().kind == PrincipalKind::Session) return std::nullopt;
  Failure failure{ErrorCode::Forbidden, "This is for users who signed in here: a key or a token is none."};
  failure.details["reason"] = "no_session";
  return failure;
}

Failure too_busy() {
  return Failure{ErrorCode::ServiceUnavailable, "Too many sign in at the moment; nothing was changed."};
}

store::TokenHash token_hash(std::string_view token) {
  return hash_key(token);
}

void describe_refusals(EndpointTable& table, std::size_t from) {
  for (auto i = from; i < table.size(); ++i) {
    auto& endpoint = table[i];
    if (!endpoint.open) endpoint.errors.push_back(ErrorCode::Forbidden);
    if (endpoint.step_up) endpoint.errors.push_back(ErrorCode::MfaRequired);
  }
}

std::vector<Field> user_fields() {
  return {uuid("id"),
          text("email"),
          text("name"),
          uuid("customer_id").or_null().says("Null: one of the operator's people."),
          object("role", {uuid("id"), text("name"), text("display_name")}).or_null(),
          boolean("second_factor").says("One is set up."),
          boolean("second_factor_wanted").says("The role may do nothing without one."),
          integer("recovery_codes_left"),
          instant("password_changed_at").or_null(),
          instant("last_login_at").or_null(),
          instant("created_at")};
}

}  // namespace warp::api
