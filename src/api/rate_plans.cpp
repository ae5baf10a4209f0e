#include "warp/store/rate_plans.h"

#include "warp/rating/deck_diff.h"

#include "formats.h"
#include "rate_plan_view.h"
#include "resource.h"

namespace warp::api {
namespace {

const Paging kRatePlanPaging;
constexpr std::int64_t kE9OfPercent = 100;  // nanos of a percentage in 1e-9 of the whole

std::vector<Field> changeable_rate_plan_fields() {
  return {
      name_field(),
      description_field(),
      text("rounding").one_of({"HALF_UP", "HALF_EVEN", "UP", "DOWN"}),
      integer("decimals", 0, 9).says("Of the final price."),
      boolean("allow_below_cost"),
      text("unknown_as")
          .one_of({"LOCAL", "INTRALATA", "INTRASTATE", "INTERSTATE", "UNKNOWN"})
          .or_null()
          .says("What a call of unknown jurisdiction counts as; null: it is refused."),
      boolean("match_lrn").says("Lines are matched by the number that the called one was ported to."),
      text("toll_free_by").one_of({"DIALLED", "ORIGIN"}).says("By which number toll-free calls are rated."),
      amount("minimum_margin").says("A minute, over the vendor's price."),
      amount("minimum_margin_percent").says("Of the vendor's price, up to 100.")};
}

std::vector<Field> rate_plan_fields(bool create) {
  auto fields = changeable_rate_plan_fields();
  fields.front().required = create;
  auto kind = text("kind").one_of({"CUSTOMER", "VENDOR"});
  auto currency = text("currency").is(is_currency, "an ISO 4217 code");
  kind.required = currency.required = create;
  fields.push_back(std::move(kind));
  fields.push_back(std::move(currency));
  return fields;
}

Schema rate_plan_schema() {
  auto fields = rate_plan_fields(false);
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(uuid("cloned_from").or_null());
  fields.push_back(integer("version").says("Grows with every published change."));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"RatePlan", fields};
}

}  // namespace

Json show_rate_plan(const store::RatePlan& plan) {
  Json out;
  out["id"] = plan.id.to_string();
  out["name"] = plan.name;
  out["description"] = plan.description;
  out["kind"] = domain::to_string(plan.kind);
  out["currency"] = plan.currency.view();
  out["rounding"] = to_string(plan.rounding);
  out["decimals"] = plan.decimals;
  out["allow_below_cost"] = plan.allow_below_cost;
  out["unknown_as"] = plan.matching.unknown_as ? Json(domain::to_string(*plan.matching.unknown_as)) : Json();
  out["match_lrn"] = plan.matching.match_lrn;
  out["toll_free_by"] = plan.matching.toll_free_by_origin ? "ORIGIN" : "DIALLED";
  out["minimum_margin"] = money(plan.matching.minimum_margin);
  out["minimum_margin_percent"] = money(Money::from_nanos(plan.matching.minimum_margin_e9 * kE9OfPercent));
  out["cloned_from"] = id_or_null(plan.cloned_from);
  out["version"] = plan.version;
  out["created_at"] = timestamp(plan.created_at);
  out["updated_at"] = timestamp(plan.updated_at);
  return out;
}

namespace {

Answer list_plans(Services& services, Call call) {
  const auto page = read_page(call.query, kRatePlanPaging);
  const auto found = co_await services.rate_plans.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "rate plan");
  co_return page_reply(*found, page, [](const auto& plan) { return show_rate_plan(plan); });
}

Answer get_plan(Services& services, Call call) {
  const auto found =
      co_await services.rate_plans.get(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!found) co_return from_store(found.error(), "rate plan");
  co_return reply_with(show_rate_plan(*found));
}

Failure bad_percent(const char* name, const char* range) {
  return Failure{ErrorCode::ValidationError, std::string(name) + " must be from " + range +
                                                 ", with at most "
                                                 "seven decimals."};
}

// Percent as a share of 1e9; nullopt: it has more than seven decimals, or is beyond `most` percent.
std::optional<std::int64_t> share_of(const Json& value, std::int64_t least, std::int64_t most) {
  const auto percent = parse_money(value);
  if (!percent || percent->nanos() % kE9OfPercent != 0) return std::nullopt;
  const auto whole = Money::kNanosPerUnit;
  if (percent->nanos() < least * whole || percent->nanos() > most * whole) return std::nullopt;
  return percent->nanos() / kE9OfPercent;
}

Outcome<store::RatePlanMatching> read_matching(const Json& body) {
  store::RatePlanMatching out;
  if (is_null(body, "unknown_as"))
    out.unknown_as = std::nullopt;
  else if (const auto name = take<std::string>(body, "unknown_as"))
    out.unknown_as = domain::parse_jurisdiction(*name);
  out.match_lrn = take<bool>(body, "match_lrn").value_or(false);
  out.toll_free_by_origin = take<std::string>(body, "toll_free_by").value_or("") == "ORIGIN";
  if (has(body, "minimum_margin")) out.minimum_margin = parse_money(body["minimum_margin"]).value_or(Money{});
  if (has(body, "minimum_margin_percent")) {
    const auto share = share_of(body["minimum_margin_percent"], 0, 100);
    if (!share) return bad_percent("minimum_margin_percent", "0 to 100");
    out.minimum_margin_e9 = *share;
  }
  return out;
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
  const auto matching = read_matching(body);
  if (!matching) co_return matching.error();
  plan.matching = *matching;
  const auto made = co_await services.rate_plans.create(call.as_operator(), plan);
  if (!made) co_return from_store(made.error(), "rate plan");
  co_return reply_with(show_rate_plan(*made), 201);
}

