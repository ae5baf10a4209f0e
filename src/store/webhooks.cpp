#include "warp/store/webhooks.h"

#include "support.h"

#define WEBHOOK_COLUMNS                                                                             \
  " e.id, e.customer_id, e.url, e.description, e.events, e.signature, e.secret, "                   \
  "CASE WHEN e.previous_until > now() THEN e.previous_until END, e.enabled, "                       \
  "(SELECT c.failing_since FROM webhooks.conditions c WHERE c.endpoint_id = e.id), e.disabled_at, " \
  "e.disabled_for, e.created_at, e.updated_at "
#define WEBHOOK_DELIVERY_COLUMNS                                                                             \
  " d.id, d.event_id, d.endpoint_id, v.kind, d.state, d.attempts, d.created_at, d.next_at, d.delivered_at, " \
  "d.replay_of, (SELECT a.status FROM webhooks.attempts a WHERE a.delivery_id = d.id ORDER BY a.number "     \
  "DESC "                                                                                                    \
  "LIMIT 1) "
#define OF_WEBHOOK_OWNER(table) " " table ".customer_id IS NOT DISTINCT FROM $1::uuid "

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kWebhookTimeout = 15s;
constexpr pg::Query kListWebhooks{"store.webhook.list",
                                  "SELECT" WEBHOOK_COLUMNS "FROM webhooks.endpoints e WHERE" OF_WEBHOOK_OWNER(
                                      "e") "ORDER BY e.created_at DESC, e.id"};
constexpr pg::Query kGetWebhook{"store.webhook.get",
                                "SELECT" WEBHOOK_COLUMNS
                                "FROM webhooks.endpoints e WHERE" OF_WEBHOOK_OWNER("e") "AND e.id = $2"};
constexpr pg::Query kCreateWebhook{
    "store.webhook.create",
    "INSERT INTO webhooks.endpoints AS e (customer_id, url, description, events, signature, secret) "
    "SELECT $1::uuid, $2::text, $3::text, $4::text[], $5::text, $6::text WHERE (SELECT count(*) FROM "
    "webhooks.endpoints n WHERE" OF_WEBHOOK_OWNER("n") ") < $7 RETURNING" WEBHOOK_COLUMNS};
constexpr pg::Query kUpdateWebhook{
    "store.webhook.update",
    "UPDATE webhooks.endpoints AS e SET url = coalesce($3, e.url), description = coalesce($4, "
    "e.description), "
    "events = coalesce($5::text[], e.events), enabled = coalesce($6::boolean, e.enabled), "
    "disabled_at = CASE WHEN $6::boolean THEN NULL WHEN NOT $6::boolean AND e.enabled THEN now() "
    "ELSE e.disabled_at END, "
    "disabled_for = CASE WHEN $6::boolean THEN '' WHEN NOT $6::boolean AND e.enabled THEN 'hand' "
    "ELSE e.disabled_for END "
    "WHERE" OF_WEBHOOK_OWNER("e") "AND e.id = $2 RETURNING" WEBHOOK_COLUMNS};
constexpr pg::Query kRotateWebhook{
    "store.webhook.rotate",
    "UPDATE webhooks.endpoints AS e SET previous_secret = CASE WHEN $4::bigint > 0 THEN e.secret END, "
    "previous_until = CASE WHEN $4::bigint > 0 THEN now() + $4::bigint * interval '1 second' END, secret = "
    "$3 "
    "WHERE" OF_WEBHOOK_OWNER("e") "AND e.id = $2 RETURNING" WEBHOOK_COLUMNS};
constexpr pg::Query kRemoveWebhook{
    "store.webhook.remove",
    "DELETE FROM webhooks.endpoints e WHERE" OF_WEBHOOK_OWNER("e") "AND e.id = $2 RETURNING e.id"};

constexpr pg::Query kWebhookDeliveries{
    "store.webhook.deliveries",
    "SELECT" WEBHOOK_DELIVERY_COLUMNS
    "FROM webhooks.deliveries d JOIN webhooks.events v ON v.id = d.event_id WHERE" OF_WEBHOOK_OWNER(
        "d") "AND d.endpoint_id = $2 AND ($3::text IS NULL OR d.state = $3) AND ($4::text IS NULL OR v.kind = $4) "
             "AND ($5::timestamptz IS NULL OR d.created_at >= $5) AND ($6::timestamptz IS NULL OR d.created_at < "
             "$6) AND ($7::bigint IS NULL OR d.id < $7) ORDER BY d.id DESC LIMIT $8",
    kWebhookTimeout};
