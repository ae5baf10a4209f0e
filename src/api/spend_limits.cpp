// Limits of spending of accounts, and the rules against fraud.
#include "warp/store/spend_limits.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kSpendLimitPaging;
constexpr std::int64_t kMostSpend = std::numeric_limits<std::int64_t>::max();

std::vector<Field> spend_limit_fields(bool create) {
  auto window = text("window").one_of({"call", "hour", "day", "month"}).says("Windows begin in UTC.");
  auto action = text("action")
                    .one_of({"ALARM", "THROTTLE", "BLOCK"})
                    .says("What comes of reaching it; every one of them raises an alarm.");
  window.required = action.required = create;
  std::vector<Field> fields{
      window,
      action,
      uuid("trunk_id").or_null().says("Null: all of the account."),
      text("prefix", 15).is(is_prefix, "up to 15 digits").says("Of the called number; empty: all."),
      integer("schedule_id", 0, 65'535).says("It holds while that schedule is open; 0: always."),
      amount("amount").or_null().says("Charged in the window; in the account's currency."),
      integer("calls", 1, kMostSpend).or_null(),
      integer("seconds", 1, kMostSpend).or_null(),
      integer("factor_percent", 101, 1'000'000)
          .or_null()
          .says("Of window `hour`: percent of the calls that the same hour had in the mean of 14 days."),
      integer("throttle_cps", 1, 100'000).or_null().says("Of THROTTLE: calls a second that still pass."),
      boolean("enabled"),
      description_field()};
  if (create) fields.insert(fields.begin(), uuid("customer_id").needed());
  return fields;
}

Schema spend_limit_schema() {
  auto fields = spend_limit_fields(false);
  fields.insert(fields.begin(), uuid("customer_id"));
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"SpendLimit", fields};
}

Json show(const store::SpendLimit& row) {
  Json out;
  out["id"] = row.id.to_string();
  out["customer_id"] = row.customer.to_string();
  out["window"] = row.window;
  out["action"] = row.action;
  out["trunk_id"] = id_or_null(row.trunk);
  out["prefix"] = row.prefix;
  out["schedule_id"] = row.schedule;
  out["amount"] = row.amount ? money(*row.amount) : Json();
  out["calls"] = value_or_null(row.calls);
  out["seconds"] = value_or_null(row.seconds);
  out["factor_percent"] = value_or_null(row.factor_e2);
  out["throttle_cps"] = value_or_null(row.throttle_cps);
  out["enabled"] = row.enabled;
  out["description"] = row.description;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

void read_spend_limit(const Json& body, store::SpendLimit& row) {
  row.window = take<std::string>(body, "window").value_or(row.window);
  row.action = take<std::string>(body, "action").value_or(row.action);
  if (has(body, "trunk_id")) {
    const auto id = take<std::string>(body, "trunk_id");
    row.trunk = id ? TrunkId::parse(*id) : std::nullopt;
  }
  row.prefix = take<std::string>(body, "prefix").value_or(row.prefix);
  row.schedule = take<std::uint16_t>(body, "schedule_id").value_or(row.schedule);
  if (has(body, "amount")) row.amount = body["amount"].is_null() ? std::nullopt : parse_money(body["amount"]);
  if (has(body, "calls")) row.calls = take<std::uint64_t>(body, "calls");
  if (has(body, "seconds")) row.seconds = take<std::uint64_t>(body, "seconds");
  if (has(body, "factor_percent")) row.factor_e2 = take<std::uint32_t>(body, "factor_percent");
  if (has(body, "throttle_cps")) row.throttle_cps = take<std::uint32_t>(body, "throttle_cps");
  row.enabled = take<bool>(body, "enabled").value_or(row.enabled);
  row.description = take<std::string>(body, "description").value_or(row.description);
}

Reply page_of(const store::Paged<store::SpendLimit>& found, const store::Page& page) {
  return page_reply(found, page, [](const auto& row) { return show(row); });
}

Answer list_limits(Services& services, Call call) {
  const auto page = read_page(call.query, kSpendLimitPaging);
  std::optional<CustomerId> customer;
  if (const auto id = take<std::string>(call.query, "customer")) customer = CustomerId::parse(*id);
  store::SpendLimitRepository limits(services.pool);
  const auto found = co_await limits.list(call.as_operator(), customer, page);
  if (!found) co_return from_store(found.error(), "spend limit");
  co_return page_of(*found, page);
}

Answer list_own_limits(Services& services, Call call) {
  const auto page = read_page(call.query, kSpendLimitPaging);
  store::SpendLimitRepository limits(services.pool);
  const auto found = co_await limits.list(call.actor(), call.customer(), page);
  if (!found) co_return from_store(found.error(), "spend limit");
  co_return page_of(*found, page);
}

Answer get_limit(Services& services, Call call) {
  store::SpendLimitRepository limits(services.pool);
  const auto found = co_await limits.get(call.as_operator(), call.uuid("limit_id"));
  if (!found) co_return from_store(found.error(), "spend limit");
  co_return reply_with(show(*found));
}

Answer create_limit(Services& services, Call call) {
  store::SpendLimit wanted;
  wanted.customer = CustomerId::parse(call.body["customer_id"].get<std::string>()).value_or(CustomerId{});
  read_spend_limit(call.body, wanted);
  store::SpendLimitRepository limits(services.pool);
  const auto made = co_await limits.create(call.as_operator(), wanted);
  if (!made) co_return from_store(made.error(), "customer or trunk");
  co_return reply_with(show(*made), 201);
}

Answer update_limit(Services& services, Call call) {
  store::SpendLimitRepository limits(services.pool);
  auto found = co_await limits.get(call.as_operator(), call.uuid("limit_id"));
  if (!found) co_return from_store(found.error(), "spend limit");
  read_spend_limit(call.body, *found);
  const auto changed = co_await limits.update(call.as_operator(), *found);
  if (!changed) co_return from_store(changed.error(), "spend limit or trunk");
  co_return reply_with(show(*changed));
}

Answer delete_limit(Services& services, Call call) {
  store::SpendLimitRepository limits(services.pool);
  const auto gone = co_await limits.remove(call.as_operator(), call.uuid("limit_id"));
  if (!gone) co_return from_store(gone.error(), "spend limit");
  co_return no_content();
}

}  // namespace

void add_spend_limits(EndpointTable& table, Services& services) {
  auto query = paging_fields(kSpendLimitPaging);
  query.push_back(uuid("customer"));
  add_resource(table, services,
               {.path = "/spend-limits",
                .id = "limit_id",
                .tag = "Billing",
                .name = "spend limit",
                .schema = "SpendLimit",
                .what_lists = "Limits of spending of accounts, oldest first",
                .what_deletes = "Delete a spend limit",
                .list = list_limits,
                .create = create_limit,
                .get = get_limit,
                .update = update_limit,
                .remove = delete_limit,
                .query = query,
                .new_fields = spend_limit_fields(true),
                .patch_fields = spend_limit_fields(false),
                .answer = spend_limit_schema(),
                .delete_errors = {ErrorCode::NotFound}});
  table.push_back({.path = "/billing/spend-limits",
                   .summary = "The account's own limits of spending, oldest first",
                   .tag = "Billing",
                   .action = act(services, list_own_limits),
                   .scope = "billing:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .query = paging_fields(kSpendLimitPaging),
                   .answer_kind = AnswerKind::Page,
                   .answer = spend_limit_schema()});
}

}  // namespace warp::api
