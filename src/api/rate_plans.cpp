#include "warp/store/rate_plans.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kPaging;

std::vector<Field> changeable_fields() {
  return {name_field(), description_field(), text("rounding").one_of({"HALF_UP", "HALF_EVEN", "UP", "DOWN"}),
          integer("decimals", 0, 9).says("Of the final price."), boolean("allow_below_cost")};
}

std::vector<Field> all_fields(bool create) {
  auto fields = changeable_fields();
  fields.front().required = create;
  auto kind = text("kind").one_of({"CUSTOMER", "VENDOR"});
  auto currency = text("currency").is(is_currency, "an ISO 4217 code");
  kind.required = currency.required = create;
  fields.push_back(std::move(kind));
  fields.push_back(std::move(currency));
  return fields;
}

Schema answer_schema() {
  auto fields = all_fields(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(integer("version").says("Grows with every published change."));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"RatePlan", fields};
}

}  // namespace

Json show(const store::RatePlan& plan) {
  Json out;
  out["id"] = plan.id.to_string();
  out["name"] = plan.name;
  out["description"] = plan.description;
  out["kind"] = domain::to_string(plan.kind);
  out["currency"] = plan.currency.view();
  out["rounding"] = to_string(plan.rounding);
  out["decimals"] = plan.decimals;
  out["allow_below_cost"] = plan.allow_below_cost;
  out["version"] = plan.version;
  out["created_at"] = timestamp(plan.created_at);
  out["updated_at"] = timestamp(plan.updated_at);
  return out;
}

namespace {

Answer list_plans(Services& services, Call call) {
  const auto page = read_page(call.query, kPaging);
  const auto found = co_await services.rate_plans.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "rate plan");
  Reply reply;
  reply.data = Json::array();
  for (const auto& plan : found->items)
    reply.data.push_back(show(plan));
  put_paging(reply, page, found->total);
  co_return reply;
}

Answer get_plan(Services& services, Call call) {
  const auto found =
      co_await services.rate_plans.get(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!found) co_return from_store(found.error(), "rate plan");
  co_return reply_with(show(*found));
}

Answer create_plan(Services& services, Call call) {
  const auto& body = call.body;
  store::NewRatePlan plan;
  plan.name = body["name"];
  plan.description = take<std::string>(body, "description").value_or("");
  plan.kind = *domain::parse_rate_plan_kind(body["kind"].get<std::string>());
  plan.currency = *Currency::parse(body["currency"].get<std::string>());
  if (const auto rounding = take<std::string>(body, "rounding")) plan.rounding = *parse_rounding(*rounding);
  plan.decimals = take<std::uint32_t>(body, "decimals").value_or(plan.decimals);
  plan.allow_below_cost = take<bool>(body, "allow_below_cost").value_or(false);
  const auto made = co_await services.rate_plans.create(call.as_operator(), plan);
  if (!made) co_return from_store(made.error(), "rate plan");
  co_return reply_with(show(*made), 201);
}

Answer update_plan(Services& services, Call call) {
  const auto& body = call.body;
  store::RatePlanPatch patch;
  patch.name = take<std::string>(body, "name");
  patch.description = take<std::string>(body, "description");
  if (const auto rounding = take<std::string>(body, "rounding")) patch.rounding = parse_rounding(*rounding);
  patch.decimals = take<std::uint32_t>(body, "decimals");
  patch.allow_below_cost = take<bool>(body, "allow_below_cost");
  const auto changed =
      co_await services.rate_plans.update(call.as_operator(), call.id<RatePlanId>("rate_plan_id"), patch);
  if (!changed) co_return from_store(changed.error(), "rate plan");
  co_return reply_with(show(*changed));
}

Answer delete_plan(Services& services, Call call) {
  const auto gone =
      co_await services.rate_plans.remove(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!gone) co_return from_store(gone.error(), "rate plan");
  co_return no_content();
}

Answer roll_back(Services& services, Call call) {
  const auto back =
      co_await services.rate_plans.roll_back(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!back) co_return from_store(back.error(), "rate plan with an earlier deck");
  co_return reply_with(show(*back));
}

}  // namespace

void add_rate_plans(EndpointTable& table, Services& services) {
  add_resource(table, services,
               {.path = "/rate-plans",
                .id = "rate_plan_id",
                .tag = "Rate plans",
                .name = "rate plan",
                .schema = "RatePlan",
                .what_lists = "All rate plans, by name",
                .what_deletes = "Delete a rate plan by which nothing is priced",
                .list = list_plans,
                .create = create_plan,
                .get = get_plan,
                .update = update_plan,
                .remove = delete_plan,
                .query = paging_fields(kPaging),
                .new_fields = all_fields(true),
                .patch_fields = changeable_fields(),
                .answer = answer_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/rate-plans/{rate_plan_id:uuid}/rollback",
                   .summary = "Back to the lines before the last import",
                   .tag = "Rate plans",
                   .action = act(services, roll_back),
                   .operators_only = true,
                   .answer = answer_schema(),
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
