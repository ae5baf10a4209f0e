// Webhook endpoints: who wants to hear of what, where, and what it is signed with.
#include "warp/store/webhooks.h"

#include "warp/domain/event_types.h"
#include "warp/store/audit.h"

#include "webhook_rules.h"
#include "webhook_view.h"

namespace warp::api {
namespace {

constexpr const char* kWebhooksPath = "/webhooks";
constexpr const char* kWebhookPath = "/webhooks/{webhook_id:uuid}";
constexpr std::int64_t kUsualOverlap = 86'400, kLongestSecretOverlap = 7 * 86'400;

Field url_field() {
  return text("url", 2048)
      .between(8, 2048)
      .says("https://, on a public address; redirects are not followed.");
}
Field events_field() {
  return list("events", text("", 64).is(&domain::is_event_filter, "an event type, `call.*` or `*`"))
      .between(1, 64)
      .says("Event types; a subject with `.*`; `*`: all.");
}

std::vector<Field> webhook_fields() {
  return {uuid("id"),
          uuid("customer_id").or_null().says("null: the operators' own, that hears of everybody."),
          text("url"),
          text("description"),
          list("events", text("")),
          text("signature").one_of({"hmac", "ed25519"}),
          text("public_key").or_null().says("`whpk_…`, of ed25519."),
          boolean("enabled"),
          text("disabled_for").one_of({"", "hand", "failures", "gone"}),
          instant("disabled_at").or_null(),
          instant("failing_since").or_null(),
          instant("previous_until").or_null().says("Until then it is signed with the secret before, too."),
          instant("created_at"),
          instant("updated_at")};
}

Schema secret_schema(const char* name) {
  auto fields = webhook_fields();
  fields.push_back(text("secret").or_null().says("`whsec_…`, of hmac; shown this once."));
  return {name, fields};
}

Json show(const store::WebhookEndpoint& row) {
  const auto key = public_key_of(row.secret);
  Json out;
  out["id"] = row.id.to_string();
  out["customer_id"] = id_or_null(row.customer);
  out["url"] = row.url;
  out["description"] = row.description;
  out["events"] = row.events;
  out["signature"] = row.signature;
  out["public_key"] = key.empty() ? Json() : Json(key);
  out["enabled"] = row.enabled;
  out["disabled_for"] = row.disabled_for;
  out["disabled_at"] = timestamp(row.disabled_at);
  out["failing_since"] = timestamp(row.failing_since);
  out["previous_until"] = timestamp(row.previous_until);
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

// A seed stays here: who verifies needs the public key alone.
Answer show_secret(Services& services, Call call, store::WebhookEndpoint row, unsigned status) {
  auto data = show(row);
  const bool shared = row.signature == "hmac";
  data["secret"] = shared ? Json(row.secret) : Json();
  if (shared) {
    store::AuditRepository trail(services.pool);
    const auto told = co_await trail.append(call.as_operator(), row.customer, "secret_shown", "webhook",
                                            row.id.to_string(), "{}");
    if (!told) co_return from_store(told.error(), "webhook");
  }
  co_return reply_with(std::move(data), status);
}

std::optional<Failure> refuse_url(const std::string& url, const WebhookSettings& settings) {
  const auto why = wrong_target(url, settings);
  if (!why) return std::nullopt;
  Failure failure{ErrorCode::ValidationError, "The target " + *why + "."};
  failure.details["fields"]["url"] = *why;
  return failure;
}

Answer list_webhooks(Services& services, Call call) {
  store::WebhookRepository webhooks(services.pool);
  const auto found = co_await webhooks.list(call.actor(), call.customer());
  if (!found) co_return from_store(found.error(), "webhook");
  co_return list_reply(*found, [](const auto& row) { return show(row); });
}

Answer get_webhook(Services& services, Call call) {
  store::WebhookRepository webhooks(services.pool);
  const auto found = co_await webhooks.get(call.actor(), call.customer(), call.uuid("webhook_id"));
  if (!found) co_return from_store(found.error(), "webhook");
  co_return reply_with(show(*found));
}

Answer create_webhook(Services& services, Call call) {
  store::NewWebhook wanted;
  wanted.customer = call.customer();
  wanted.url = call.body["url"];
  wanted.description = take<std::string>(call.body, "description").value_or("");
  wanted.events = take<std::vector<std::string>>(call.body, "events").value_or(std::vector<std::string>{"*"});
  wanted.signature = take<std::string>(call.body, "signature").value_or("hmac");
  wanted.secret = make_webhook_secret(wanted.signature);
  if (auto refused = refuse_url(wanted.url, services.settings.webhooks)) co_return std::move(*refused);
  store::WebhookRepository webhooks(services.pool);
  const auto made = co_await webhooks.create(call.actor(), std::move(wanted));
  if (!made && made.error().kind == store::ErrorKind::NotFound) {
    Failure failure{ErrorCode::Conflict, "There are as many webhooks as there may be."};
    failure.details["reason"] = "limit";
    co_return failure;
  }
  if (!made && made.error().kind == store::ErrorKind::InUse) co_return not_found("customer");
  if (!made) co_return from_store(made.error(), "webhook");
  auto showing = show_secret(services, std::move(call), *made, 201);
  co_return co_await std::move(showing);
}

Answer change_webhook(Services& services, Call call) {
  store::WebhookPatch patch;
  patch.url = take<std::string>(call.body, "url");
  patch.description = take<std::string>(call.body, "description");
  patch.events = take<std::vector<std::string>>(call.body, "events");
  patch.enabled = take<bool>(call.body, "enabled");
  if (patch.url)
    if (auto refused = refuse_url(*patch.url, services.settings.webhooks)) co_return std::move(*refused);
  store::WebhookRepository webhooks(services.pool);
  const auto id = call.uuid("webhook_id");
  const auto changed = co_await webhooks.update(call.actor(), call.customer(), id, std::move(patch));
  if (!changed) co_return from_store(changed.error(), "webhook");
  co_return reply_with(show(*changed));
}

Answer delete_webhook(Services& services, Call call) {
  store::WebhookRepository webhooks(services.pool);
  const auto gone = co_await webhooks.remove(call.actor(), call.customer(), call.uuid("webhook_id"));
  if (!gone) co_return from_store(gone.error(), "webhook");
  co_return no_content();
}

Answer rotate_webhook(Services& services, Call call) {
  const auto id = call.uuid("webhook_id");
  const std::chrono::seconds overlap{
      take<std::int64_t>(call.body, "overlap_seconds").value_or(kUsualOverlap)};
  store::WebhookRepository webhooks(services.pool);
  const auto found = co_await webhooks.get(call.actor(), call.customer(), id);
  if (!found) co_return from_store(found.error(), "webhook");
  auto secret = make_webhook_secret(found->signature);
  const auto changed =
      co_await webhooks.rotate(call.actor(), call.customer(), id, std::move(secret), overlap);
  if (!changed) co_return from_store(changed.error(), "webhook");
  auto showing = show_secret(services, std::move(call), *changed, 200);
  co_return co_await std::move(showing);
}

Answer test_webhook(Services& services, Call call) {
  const auto id = call.uuid("webhook_id");
  const auto name = take<std::string>(call.body, "type").value_or("webhook.test");
  const auto* type = domain::event_type(name);
  if (!type) co_return Failure{ErrorCode::ValidationError, "There is no such event type."};
  store::WebhookRepository webhooks(services.pool);
  const auto found = co_await webhooks.get(call.actor(), call.customer(), id);
  if (!found) co_return from_store(found.error(), "webhook");
  if (!found->enabled) co_return webhook_is_off();
  const auto now = services.clock.wall();
  store::WebhookEvent event;
  event.id = services.ids.id<RecordId>(now).value;
  event.type = name;
  event.customer = found->customer;
  event.at = now;
  event.data = type->example;
  const auto told = co_await webhooks.tell(call.actor(), call.customer(), id, std::move(event));
  if (!told) co_return from_store(told.error(), "webhook");
  const auto delivery = co_await webhooks.delivery(call.actor(), call.customer(), *told);
  if (!delivery) co_return from_store(delivery.error(), "delivery");
  co_return reply_with(api::show_webhook_delivery(delivery->delivery), 202);
}

Answer list_types(Services&, Call) {
  Reply reply;
  reply.data = Json::array();
  for (const auto& type : domain::event_types()) {
    Json row;
    row["name"] = type.name;
    row["description"] = type.description;
    row["example"] = Json::parse(type.example);
    reply.data.push_back(std::move(row));
  }
  co_return reply;
}

void add_reads(EndpointTable& table, Services& services, const Schema& answer) {
  table.push_back({.path = kWebhooksPath,
                   .summary = "Webhook endpoints, newest first; operators without ?customer_id=: their own",
                   .tag = kWebhooksTag,
                   .action = act(services, list_webhooks),
                   .scope = "webhooks:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::List,
                   .answer = answer});
  table.push_back({.path = std::string(kWebhooksPath) + "/event-types",
                   .summary = "Everything that endpoints can be told of",
                   .tag = kWebhooksTag,
                   .action = act(services, list_types),
                   .scope = "webhooks:read",
                   .answer_kind = AnswerKind::List,
                   .answer = {"EventType", {text("name"), text("description"), free_object("example")}}});
  table.push_back({.path = kWebhookPath,
                   .summary = "One webhook endpoint",
                   .tag = kWebhooksTag,
                   .action = act(services, get_webhook),
                   .scope = "webhooks:read",
                   .of_customer = true,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound}});
}

void add_webhook_actions(EndpointTable& table, Services& services) {
  table.push_back({.method = http::Method::Post,
                   .path = std::string(kWebhookPath) + "/rotate",
                   .summary = "A new secret; for a while it is signed with both",
                   .tag = kWebhooksTag,
                   .action = act(services, rotate_webhook),
                   .scope = "webhooks:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"WebhookRotation",
                            {integer("overlap_seconds", 0, kLongestSecretOverlap).says("Default: a day.")}},
                   .answer = secret_schema("RotatedWebhook"),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Post,
                   .path = std::string(kWebhookPath) + "/test",
                   .summary = "Tell this endpoint the example of an event",
                   .tag = kWebhooksTag,
                   .action = act(services, test_webhook),
                   .scope = "webhooks:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"WebhookTest", {text("type", 64).says("Default: webhook.test.")}},
                   .answer = webhook_delivery_schema(),
                   .status = 202,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
}

}  // namespace

void add_webhooks(EndpointTable& table, Services& services) {
  const Schema answer{"Webhook", webhook_fields()};
  add_reads(table, services, answer);
  table.push_back({.method = http::Method::Post,
                   .path = kWebhooksPath,
                   .summary = "Tell a web server of events; the secret is in this answer alone",
                   .tag = kWebhooksTag,
                   .action = act(services, create_webhook),
                   .scope = "webhooks:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewWebhook",
                            {url_field().needed(), text("description", 256), events_field(),
                             text("signature").one_of({"hmac", "ed25519"}).says("Default: hmac.")}},
                   .answer = secret_schema("NewWebhookAnswer"),
                   .status = 201,
                   .errors = {ErrorCode::ValidationError, ErrorCode::Conflict, ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Patch,
       .path = kWebhookPath,
       .summary = "Change a webhook endpoint; enabled again, it begins anew",
       .tag = kWebhooksTag,
       .action = act(services, change_webhook),
       .scope = "webhooks:write",
       .of_customer = true,
       .body_kind = BodyKind::Json,
       .body = {"WebhookPatch", {url_field(), text("description", 256), events_field(), boolean("enabled")}},
       .partial = true,
       .answer = answer,
       .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = kWebhookPath,
                   .summary = "Delete a webhook endpoint with what it was told",
                   .tag = kWebhooksTag,
                   .action = act(services, delete_webhook),
                   .scope = "webhooks:write",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
  add_webhook_actions(table, services);
}

}  // namespace warp::api
