#include "warp/store/users.h"

#include <span>

#include "warp/base/text.h"

#include "support.h"

#define USER_COLUMNS                                                                                        \
  "u.id, u.customer_id, u.email, u.name, u.password_hash, u.enabled, coalesce((SELECT a.status = 'ACTIVE' " \
  "FROM customers.accounts a WHERE a.id = u.customer_id), true), u.role_id, encode(u.totp_secret, 'hex'), " \
  "u.totp_confirmed_at, u.totp_last_step, coalesce(u.locked_until > now(), false), u.password_changed_at, " \
  "u.last_login_at, "                                                                                       \
  "u.created_at, (SELECT count(*) FROM identity.recovery_codes c WHERE c.user_id = u.id AND c.used_at IS "  \
  "NULL)"

namespace warp::store {
namespace {

constexpr pg::Query kUserByEmail{
    "store.user.by_email", "SELECT " USER_COLUMNS " FROM identity.users u WHERE lower(u.email) = lower($1)"};
constexpr pg::Query kGetUser{"store.user.get",
                             "SELECT " USER_COLUMNS " FROM identity.users u WHERE u.id = $1"};
constexpr pg::Query kRenameUser{
    "store.user.rename", "UPDATE identity.users u SET name = $2 WHERE u.id = $1 RETURNING " USER_COLUMNS};
constexpr pg::Query kFailed{"store.user.failed", "SELECT identity.failed($1, $2, make_interval(secs => $3))"};
constexpr pg::Query kRehash{
    "store.user.rehash",
    "UPDATE identity.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id"};
constexpr pg::Query kChangePassword{"store.user.change_password",
                                    "SELECT $1::uuid, identity.change_password($1, $2, $3)"};
constexpr pg::Query kForgot{
    "store.user.forgot",
    "SELECT of_user, of_email, of_name FROM identity.forgot($1, $2, make_interval(secs => $3))"};
constexpr pg::Query kByReset{
    "store.user.by_reset", "SELECT " USER_COLUMNS
                           " FROM identity.password_resets r JOIN identity.users u ON u.id = r.user_id "
                           "WHERE r.hash = $1 AND r.used_at IS NULL AND r.expires_at > now() AND u.enabled"};
constexpr pg::Query kResetPassword{
    "store.user.reset_password", "SELECT of_user, of_customer, of_kind FROM identity.reset_password($1, $2)"};
constexpr pg::Query kBeginTotp{"store.user.begin_totp",
                               "UPDATE identity.users SET totp_secret = $2, totp_last_step = 0 "
                               "WHERE id = $1 AND totp_confirmed_at IS NULL RETURNING id"};
constexpr pg::Query kConfirmTotp{"store.user.confirm_totp", "SELECT identity.confirm_totp($1, $2, $3, $4)"};
constexpr pg::Query kDropTotp{"store.user.drop_totp", "SELECT $1::uuid, identity.drop_totp($1)"};
constexpr pg::Query kSetCodes{"store.user.set_codes", "SELECT $1::uuid, identity.set_codes($1, $2)"};
constexpr pg::Query kUseStep{
    "store.user.use_step",
    "UPDATE identity.users SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 RETURNING id"};
constexpr pg::Query kUseCode{"store.user.use_code",
                             "UPDATE identity.recovery_codes SET used_at = now() "
                             "WHERE user_id = $1 AND hash = $2 AND used_at IS NULL RETURNING user_id"};

std::optional<std::string> from_hex(std::string_view text) {
  const auto value = [](char c) -> int {
    if (is_digit(c)) return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value(text[i]), low = value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

void read_user(pg::RowReader& row, User& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.email);
  row.next(out.name);
  row.next(out.password_hash);
  row.next(out.enabled);
  row.next(out.customer_active);
  row.next(out.role);
  if (const auto sealed = row.next<std::optional<std::string>>()) {
    out.totp_secret = from_hex(*sealed);
    if (!out.totp_secret) row.fail();
  }
  row.next(out.totp_confirmed_at);
  row.next(out.totp_last_step);
  row.next(out.locked);
  row.next(out.password_changed_at);
  row.next(out.last_login_at);
  row.next(out.created_at);
  row.next(out.codes_left);
}

void read_forgot(pg::RowReader& row, UserRepository::Forgot& out) {
  row.next(out.user);
  row.next(out.email);
  row.next(out.name);
}

void read_reset(pg::RowReader& row, UserRepository::Reset& out) {
  row.next(out.user);
  row.next(out.customer);
  row.next(out.kind);
}

// As identity.set_codes() takes them: hexadecimal.
std::vector<std::string> texts_of(const std::vector<TokenHash>& hashes) {
  std::vector<std::string> out;
  for (const auto& hash : hashes)
    out.push_back(to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()}));
  return out;
}

// NotFound when no row comes.
}  // namespace

