// The messaging side of a customer: its rate, its webhook, what it pays.
#include "warp/store/messaging.h"

#include "formats.h"
#include "message_submit.h"

namespace warp::api {
namespace {

constexpr const char* kMessagingPath = "/customers/{customer_id:uuid}/messaging";

std::vector<Field> messaging_body() {
  return {integer("mps", 1).or_null().says("Segments a second over REST and all binds; null: unlimited."),
          integer("burst", 0).says("Segments above it at once; 0: one second's worth."),
          text("receipt_url", 2048)
              .is(is_https_url, "an https URL or empty")
              .says("Told of the end of messages that name no URL of their own."),
          text("webhook_secret", 256).says("Signs what is posted; never shown; empty leaves it as it is."),
          uuid("rate_plan_id").or_null().says("What a segment costs."),
          text("charge")
              .one_of({"accepted", "sent", "delivered"})
              .says("Which end of a message costs its price: any but cancelled, what an upstream took, what "
                    "was delivered; else what was held is given back."),
          boolean("needs_campaign").says("NANP long codes must hang from an approved campaign.")};
}

Schema messaging_schema() {
  auto fields = messaging_body();
  std::erase_if(fields, [](const Field& field) { return field.name == "webhook_secret"; });
  fields.insert(fields.begin(), uuid("customer_id"));
  fields.push_back(boolean("active"));
  fields.push_back(text("currency"));
  return {"MessagingCustomer", fields};
}

Json show(const domain::MessagingCustomer& settings, bool by_operator) {
  Json out;
  out["customer_id"] = settings.id.to_string();
  out["mps"] = value_or_null(settings.mps);
  out["burst"] = settings.burst;
  out["receipt_url"] = settings.receipt_url;
  if (by_operator) out["rate_plan_id"] = id_or_null(settings.rate_plan);
  out["charge"] = domain::to_string(settings.charge);
  out["needs_campaign"] = settings.needs_campaign;
  out["active"] = settings.active;
  out["currency"] = settings.currency.view();
  return out;
}

// Operators see the plan, which the tenant's role does not.
store::Actor reader_of_messaging(const Call& call) {
  return call.principal().is_operator() ? call.as_operator() : call.actor();
}

Answer get_settings(Services& services, Call call) {
  const auto found =
      co_await services.messaging_settings.customer(reader_of_messaging(call), *call.customer());
  if (!found) co_return from_store(found.error(), "customer");
  co_return reply_with(show(*found, call.principal().is_operator()));
}

void read_messaging(const Json& body, domain::MessagingCustomer& out) {
  if (has(body, "mps")) out.mps = take<std::uint32_t>(body, "mps");
  out.burst = take<std::uint32_t>(body, "burst").value_or(out.burst);
  out.receipt_url = take<std::string>(body, "receipt_url").value_or(out.receipt_url);
  out.webhook_secret = take<std::string>(body, "webhook_secret").value_or("");
  out.needs_campaign = take<bool>(body, "needs_campaign").value_or(out.needs_campaign);
  if (const auto policy = take<std::string>(body, "charge"))
    out.charge = domain::parse_charge_policy(*policy).value_or(out.charge);
  if (!has(body, "rate_plan_id")) return;
  const auto id = take<std::string>(body, "rate_plan_id");
  out.rate_plan = id ? RatePlanId::parse(*id) : std::nullopt;
}

Answer set_settings(Services& services, Call call) {
  auto settings = co_await services.messaging_settings.customer(call.as_operator(), *call.customer());
  if (!settings) co_return from_store(settings.error(), "customer");
  read_messaging(call.body, *settings);
  const auto done = co_await services.messaging_settings.set_customer(call.as_operator(), *settings);
  if (!done) co_return from_store(done.error(), "customer's messaging");
  co_return reply_with(show(*settings, true));
}

}  // namespace

void add_messaging_settings(EndpointTable& table, Services& services) {
  table.push_back({.path = kMessagingPath,
                   .summary = "How a customer sends messages",
                   .tag = "Messaging",
                   .action = act(services, get_settings),
                   .scope = "messaging:read",
                   .answer = messaging_schema(),
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = kMessagingPath,
                     .summary = "Change how a customer sends messages; only the fields present",
                     .tag = "Messaging",
                     .action = act(services, set_settings),
                     .operators_only = true,
                     .body_kind = BodyKind::Json,
                     .body = {"MessagingCustomerPatch", messaging_body()},
                     .answer = messaging_schema(),
                     .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
}

}  // namespace warp::api