constexpr pg::Query kWebhookDelivery{
    "store.webhook.delivery",
    "SELECT" WEBHOOK_DELIVERY_COLUMNS
    ", v.customer_id, v.at, v.payload::text, e.url FROM webhooks.deliveries d JOIN webhooks.events v ON "
    "v.id = d.event_id JOIN webhooks.endpoints e ON e.id = d.endpoint_id WHERE" OF_WEBHOOK_OWNER(
        "d") "AND d.id = $2"};
constexpr pg::Query kWebhookAttempts{
    "store.webhook.attempts",
    "SELECT a.number, a.at, a.duration_ms, a.status, a.request_headers::text, a.answer, a.error "
    "FROM webhooks.attempts a WHERE" OF_WEBHOOK_OWNER("a") "AND a.delivery_id = $2 ORDER BY a.number"};
constexpr pg::Query kReplayWebhook{
    "store.webhook.replay",
    "INSERT INTO webhooks.deliveries (event_id, endpoint_id, customer_id, replay_of) "
    "SELECT d.event_id, d.endpoint_id, d.customer_id, d.id FROM webhooks.deliveries d "
    "JOIN webhooks.endpoints e ON e.id = d.endpoint_id WHERE" OF_WEBHOOK_OWNER(
        "d") "AND d.id = $2 AND e.enabled RETURNING id"};
constexpr pg::Query kReplayWebhooks{
    "store.webhook.replay_range",
    "INSERT INTO webhooks.deliveries (event_id, endpoint_id, customer_id) "
    "SELECT v.id, e.id, e.customer_id FROM webhooks.endpoints e JOIN webhooks.events v "
    "ON e.customer_id IS NULL OR v.customer_id = e.customer_id WHERE" OF_WEBHOOK_OWNER(
        "e") "AND e.id = $2 AND e.enabled AND v.kind <> 'webhook.test' AND v.at >= $3 AND v.at < $4 "
             "AND EXISTS (SELECT FROM unnest(coalesce($5::text[], e.events)) f "
             "WHERE f IN ('*', v.kind, split_part(v.kind, '.', 1) || '.*')) ORDER BY v.at, v.id LIMIT $6",
    kWebhookTimeout};
constexpr pg::Query kTellWebhook{
    "store.webhook.tell",
    "WITH told AS (INSERT INTO webhooks.events (id, kind, customer_id, object_id, payload, at) "
    "SELECT $3::uuid, $4::text, e.customer_id, e.id::text, $5::jsonb, $6::timestamptz FROM webhooks.endpoints e WHERE" OF_WEBHOOK_OWNER(
        "e") "AND e.id = $2 RETURNING id, customer_id) "
             "INSERT INTO webhooks.deliveries (event_id, endpoint_id, customer_id) "
             "SELECT id, $2, customer_id FROM told RETURNING id"};

void read_endpoint(pg::RowReader& row, WebhookEndpoint& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.url);
  row.next(out.description);
  row.next(out.events);
  row.next(out.signature);
  row.next(out.secret);
  row.next(out.previous_until);
  row.next(out.enabled);
  row.next(out.failing_since);
  row.next(out.disabled_at);
  row.next(out.disabled_for);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void read_delivery(pg::RowReader& row, WebhookDelivery& out) {
  row.next(out.id);
  row.next(out.event);
  row.next(out.endpoint);
  row.next(out.type);
  row.next(out.state);
  row.next(out.attempts);
  row.next(out.created_at);
  row.next(out.next_at);
  row.next(out.delivered_at);
  row.next(out.replay_of);
  row.next(out.last_status);
}

void read_detail(pg::RowReader& row, WebhookDeliveryDetail& out) {
  read_delivery(row, out.delivery);
  out.event.id = out.delivery.event;
  out.event.type = out.delivery.type;
  row.next(out.event.customer);
  row.next(out.event.at);
  row.next(out.event.data);
  row.next(out.url);
}

void read_attempt(pg::RowReader& row, WebhookAttempt& out) {
  row.next(out.number);
  row.next(out.at);
  row.next(out.duration_ms);
  row.next(out.status);
  row.next(out.headers);
  row.next(out.answer);
  row.next(out.error);
}

}  // namespace