Task<User> UserRepository::by_email(Actor actor, std::string email) {
  return ask_one<User>(pool_, scope_of(actor), kUserByEmail, pg::Params::of(email), read_user);
}

Task<User> UserRepository::get(Actor actor, Uuid id) {
  return ask_one<User>(pool_, scope_of(actor), kGetUser, pg::Params::of(id), read_user);
}

Task<User> UserRepository::rename(Actor actor, Uuid id, std::string name) {
  return ask_one<User>(pool_, scope_of(actor), kRenameUser, pg::Params::of(id, name), read_user);
}

Task<bool> UserRepository::failed(Actor actor, std::optional<Uuid> id, std::uint32_t most,
                                  std::chrono::seconds hold) {
  return ask_one<bool>(pool_, scope_of(actor), kFailed, pg::Params::of(id, most, hold.count()), read_value);
}

Task<void> UserRepository::rehash(Actor actor, Uuid id, std::string before, std::string after) {
  return ask_done(pool_, scope_of(actor), kRehash, pg::Params::of(id, before, after));
}

Task<void> UserRepository::change_password(Actor actor, Uuid id, std::string stored, Uuid but) {
  return ask_done(pool_, scope_of(actor), kChangePassword, pg::Params::of(id, stored, but));
}

Task<UserRepository::Forgot> UserRepository::forgot(Actor actor, std::string email, TokenHash token,
                                                    std::chrono::seconds life) {
  pg::Params params;
  params.add(email).add_octets(token).add(life.count());
  return ask_one<Forgot>(pool_, scope_of(actor), kForgot, std::move(params), read_forgot);
}

Task<User> UserRepository::by_reset(Actor actor, TokenHash token) {
  pg::Params params;
  params.add_octets(token);
  return ask_one<User>(pool_, scope_of(actor), kByReset, std::move(params), read_user);
}

Task<UserRepository::Reset> UserRepository::reset_password(Actor actor, TokenHash token, std::string stored) {
  pg::Params params;
  params.add_octets(token).add(stored);
  return ask_one<Reset>(pool_, scope_of(actor), kResetPassword, std::move(params), read_reset);
}

Task<void> UserRepository::begin_totp(Actor actor, Uuid id, std::string sealed) {
  pg::Params params;
  params.add(id).add_octets(std::as_bytes(std::span(sealed)));
  return ask_done(pool_, scope_of(actor), kBeginTotp, std::move(params));
}

Task<bool> UserRepository::confirm_totp(Actor actor, Uuid id, std::int64_t step, std::vector<TokenHash> codes,
                                        Uuid session) {
  return ask_one<bool>(pool_, scope_of(actor), kConfirmTotp,
                       pg::Params::of(id, step, texts_of(codes), session), read_value);
}

Task<void> UserRepository::drop_totp(Actor actor, Uuid id) {
  return ask_done(pool_, scope_of(actor), kDropTotp, pg::Params::of(id));
}

Task<void> UserRepository::set_codes(Actor actor, Uuid id, std::vector<TokenHash> codes) {
  return ask_done(pool_, scope_of(actor), kSetCodes, pg::Params::of(id, texts_of(codes)));
}

Task<void> UserRepository::use_step(Actor actor, Uuid id, std::int64_t step) {
  return ask_done(pool_, scope_of(actor), kUseStep, pg::Params::of(id, step));
}

Task<void> UserRepository::use_code(Actor actor, Uuid id, TokenHash code) {
  pg::Params params;
  params.add(id).add_octets(code);
  return ask_done(pool_, scope_of(actor), kUseCode, std::move(params));
}

}  // namespace warp::store
