#include "warp/store/standing.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr pg::Query kKey{
    "store.standing.key",
    "SELECT k.scopes FROM customers.api_keys k JOIN customers.accounts a ON a.id = k.customer_id "
    "WHERE k.id = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) "
    "AND a.status <> 'CLOSED'"};
constexpr pg::Query kOperatorKey{
    "store.standing.operator_key",
    "SELECT scopes FROM operators.api_keys WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR "
    "expires_at > now())"};
constexpr pg::Query kSession{
    "store.standing.session",
    "SELECT true FROM identity.sessions s JOIN identity.users u ON u.id = s.user_id WHERE s.id = $1 AND "
    "s.revoked_at IS NULL AND s.expires_at > now() AND u.enabled"};

void read_scopes(pg::RowReader& row, std::vector<std::string>& out) {
  row.next(out);
}

}  // namespace

Task<std::vector<std::string>> StandingRepository::of_key(Uuid key, bool of_operator) {
  return ask_one<std::vector<std::string>>(pool_, daemon_scope(), of_operator ? kOperatorKey : kKey,
                                           pg::Params::of(key), read_scopes);
}

Task<void> StandingRepository::of_session(Uuid session) {
  const auto found =
      co_await ask_one<bool>(pool_, daemon_scope(), kSession, pg::Params::of(session), read_value);
  if (!found) co_return found.error();
  co_return Expected<void>();
}

}  // namespace warp::store
