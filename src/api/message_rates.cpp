// What a rate plan asks for a segment, by the destination's prefix.
#include <set>

#include "warp/store/messaging.h"
#include "warp/store/rate_plans.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr const char* kMessageRatePath = "/rate-plans/{rate_plan_id:uuid}/message-rates";
constexpr std::int64_t kMostRates = 100'000;
constexpr std::size_t kRateBodyLimit = 16 * 1024 * 1024;

std::vector<Field> rate_fields() {
  return {
      text("prefix", 15).is(is_prefix, "up to 15 digits").needed().says("E.164 digits; empty matches all."),
      amount("per_segment").needed()};
}

Json show(const domain::MessageRate& rate) {
  Json out;
  out["prefix"] = rate.prefix;
  out["per_segment"] = money(rate.per_segment);
  return out;
}

Json show(const std::vector<domain::MessageRate>& rates) {
  auto out = Json::array();
  for (const auto& rate : rates)
    out.push_back(show(rate));
  return out;
}

Answer list_message_rates(Services& services, Call call) {
  const auto id = call.id<RatePlanId>("rate_plan_id");
  const auto plan = co_await services.rate_plans.get(call.as_operator(), id);
  if (!plan) co_return from_store(plan.error(), "rate plan");
  const auto found = co_await services.messaging_settings.rates(call.as_operator(), id);
  if (!found) co_return from_store(found.error(), "message rate");
  co_return reply_with(show(*found));
}

Failure bad_rate(std::size_t index, const char* why) {
  Failure failure{ErrorCode::ValidationError, "A rate cannot be used; nothing was changed."};
  failure.details["fields"]["rates[" + std::to_string(index) + "]"] = why;
  return failure;
}

Outcome<std::vector<domain::MessageRate>> read_rates(const Json& body, RatePlanId plan) {
  std::vector<domain::MessageRate> out;
  std::set<std::string> prefixes;
  for (const auto& row : body.at("rates")) {
    const auto price = parse_money(row.at("per_segment"));
    if (!price || price->nanos() < 0) return bad_rate(out.size(), "the price is negative");
    auto prefix = row.at("prefix").get<std::string>();
    if (!prefixes.insert(prefix).second) return bad_rate(out.size(), "the prefix is there twice");
    out.push_back({plan, std::move(prefix), *price});
  }
  return out;
}

Answer set_rates(Services& services, Call call) {
  const auto id = call.id<RatePlanId>("rate_plan_id");
  const auto plan = co_await services.rate_plans.get(call.as_operator(), id);
  if (!plan) co_return from_store(plan.error(), "rate plan");
  const auto rates = read_rates(call.body, id);
  if (!rates) co_return rates.error();
  const auto done = co_await services.messaging_settings.set_rates(call.as_operator(), id, *rates);
  if (!done) co_return from_store(done.error(), "message rate");
  const auto found = co_await services.messaging_settings.rates(call.as_operator(), id);
  if (!found) co_return from_store(found.error(), "message rate");
  co_return reply_with(show(*found));
}

}  // namespace

void add_message_rates(EndpointTable& table, Services& services) {
  const Schema answer{"MessageRate", rate_fields()};
  table.push_back({.path = kMessageRatePath,
                   .summary = "What a segment costs, by prefix",
                   .tag = "Rate plans",
                   .action = act(services, list_message_rates),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Put,
                   .path = kMessageRatePath,
                   .summary = "All message rates of the plan at once",
                   .tag = "Rate plans",
                   .action = act(services, set_rates),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"MessageRates", {list("rates", object("", rate_fields()), kMostRates).needed()}},
                   .body_limit = kRateBodyLimit,
                   .answer_kind = AnswerKind::List,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
}

}  // namespace warp::api
