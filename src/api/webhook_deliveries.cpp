// What webhook endpoints were told, try by try, and telling it again.
#include "warp/api/cursor.h"
#include "warp/domain/event_types.h"

#include "webhook_view.h"

namespace warp::api {
namespace {

constexpr const char* kDelivery = "/webhooks/deliveries/{delivery_id:int}";
constexpr const char* kEndpoint = "/webhooks/{webhook_id:uuid}";
constexpr std::int64_t kUsualDeliveries = 50, kMostDeliveries = 500;
constexpr auto kBig = std::numeric_limits<std::int64_t>::max();

Schema attempt_schema() {
  return {"",
          {integer("number"), instant("at"), integer("duration_ms"),
           integer("status").or_null().says("null: nobody answered."),
           free_object("request_headers").says("Without the signature."),
           text("answer").says("At most 4 KiB."), text("error")}};
}

Schema webhook_detail_schema() {
  auto fields = delivery_fields();
  fields.push_back(text("url"));
  fields.push_back(text("body").says("As it is sent."));
  fields.push_back(list("tries", object("", attempt_schema().fields)));
  return {"WebhookDeliveryDetail", fields};
}

Json show_attempt(const store::WebhookAttempt& row) {
  Json out;
  out["number"] = row.number;
  out["at"] = timestamp(row.at);
  out["duration_ms"] = row.duration_ms;
  out["status"] = value_or_null(row.status);
  auto headers = Json::parse(row.headers, nullptr, false);
  out["request_headers"] = headers.is_object() ? std::move(headers) : Json::object();
  out["answer"] = row.answer;
  out["error"] = row.error;
  return out;
}

Outcome<store::WebhookDeliveryFilter> read_delivery_filter(const Json& query) {
  store::WebhookDeliveryFilter filter;
  filter.state = take<std::string>(query, "state");
  filter.type = take<std::string>(query, "type");
  if (const auto at = take<std::string>(query, "from")) filter.from = parse_timestamp(*at);
  if (const auto at = take<std::string>(query, "to")) filter.to = parse_timestamp(*at);
  const auto cursor = take<std::string>(query, "cursor");
  if (!cursor) return filter;
  const auto place = read_cursor(*cursor);
  if (place && place->size() == 1 && (*place)[0].is_number_integer()) {
    filter.below = (*place)[0].get<std::int64_t>();
    return filter;
  }
  Failure failure{ErrorCode::InvalidParam, "The cursor is none of ours."};
  failure.details["param"] = "cursor";
  return failure;
}

Answer list_webhook_deliveries(Services& services, Call call) {
  auto filter = read_delivery_filter(call.query);
  if (!filter) co_return filter.error();
  const auto id = call.uuid("webhook_id");
  const auto limit =
      static_cast<std::uint32_t>(take<std::int64_t>(call.query, "limit").value_or(kUsualDeliveries));
  store::WebhookRepository webhooks(services.pool);
  const auto endpoint = co_await webhooks.get(call.actor(), call.customer(), id);
  if (!endpoint) co_return from_store(endpoint.error(), "webhook");
  const auto found =
      co_await webhooks.deliveries(call.actor(), call.customer(), id, std::move(*filter), limit);
  if (!found) co_return from_store(found.error(), "delivery");
  Reply reply;
  reply.data = Json::array();
  for (const auto& row : *found)
    reply.data.push_back(show_webhook_delivery(row));
  auto place = Json::array();
  if (!found->empty()) place.push_back(found->back().id);
  reply.meta["next_cursor"] = found->size() < limit ? Json() : Json(make_cursor(place));
  co_return reply;
}

Answer get_delivery(Services& services, Call call) {
  store::WebhookRepository webhooks(services.pool);
  const auto found = co_await webhooks.delivery(call.actor(), call.customer(), call.number("delivery_id"));
  if (!found) co_return from_store(found.error(), "delivery");
  const auto& event = found->event;
  auto data = show_webhook_delivery(found->delivery);
  data["url"] = found->url;
  data["body"] = domain::event_body(event.id, event.type, event.customer, event.at, event.data);
  data["tries"] = Json::array();
  for (const auto& attempt : found->attempts)
    data["tries"].push_back(show_attempt(attempt));
  co_return reply_with(std::move(data));
}

Answer replay_delivery(Services& services, Call call) {
  const auto id = call.number("delivery_id");
  store::WebhookRepository webhooks(services.pool);
  const auto known = co_await webhooks.delivery(call.actor(), call.customer(), id);
  if (!known) co_return from_store(known.error(), "delivery");
  const auto made = co_await webhooks.replay(call.actor(), call.customer(), id);
  if (!made && made.error().kind == store::ErrorKind::NotFound) co_return webhook_is_off();
  if (!made) co_return from_store(made.error(), "delivery");
  const auto again = co_await webhooks.delivery(call.actor(), call.customer(), *made);
  if (!again) co_return from_store(again.error(), "delivery");
  co_return reply_with(show_webhook_delivery(again->delivery), 202);
}

Answer replay_range(Services& services, Call call) {
  const auto id = call.uuid("webhook_id");
  const auto from = parse_timestamp(call.body["from"].get<std::string>());
  const auto to = parse_timestamp(call.body["to"].get<std::string>());
  if (!from || !to || *to <= *from)
    co_return Failure{ErrorCode::ValidationError, "`to` must be later than `from`."};
  auto types = take<std::vector<std::string>>(call.body, "types");
  store::WebhookRepository webhooks(services.pool);
  const auto endpoint = co_await webhooks.get(call.actor(), call.customer(), id);
  if (!endpoint) co_return from_store(endpoint.error(), "webhook");
  if (!endpoint->enabled) co_return webhook_is_off();
  const auto queued =
      co_await webhooks.replay_range(call.actor(), call.customer(), id, *from, *to, std::move(types));
  if (!queued) co_return from_store(queued.error(), "webhook");
  Json data;
  data["queued"] = *queued;
  co_return reply_with(std::move(data), 202);
}

}  // namespace

std::vector<Field> delivery_fields() {
  return {integer("id", 0, kBig),
          uuid("event_id").says("`webhook-id` of every try: the same event has the same."),
          uuid("webhook_id"),
          text("type"),
          text("state").one_of({"waiting", "delivered", "dead"}),
          integer("attempts"),
          integer("last_status").or_null(),
          instant("created_at"),
          instant("next_at").or_null(),
          instant("delivered_at").or_null(),
          integer("replay_of", 0, kBig).or_null()};
}

Schema webhook_delivery_schema() {
  return {"WebhookDelivery", delivery_fields()};
}

Json show_webhook_delivery(const store::WebhookDelivery& row) {
  Json out;
  out["id"] = row.id;
  out["event_id"] = row.event.to_string();
  out["webhook_id"] = row.endpoint.to_string();
  out["type"] = row.type;
  out["state"] = row.state;
  out["attempts"] = row.attempts;
  out["last_status"] = value_or_null(row.last_status);
  out["created_at"] = timestamp(row.created_at);
  out["next_at"] = timestamp(row.next_at);
  out["delivered_at"] = timestamp(row.delivered_at);
  out["replay_of"] = value_or_null(row.replay_of);
  return out;
}

Failure webhook_is_off() {
  Failure failure{ErrorCode::Conflict, "The webhook is disabled: enable it first."};
  failure.details["reason"] = "disabled";
  return failure;
}

void add_webhook_deliveries(EndpointTable& table, Services& services) {
  table.push_back({.path = std::string(kEndpoint) + "/deliveries",
                   .summary = "What an endpoint was told or will be, newest first",
                   .tag = kWebhooksTag,
                   .action = act(services, list_webhook_deliveries),
                   .scope = "webhooks:read",
                   .of_customer = true,
                   .query = {text("state").one_of({"waiting", "delivered", "dead"}), text("type", 64),
                             instant("from"), instant("to").says("Up to it, without it."),
                             integer("limit", 1, kMostDeliveries).says("Default 50."),
                             text("cursor", 1024).says("`meta.next_cursor` of the page before.")},
                   .answer_kind = AnswerKind::List,
                   .answer = webhook_delivery_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.path = kDelivery,
                   .summary = "One delivery: its body, and every try with what was answered",
                   .tag = kWebhooksTag,
                   .action = act(services, get_delivery),
                   .scope = "webhooks:read",
                   .of_customer = true,
                   .answer = webhook_detail_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Post,
                   .path = std::string(kDelivery) + "/replay",
                   .summary = "Tell the same event again, under the same webhook-id",
                   .tag = kWebhooksTag,
                   .action = act(services, replay_delivery),
                   .scope = "webhooks:write",
                   .of_customer = true,
                   .answer = webhook_delivery_schema(),
                   .status = 202,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back(
      {.method = http::Method::Post,
       .path = std::string(kEndpoint) + "/replay",
       .summary = "Tell again what happened in a stretch of time, the oldest 10,000 events of it",
       .tag = kWebhooksTag,
       .action = act(services, replay_range),
       .scope = "webhooks:write",
       .of_customer = true,
       .body_kind = BodyKind::Json,
       .body = {"WebhookReplay",
                {instant("from").needed(), instant("to").needed(),
                 list("types", text("", 64).is(&domain::is_event_filter, "an event type, `call.*` or `*`"))
                     .between(1, 64)
                     .says("Default: what the endpoint asks for.")}},
       .answer = {"WebhookReplayAnswer", {integer("queued")}},
       .status = 202,
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
}

}  // namespace warp::api
