#include "warp/store/webhook_notices.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr pg::Query kTakeWebhookNotices{
    "store.webhook.notices",
    "WITH taken AS (INSERT INTO webhooks.notices (endpoint_id, customer_id, disabled_at) "
    "SELECT e.id, e.customer_id, e.disabled_at FROM webhooks.endpoints e "
    "WHERE NOT e.enabled AND e.disabled_for IN ('failures', 'gone') "
    "AND e.disabled_at > now() - interval '1 day' AND NOT EXISTS (SELECT FROM webhooks.notices n "
    "WHERE n.endpoint_id = e.id AND n.disabled_at = e.disabled_at) "
    "ORDER BY e.disabled_at LIMIT $2::bigint ON CONFLICT DO NOTHING RETURNING endpoint_id) "
    "SELECT e.id, e.url, e.disabled_for, e.disabled_at, coalesce(a.name, ''), "
    "ARRAY(SELECT u.email FROM identity.users u JOIN identity.roles r ON r.id = u.role_id "
    "WHERE u.customer_id IS NOT DISTINCT FROM e.customer_id AND u.enabled AND u.password_hash IS NOT NULL "
    "AND ((r.customer_id IS NULL AND r.name = ANY($1::text[])) OR 'webhooks:write' = ANY(r.scopes)) "
    "ORDER BY u.created_at LIMIT $3::bigint) "
    "FROM taken t JOIN webhooks.endpoints e ON e.id = t.endpoint_id "
    "LEFT JOIN customers.accounts a ON a.id = e.customer_id"};

void read_notice(pg::RowReader& row, DisabledWebhook& out) {
  row.next(out.id);
  row.next(out.url);
  row.next(out.reason);
  row.next(out.at);
  row.next(out.account);
  row.next(out.people);
}

}  // namespace

Task<std::vector<DisabledWebhook>> WebhookNotices::take(std::vector<std::string> roles, std::uint32_t limit) {
  return ask_all<DisabledWebhook>(pool_, daemon_scope(), kTakeWebhookNotices,
                                  pg::Params::of(roles, limit, kMostPeople), read_notice);
}

}  // namespace warp::store
