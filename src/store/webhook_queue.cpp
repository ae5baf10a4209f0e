#include <nlohmann/json.hpp>

#include "warp/store/webhooks.h"

#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
using Due = WebhookQueue::Due;

constexpr auto kWebhookQueueTimeout = 15s;
// A call's data is its record's: it is read for those alone that somebody asks for. Nobody is told of what
// was before they asked.
constexpr pg::Query kAddWebhookEvent{
    "store.webhook.add",
    "WITH given AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1::jsonb) AS g(id uuid, kind text, "
    "customer_id uuid, payload jsonb, at timestamptz)), "
    "matched AS MATERIALIZED (SELECT g.id AS event, e.id AS endpoint, e.customer_id FROM given g "
    "JOIN webhooks.endpoints e ON e.enabled AND e.created_at <= g.at AND (e.customer_id IS NULL OR "
    "e.customer_id = g.customer_id) "
    "AND EXISTS (SELECT FROM unnest(e.events) f "
    "WHERE f IN ('*', g.kind, split_part(g.kind, '.', 1) || '.*'))), "
    "fresh AS (INSERT INTO webhooks.events (id, kind, customer_id, object_id, payload, at) "
    "SELECT g.id, g.kind, g.customer_id, coalesce(g.payload ->> 'id', g.payload ->> 'e164', ''), "
    "g.payload || CASE WHEN g.kind <> 'call.completed' THEN '{}' ELSE coalesce((SELECT jsonb_build_object("
    "'call_id', c.call_id, 'trunk_id', c.trunk_id, 'direction', c.direction, 'from', c.ani, 'to', c.dni, "
    "'started_at', c.setup_at, 'answered_at', c.answered_at, 'ended_at', c.ended_at, "
    "'duration_seconds', trim_scale(c.duration_us / 1000000.0), 'disposition', c.disposition, "
    "'reason', c.reason, 'sip_status', c.sip_status, 'cost', trim_scale(coalesce(c.charge_nanos, "
    "c.price_nanos) / 1000000000.0), 'currency', coalesce(c.charge_currency, c.price_currency)) "
    "FROM records.cdrs c WHERE c.id = (g.payload ->> 'id')::uuid AND c.setup_at = g.at), '{}') END, g.at "
    "FROM given g WHERE EXISTS (SELECT FROM matched m WHERE m.event = g.id) ON CONFLICT DO NOTHING "
    "RETURNING id) "
    "INSERT INTO webhooks.deliveries (event_id, endpoint_id, customer_id) "
    "SELECT m.event, m.endpoint, m.customer_id FROM matched m JOIN fresh f ON f.id = m.event",
    kWebhookQueueTimeout};
constexpr pg::Query kTakeWebhooks{
    "store.webhook.take",
    "WITH due AS (SELECT x.id FROM webhooks.endpoints e "
    "LEFT JOIN webhooks.conditions c ON c.endpoint_id = e.id "
    "CROSS JOIN LATERAL (SELECT d.id FROM webhooks.deliveries d WHERE d.endpoint_id = e.id "
    "AND d.state = 'waiting' AND d.next_at <= now() AND (d.taken_until IS NULL OR d.taken_until < now()) "
    "ORDER BY d.next_at LIMIT greatest(0, $3::bigint - (SELECT count(*) FROM webhooks.deliveries t "
    "WHERE t.endpoint_id = e.id AND t.state = 'waiting' AND t.taken_until >= now())) "
    "FOR UPDATE SKIP LOCKED) x WHERE e.enabled ORDER BY c.failing_since NULLS FIRST LIMIT $2::bigint) "
    "UPDATE webhooks.deliveries d SET taken_by = $1, taken_until = now() + $4::bigint * interval '1 second' "
    "FROM due, webhooks.events v, webhooks.endpoints e "
    "WHERE d.id = due.id AND v.id = d.event_id AND e.id = d.endpoint_id "
    "RETURNING d.id, d.attempts, v.id, v.kind, v.customer_id, v.at, v.payload::text, e.url, e.secret, "
    "CASE WHEN e.previous_until > now() THEN e.previous_secret END",
    kWebhookQueueTimeout};
constexpr pg::Query kFinishWebhook{
    "store.webhook.finish",
    "SELECT webhooks.finish($1::bigint, $2::text, $3::text, $4::bigint * interval '1 millisecond', "
    "$5::smallint, $6::integer, $7::jsonb, $8::text, $9::text)"};
constexpr pg::Query kWaitingWebhooks{"store.webhook.waiting",
                                     "SELECT count(*) FROM webhooks.deliveries WHERE state = 'waiting'",
                                     kWebhookQueueTimeout};

void read_due(pg::RowReader& row, Due& out) {
  row.next(out.id);
  row.next(out.attempts);
  row.next(out.event.id);
  row.next(out.event.type);
  row.next(out.event.customer);
  row.next(out.event.at);
  row.next(out.event.data);
  row.next(out.url);
  row.next(out.secret);
  row.next(out.previous_secret);
}

void read_text(pg::RowReader& row, std::string& out) {
  row.next(out);
}

std::string_view name(WebhookQueue::Outcome outcome) {
  switch (outcome) {
    case WebhookQueue::Outcome::Delivered:
      return "delivered";
    case WebhookQueue::Outcome::Failed:
      return "failed";
    case WebhookQueue::Outcome::Gone:
      return "gone";
  }
  return "failed";
}

// The events as one JSON array; their data is JSON already and goes in as it is.
std::string array_of(const std::vector<WebhookEvent>& events) {
  std::string out = "[";
  for (const auto& event : events) {
    nlohmann::json head;
    head["id"] = event.id.to_string();
    head["kind"] = event.type;
    if (event.customer) head["customer_id"] = event.customer->to_string();
    head["at"] = pg::to_text(event.at);
    auto text = head.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.pop_back();
    out += (out.size() == 1 ? "" : ",") + text + ",\"payload\":" + event.data + "}";
  }
  return out + "]";
}

}  // namespace

Task<std::uint64_t> WebhookQueue::add(std::vector<WebhookEvent> events) {
  const auto rows = co_await pool_.query(daemon_scope(), kAddWebhookEvent, pg::Params::of(array_of(events)));
  if (!rows) co_return error_of(rows.error());
  co_return rows->affected();
}

Task<std::vector<Due>> WebhookQueue::take(std::string who, std::uint32_t limit, std::uint32_t each,
                                          std::chrono::seconds hold) {
  return ask_all<Due>(pool_, daemon_scope(), kTakeWebhooks, pg::Params::of(who, limit, each, hold.count()),
                      read_due);
}

Task<std::string> WebhookQueue::finish(std::string who, Attempt attempt) {
  std::optional<std::int64_t> again;
  if (attempt.again) again = attempt.again->count();
  return ask_one<std::string>(
      pool_, daemon_scope(), kFinishWebhook,
      pg::Params::of(attempt.delivery, who, name(attempt.outcome), again, attempt.status,
                     attempt.took.count(), attempt.headers, attempt.answer, attempt.error),
      read_text);
}

Task<std::uint64_t> WebhookQueue::waiting() {
  pg::Params none;
  return ask_one<std::uint64_t>(pool_, daemon_scope(), kWaitingWebhooks, std::move(none), read_value);
}

}  // namespace warp::store