Answer update_plan(Services& services, Call call) {
  const auto& body = call.body;
  store::RatePlanPatch patch;
  patch.name = take<std::string>(body, "name");
  patch.description = take<std::string>(body, "description");
  if (const auto rounding = take<std::string>(body, "rounding")) patch.rounding = parse_rounding(*rounding);
  patch.decimals = take<std::uint32_t>(body, "decimals");
  patch.allow_below_cost = take<bool>(body, "allow_below_cost");
  const auto matching = read_matching(body);
  if (!matching) co_return matching.error();
  if (has(body, "unknown_as")) patch.unknown_as = matching->unknown_as;
  if (has(body, "match_lrn")) patch.match_lrn = matching->match_lrn;
  if (has(body, "toll_free_by")) patch.toll_free_by_origin = matching->toll_free_by_origin;
  if (has(body, "minimum_margin")) patch.minimum_margin = matching->minimum_margin;
  if (has(body, "minimum_margin_percent")) patch.minimum_margin_e9 = matching->minimum_margin_e9;
  const auto changed =
      co_await services.rate_plans.update(call.as_operator(), call.id<RatePlanId>("rate_plan_id"), patch);
  if (!changed) co_return from_store(changed.error(), "rate plan");
  co_return reply_with(show_rate_plan(*changed));
}

Answer delete_plan(Services& services, Call call) {
  const auto gone =
      co_await services.rate_plans.remove(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!gone) co_return from_store(gone.error(), "rate plan");
  co_return no_content();
}

// A plan with the terms and lines of another, marked up.
Answer clone_plan(Services& services, Call call) {
  const auto& body = call.body;
  const auto from = co_await services.rate_plans.get(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!from) co_return from_store(from.error(), "rate plan");
  std::int64_t markup = 0;
  if (has(body, "markup_percent")) {
    const auto share = share_of(body["markup_percent"], -100, 10'000);
    if (!share) co_return bad_percent("markup_percent", "-100 to 10000");
    markup = *share;
  }
  const auto add =
      has(body, "add_per_minute") ? parse_money(body["add_per_minute"]).value_or(Money{}) : Money{};
  const auto rounding = parse_rounding(take<std::string>(body, "rounding").value_or("HALF_UP"));
  store::DeckLines lines = std::make_shared<const std::vector<domain::Rate>>();
  if (from->deck) {
    auto read = co_await services.rate_plans.lines_of(call.as_operator(), *from->deck);
    if (!read) co_return from_store(read.error(), "rate plan");
    lines = std::move(*read);
  }
  auto marked = rating::marked_up(*lines, markup, add, *rounding);
  if (!marked)
    co_return Failure{ErrorCode::ValidationError,
                      "A price would be below zero, or too great: mark it up less."};
  store::NewRatePlan plan;
  plan.name = body["name"];
  plan.description = take<std::string>(body, "description").value_or(from->description);
  plan.kind = from->kind;
  if (const auto kind = take<std::string>(body, "kind")) plan.kind = *domain::parse_rate_plan_kind(*kind);
  plan.currency = from->currency;
  plan.rounding = from->rounding;
  plan.decimals = from->decimals;
  plan.allow_below_cost = from->allow_below_cost;
  plan.matching = from->matching;
  plan.cloned_from = from->id;
  const auto made = co_await services.rate_plans.create(call.as_operator(), plan);
  if (!made) co_return from_store(made.error(), "rate plan");
  if (marked->empty()) co_return reply_with(show_rate_plan(*made), 201);
  const store::DeckLines shared = std::make_shared<const std::vector<domain::Rate>>(std::move(*marked));
  const auto published =
      co_await services.rate_plans.publish(call.as_operator(), made->id, shared, "clone of " + from->name);
  if (!published) {
    // Half a clone is none.
    const auto gone = co_await services.rate_plans.remove(call.as_operator(), made->id);
    (void)gone;
    co_return from_store(published.error(), "rate plan");
  }
  co_return reply_with(show_rate_plan(*published), 201);
}

Answer roll_back_plan(Services& services, Call call) {
  const auto back =
      co_await services.rate_plans.roll_back(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!back) co_return from_store(back.error(), "rate plan with an earlier deck");
  co_return reply_with(show_rate_plan(*back));
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
                .query = paging_fields(kRatePlanPaging),
                .new_fields = rate_plan_fields(true),
                .patch_fields = changeable_rate_plan_fields(),
                .answer = rate_plan_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/rate-plans/{rate_plan_id:uuid}/rollback",
                   .summary = "Back to the lines before the last import",
                   .tag = "Rate plans",
                   .action = act(services, roll_back_plan),
                   .operators_only = true,
                   .answer = rate_plan_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Post,
       .path = "/rate-plans/{rate_plan_id:uuid}/clone",
       .summary = "A new plan with the lines of this one, marked up",
       .tag = "Rate plans",
       .action = act(services, clone_plan),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"CloneRatePlan",
                {name_field().needed(), description_field(), text("kind").one_of({"CUSTOMER", "VENDOR"}),
                 amount("markup_percent").says("On prices and fees, -100 to 10000; each is rounded once."),
                 amount("add_per_minute").says("On the price a minute, after the percentage."),
                 text("rounding").one_of({"HALF_UP", "HALF_EVEN", "UP", "DOWN"}).says("To nine decimals.")}},
       .answer = rate_plan_schema(),
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
}

}  // namespace warp::api
