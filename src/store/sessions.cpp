#include "warp/store/sessions.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr std::string_view kSessionDaemon = "warpd";

constexpr pg::Query kFindSession{
    "store.session.find",
    "WITH seen AS (UPDATE identity.sessions SET last_seen_at = now() WHERE access_hash = $1 "
    "AND last_seen_at < now() - interval '1 minute' AND revoked_at IS NULL) "
    "SELECT s.id, s.user_id, u.customer_id, coalesce((SELECT a.status = 'ACTIVE' FROM customers.accounts a "
    "WHERE a.id = u.customer_id), true), u.email, u.role_id, s.mfa_at, "
    "u.totp_secret IS NOT NULL AND u.totp_confirmed_at IS NOT NULL "
    "FROM identity.sessions s JOIN identity.users u ON u.id = s.user_id "
    "WHERE s.access_hash = $1 AND s.revoked_at IS NULL AND s.access_until > now() AND s.expires_at > now() "
    "AND u.enabled"};
constexpr pg::Query kOpenSession{
    "store.session.open",
    "INSERT INTO identity.sessions (id, user_id, customer_id, access_hash, access_until, expires_at, mfa_at, "
    "ip, user_agent) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), "
    "now() + make_interval(secs => $6), CASE WHEN $7::boolean THEN now() END, audit.client_ip(), "
    "nullif(current_setting('warp.user_agent', true), ''))"};
constexpr pg::Query kOpenRefreshToken{
    "store.session.open_refresh",
    "INSERT INTO identity.refresh_tokens (hash, session_id, customer_id) VALUES ($1, $2, $3)"};
constexpr pg::Query kOpenedSession{"store.session.opened",
                                   "UPDATE identity.users SET failed_logins = 0, locked_until = NULL, "
                                   "last_login_at = now() WHERE id = $1"};
constexpr pg::Query kNoteLogin{
    "store.session.note_login",
    "SELECT identity.note('login', $1, $2, jsonb_build_object('session_id', $3::uuid, 'method', $4::text))"};
constexpr pg::Query kRefreshSession{
    "store.session.refresh",
    "SELECT outcome, of_session, of_user, of_customer FROM identity.refresh($1, $2, "
    "make_interval(secs => $3), $4, make_interval(secs => $5), make_interval(secs => $6))"};
constexpr pg::Query kListSessions{
    "store.session.list",
    "SELECT id, created_at, last_seen_at, expires_at, host(ip), user_agent, mfa_at FROM identity.sessions "
    "WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now() ORDER BY created_at DESC, id LIMIT "
    "500"};
constexpr pg::Query kEndSession{
    "store.session.end",
    "WITH ended AS (UPDATE identity.sessions SET revoked_at = now(), revoked_for = $3 WHERE id = $2 "
    "AND user_id = $1 AND revoked_at IS NULL RETURNING user_id, customer_id, id) "
    "SELECT user_id, identity.note('logout', user_id, customer_id, "
    "jsonb_build_object('session_id', id, 'reason', $3::text)) FROM ended"};
constexpr pg::Query kStepUp{
    "store.session.step_up",
    "UPDATE identity.sessions SET mfa_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id"};
constexpr pg::Query kAccountById{
    "store.session.account_by_id",
    "SELECT id, status = 'ACTIVE' FROM customers.accounts WHERE id = $1 OR external_id = $1::text "
    "ORDER BY id = $1 DESC LIMIT 1"};
constexpr pg::Query kAccountByExternal{
    "store.session.account_by_external",
    "SELECT id, status = 'ACTIVE' FROM customers.accounts WHERE external_id = $1"};
constexpr pg::Query kPurgeSessions{"store.session.purge", "SELECT identity.purge()",
                                   std::chrono::seconds(60)};

void read_holder(pg::RowReader& row, SessionHolder& out) {
  row.next(out.session);
  row.next(out.user);
  row.next(out.customer);
  row.next(out.customer_active);
  row.next(out.email);
  row.next(out.role);
  row.next(out.mfa_at);
  row.next(out.second_factor);
}

void read_refreshed(pg::RowReader& row, Refreshed& out) {
  row.next(out.outcome);
  row.next(out.session);
  row.next(out.user);
  row.next(out.customer);
}

void read_session(pg::RowReader& row, Session& out) {
  row.next(out.id);
  row.next(out.created_at);
  row.next(out.last_seen_at);
  row.next(out.expires_at);
  row.next(out.ip);
  row.next(out.user_agent);
  row.next(out.mfa_at);
}

void read_account(pg::RowReader& row, AccountRef& out) {
  row.next(out.id);
  row.next(out.active);
}

pg::Scope own_scope() {
  return pg::Scope::operators().by(std::string(kSessionDaemon), {});
}

}  // namespace

Task<SessionHolder> SessionRepository::find(TokenHash access) {
  pg::Params params;
  params.add_octets(access);
  return ask_one<SessionHolder>(pool_, own_scope(), kFindSession, std::move(params), read_holder);
}

Task<void> SessionRepository::open(Actor actor, NewSession session, std::string method) {
  std::vector<pg::Statement> statements;
  pg::Params row;
  row.add(session.id).add(session.user).add(session.customer).add_octets(session.access);
  row.add(session.access_life.count()).add(session.life.count()).add(session.second_factor);
  statements.push_back({&kOpenSession, std::move(row)});
  pg::Params token;
  token.add_octets(session.refresh).add(session.id).add(session.customer);
  statements.push_back({&kOpenRefreshToken, std::move(token)});
  statements.push_back({&kOpenedSession, pg::Params::of(session.user)});
  statements.push_back({&kNoteLogin, pg::Params::of(session.user, session.customer, session.id, method)});
  const auto done = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<Refreshed> SessionRepository::refresh(Actor actor, Refresh refresh) {
  pg::Params params;
  params.add_octets(refresh.old).add_octets(refresh.access).add(refresh.access_life.count());
  params.add_octets(refresh.fresh).add(refresh.idle.count()).add(refresh.longest.count());
  return ask_one<Refreshed>(pool_, scope_of(actor), kRefreshSession, std::move(params), read_refreshed);
}

Task<std::vector<Session>> SessionRepository::list(Actor actor, Uuid user) {
  return ask_all<Session>(pool_, scope_of(actor), kListSessions, pg::Params::of(user), read_session);
}

Task<void> SessionRepository::end(Actor actor, Uuid user, Uuid session, std::string reason) {
  return ask_done(pool_, scope_of(actor), kEndSession, pg::Params::of(user, session, reason));
}

Task<void> SessionRepository::step_up(Actor actor, Uuid session) {
  return ask_done(pool_, scope_of(actor), kStepUp, pg::Params::of(session));
}

Task<AccountRef> SessionRepository::account(std::string reference) {
  if (const auto id = Uuid::parse(reference))
    return ask_one<AccountRef>(pool_, own_scope(), kAccountById, pg::Params::of(*id), read_account);
  return ask_one<AccountRef>(pool_, own_scope(), kAccountByExternal, pg::Params::of(reference), read_account);
}

Task<std::int64_t> SessionRepository::purge() {
  return ask_one<std::int64_t>(pool_, own_scope(), kPurgeSessions, pg::Params(), read_value);
}

}  // namespace warp::store
