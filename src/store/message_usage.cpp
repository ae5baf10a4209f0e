#include "message_usage.h"

#include <algorithm>
#include <variant>

#include "message_arrays.h"

namespace warp::store {
namespace {

// A record that an earlier transaction made has been counted by it. The connector stands where a call has its
// provider.
constexpr pg::Query kMessageUsageUsage{
    "store.message.usage",
    "INSERT INTO records.daily_usage_summary AS d (day, customer_id, provider_id, kind, direction, prefix, "
    "jurisdiction, currency, attempts, answered, network_ok, units, charge_nanos, cost_nanos, margin_nanos) "
    "SELECT (m.accepted_at AT TIME ZONE 'UTC')::date AS day, m.customer_id, m.connector_id, 'message', "
    "m.direction, coalesce(m.price_prefix, left(m.recipient, 5)) AS prefix, 'UNKNOWN', m.price_currency, "
    "count(*), count(*) FILTER (WHERE m.state IN ('sent', 'delivered')), count(m.sent_at), sum(m.segments), "
    "coalesce(sum(m.charged_nanos), 0), coalesce(sum(m.cost_nanos), 0), coalesce(sum(m.margin_nanos), 0) "
    "FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::timestamptz[]) AS u(id, at)) AS u JOIN records.mdrs "
    "m ON m.id = u.id "
    "AND m.accepted_at = u.at WHERE m.accepted_at BETWEEN $3 AND $4 "
    "AND m.xmin = pg_current_xact_id()::xid "
    "GROUP BY 1, m.customer_id, m.connector_id, m.direction, 6, m.price_currency "
    "ORDER BY 1, m.customer_id, m.connector_id, m.direction, 6, m.price_currency "
    "ON CONFLICT (day, customer_id, trunk_id, provider_id, kind, direction, prefix, jurisdiction, currency) "
    "DO UPDATE SET attempts = d.attempts + excluded.attempts, answered = d.answered + excluded.answered, "
    "network_ok = d.network_ok + excluded.network_ok, units = d.units + excluded.units, "
    "charge_nanos = d.charge_nanos + excluded.charge_nanos, cost_nanos = d.cost_nanos + excluded.cost_nanos, "
    "margin_nanos = d.margin_nanos + excluded.margin_nanos",
    std::chrono::seconds(10)};

}  // namespace

void add_usage(std::span<MessageCall> calls, std::vector<pg::Statement>& out) {
  Arrays<2> ended;
  WallTime first = WallTime::max(), last = WallTime::min();
  for (const auto& call : calls) {
    const auto* finish = std::get_if<FinishCall>(&call.what);
    if (finish == nullptr) continue;
    ended.rows++;
    ended.column[0].id(finish->message.id.value);
    ended.column[1].time(finish->message.accepted_at);
    first = std::min(first, finish->message.accepted_at);
    last = std::max(last, finish->message.accepted_at);
  }
  if (ended.rows == 0) return;
  pg::Params params;
  ended.add_to(params);
  params.add(first).add(last);
  out.push_back({&kMessageUsageUsage, std::move(params)});
}

}  // namespace warp::store
