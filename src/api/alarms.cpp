// Alarms about money: balances that ran low, limits that were reached, charges that nobody had held.
#include "warp/store/alarms.h"

#include "services.h"

namespace warp::api {
namespace {

const Paging kAlarmPaging;
constexpr const char* kAlarmTag = "Billing";
constexpr const char* kAlarmPath = "/billing/alarms";

Schema alarm_schema() {
  return {"Alarm",
          {integer("id", 0, std::numeric_limits<std::int64_t>::max()), uuid("customer_id").or_null(),
           text("kind").says("`balance`, `limit`, `unreserved`, `margin`."),
           text("key").says("Which one of its kind."), free_object("details"), instant("raised_at"),
           instant("cleared_at").or_null()}};
}

Json show(const store::Alarm& row) {
  Json out;
  out["id"] = row.id;
  out["customer_id"] = id_or_null(row.customer);
  out["kind"] = row.kind;
  out["key"] = row.key;
  auto details = Json::parse(row.details, nullptr, false);
  out["details"] = details.is_object() ? std::move(details) : Json::object();
  out["raised_at"] = timestamp(row.raised_at);
  out["cleared_at"] = timestamp(row.cleared_at);
  return out;
}

Answer list_alarms(Services& services, Call call) {
  const auto page = read_page(call.query, kAlarmPaging);
  store::AlarmRepository::Filter filter;
  filter.customer = call.customer();
  filter.kind = take<std::string>(call.query, "kind");
  filter.cleared_too = take<bool>(call.query, "cleared").value_or(false);
  store::AlarmRepository alarms(services.pool);
  const auto found = co_await alarms.list(call.actor(), filter, page);
  if (!found) co_return from_store(found.error(), "alarm");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer clear_alarm(Services& services, Call call) {
  store::AlarmRepository alarms(services.pool);
  const auto cleared = co_await alarms.clear(call.as_operator(), call.number("alarm_id"));
  if (!cleared) co_return from_store(cleared.error(), "alarm");
  co_return reply_with(show(*cleared));
}

}  // namespace

void add_alarms(EndpointTable& table, Services& services) {
  auto query = paging_fields(kAlarmPaging);
  query.push_back(text("kind", 32));
  query.push_back(boolean("cleared").says("Those that stand no more, too."));
  table.push_back({.path = kAlarmPath,
                   .summary = "Alarms about money that stand, newest first",
                   .tag = kAlarmTag,
                   .action = act(services, list_alarms),
                   .scope = "billing:read",
                   .of_customer = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = alarm_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = std::string(kAlarmPath) + "/{alarm_id:int}/clear",
                   .summary = "An alarm was seen to; it may be raised again",
                   .tag = kAlarmTag,
                   .action = act(services, clear_alarm),
                   .operators_only = true,
                   .answer = alarm_schema(),
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