Task<std::vector<WebhookEndpoint>> WebhookRepository::list(Actor actor, Owner owner) {
  return ask_all<WebhookEndpoint>(pool_, scope_of(actor), kListWebhooks, pg::Params::of(owner),
                                  read_endpoint);
}

Task<WebhookEndpoint> WebhookRepository::get(Actor actor, Owner owner, Uuid id) {
  return ask_one<WebhookEndpoint>(pool_, scope_of(actor), kGetWebhook, pg::Params::of(owner, id),
                                  read_endpoint);
}

Task<WebhookEndpoint> WebhookRepository::create(Actor actor, NewWebhook wanted) {
  return ask_one<WebhookEndpoint>(
      pool_, scope_of(actor), kCreateWebhook,
      pg::Params::of(wanted.customer, wanted.url, wanted.description, wanted.events, wanted.signature,
                     wanted.secret, kMostEndpoints),
      read_endpoint);
}

Task<WebhookEndpoint> WebhookRepository::update(Actor actor, Owner owner, Uuid id, WebhookPatch patch) {
  return ask_one<WebhookEndpoint>(
      pool_, scope_of(actor), kUpdateWebhook,
      pg::Params::of(owner, id, patch.url, patch.description, patch.events, patch.enabled), read_endpoint);
}

Task<WebhookEndpoint> WebhookRepository::rotate(Actor actor, Owner owner, Uuid id, std::string secret,
                                                std::chrono::seconds overlap) {
  return ask_one<WebhookEndpoint>(pool_, scope_of(actor), kRotateWebhook,
                                  pg::Params::of(owner, id, secret, overlap.count()), read_endpoint);
}

Task<void> WebhookRepository::remove(Actor actor, Owner owner, Uuid id) {
  const auto rows = co_await pool_.query(scope_of(actor), kRemoveWebhook, pg::Params::of(owner, id));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return Expected<void>();
}

Task<std::vector<WebhookDelivery>> WebhookRepository::deliveries(Actor actor, Owner owner, Uuid endpoint,
                                                                 WebhookDeliveryFilter filter,
                                                                 std::uint32_t limit) {
  return ask_all<WebhookDelivery>(
      pool_, scope_of(actor), kWebhookDeliveries,
      pg::Params::of(owner, endpoint, filter.state, filter.type, filter.from, filter.to, filter.below, limit),
      read_delivery);
}

Task<WebhookDeliveryDetail> WebhookRepository::delivery(Actor actor, Owner owner, std::int64_t id) {
  const auto params = pg::Params::of(owner, id);
  std::vector<pg::Statement> statements;
  statements.push_back({&kWebhookDelivery, params});
  statements.push_back({&kWebhookAttempts, params});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  auto detail = read_one<WebhookDeliveryDetail>((*answers)[0], read_detail, kWebhookDelivery.name);
  if (!detail) co_return detail;
  auto attempts = read_all<WebhookAttempt>((*answers)[1], read_attempt, kWebhookAttempts.name);
  if (!attempts) co_return attempts.error();
  detail->attempts = std::move(*attempts);
  co_return detail;
}

Task<std::int64_t> WebhookRepository::replay(Actor actor, Owner owner, std::int64_t id) {
  return ask_one<std::int64_t>(pool_, scope_of(actor), kReplayWebhook, pg::Params::of(owner, id), read_value);
}

Task<std::uint64_t> WebhookRepository::replay_range(Actor actor, Owner owner, Uuid endpoint, WallTime from,
                                                    WallTime to,
                                                    std::optional<std::vector<std::string>> types) {
  const auto rows = co_await pool_.query(scope_of(actor), kReplayWebhooks,
                                         pg::Params::of(owner, endpoint, from, to, types, kMostReplayed));
  if (!rows) co_return error_of(rows.error());
  co_return rows->affected();
}

Task<std::int64_t> WebhookRepository::tell(Actor actor, Owner owner, Uuid endpoint, WebhookEvent event) {
  return ask_one<std::int64_t>(pool_, scope_of(actor), kTellWebhook,
                               pg::Params::of(owner, endpoint, event.id, event.type, event.data, event.at),
                               read_value);
}

}  // namespace warp::store
