// /usage: what was used and charged, by day and by what it was used for.
#include "warp/store/usage.h"

#include "record_view.h"
#include "services.h"

namespace warp::api {
namespace {

// A share of a whole; none of nothing.
Json share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? Json() : Json(static_cast<double>(part) / static_cast<double>(whole));
}

Json show(const store::Usage& usage, bool for_operator) {
  Json out;
  out["key"] = usage.key.empty() ? Json() : Json(usage.key);
  out["currency"] = usage.currency ? Json(usage.currency->view()) : Json();
  out["attempts"] = usage.attempts;
  out["answered"] = usage.answered;
  out["asr"] = share_of(usage.answered, usage.attempts);
  out["ner"] = share_of(usage.network_ok, usage.attempts);
  out["acd_seconds"] = share_of(usage.seconds, usage.answered);
  out["pdd_ms"] = share_of(usage.pdd_ms, usage.pdd_calls);
  out["short_calls"] = usage.short_calls;
  out["seconds"] = usage.seconds;
  out["billable_seconds"] = usage.billed_seconds;
  out["segments"] = usage.units;
  out["charge"] = money(usage.charge);
  if (for_operator) {
    out["cost"] = money(usage.cost);
    out["margin"] = money(usage.margin);
  }
  return out;
}

Schema usage_schema() {
  return {"Usage",
          {text("key").or_null().says(
               "Value of the group: an id, a prefix, a jurisdiction or a day; null: none."),
           text("currency").or_null(), integer("attempts"), integer("answered"), ratio("asr").or_null(),
           ratio("ner").or_null(), ratio("acd_seconds").or_null(), ratio("pdd_ms").or_null(),
           integer("short_calls"), integer("seconds"), integer("billable_seconds"),
           integer("segments").says("Of messages."), amount("charge"),
           amount("cost").says("In the base currency; operators only, like margin."), amount("margin")}};
}

Answer get_usage(Services& services, Call call) {
  const auto group = store::parse_usage_group(take<std::string>(call.query, "group_by").value_or("day"));
  const bool for_operator = call.principal().is_operator();
  if (!group || (*group == store::UsageGroup::Provider && !for_operator)) {
    Failure failure{ErrorCode::InvalidParam, "There are no sums by that."};
    failure.details["param"] = "group_by";
    co_return failure;
  }
  const auto range = read_range(call.query, services.clock.wall());
  if (!range) co_return range.error();
  store::UsageFilter filter;
  filter.from = std::chrono::floor<std::chrono::days>(range->from);
  filter.to = std::chrono::floor<std::chrono::days>(range->to);
  filter.customer = call.customer();
  filter.kind = take<std::string>(call.query, "kind");
  if (const auto trunk = take<std::string>(call.query, "trunk_id")) filter.trunk = TrunkId::parse(*trunk);
  if (const auto direction = take<std::string>(call.query, "direction"))
    filter.direction = *direction == "inbound" ? domain::Direction::Inbound : domain::Direction::Outbound;
  store::UsageRepository usage(services.pool);
  const auto found = co_await usage.sums(call.actor(), filter, *group);
  if (!found) co_return from_store(found.error(), "usage");
  Reply reply;
  reply.data = Json::array();
  for (const auto& row : *found)
    reply.data.push_back(show(row, for_operator));
  reply.meta["days"] = "UTC";
  co_return reply;
}

std::vector<Field> usage_fields() {
  return {date("start_date").says("First day; six days before the last when absent."),
          date("end_date").says("Last day; today when absent."),
          text("group_by", 16)
              .says("customer, trunk, provider (operators), prefix, jurisdiction or day (default)."),
          text("kind").one_of({"call", "message"}),
          uuid("trunk_id"),
          text("direction").one_of({"inbound", "outbound"}).says("Of calls.")};
}

}  // namespace

void add_usage(EndpointTable& table, Services& services) {
  table.push_back({.path = "/usage",
                   .summary = "What was used and charged, from sums that are kept a day (UTC)",
                   .tag = "Detail records",
                   .action = act(services, get_usage),
                   .scope = "cdr:read",
                   .of_customer = true,
                   .query = usage_fields(),
                   .answer_kind = AnswerKind::List,
                   .answer = usage_schema(),
                   .errors = {ErrorCode::InvalidDate, ErrorCode::InvalidParam}});
}

}  // namespace warp::api
