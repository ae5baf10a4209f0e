// What a contract says beside its rate plan: a minimum, tiers, bundles. Settled when a period is closed.
#include <set>

#include "warp/store/bans.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

std::vector<Field> own_term_fields() {
  const auto step = object("", {integer("from").needed().says("Units of the period; the first is 0."),
                                amount("price").needed().says("Of `per` units.")});
  const auto tier = object("", {text("sku", 48).needed(), text("mode").one_of({"GRADUATED", "VOLUME"}),
                                integer("per", 1).says("60, the default: a price a minute; 1: a message."),
                                list("steps", step, 50).needed()});
  const auto bundle =
      object("", {text("sku", 48).needed(), integer("units", 1).needed(), amount("price").needed(),
                  boolean("rollover").says("What is left is used first in the next period.")});
  return {text("ban", 32).or_null().says("Whose usage it is about; null: the default account's."),
          amount("minimum").says("Of usage a period; what is missing is billed."), list("tiers", tier, 50),
          list("bundles", bundle, 50)};
}

Schema term_schema() {
  return {"ContractTerms", own_term_fields()};
}

// Amounts stand as nanos in the database, whose queries count with them.
Json stored_tier(const Json& tier) {
  Json out;
  out["sku"] = tier["sku"];
  out["mode"] = take<std::string>(tier, "mode").value_or("GRADUATED");
  out["per"] = take<std::int64_t>(tier, "per").value_or(60);
  out["steps"] = Json::array();
  for (const auto& step : tier["steps"]) {
    Json row;
    row["from"] = step["from"];
    row["price_nanos"] = parse_money(step["price"]).value_or(Money()).nanos();
    out["steps"].push_back(std::move(row));
  }
  return out;
}

Json stored_bundle(const Json& bundle) {
  Json out;
  out["sku"] = bundle["sku"];
  out["units"] = bundle["units"];
  out["price_nanos"] = parse_money(bundle["price"]).value_or(Money()).nanos();
  out["rollover"] = take<bool>(bundle, "rollover").value_or(false);
  return out;
}

Json with_price(Json row) {
  row["price"] = money(Money::from_nanos(take<std::int64_t>(row, "price_nanos").value_or(0)));
  row.erase("price_nanos");
  return row;
}

Json show(const store::ContractTerms& terms) {
  const auto stored = parse_json(terms.terms).value_or(Json::object());
  Json out;
  out["ban"] = value_or_null(terms.ban);
  out["minimum"] = money(terms.minimum);
  out["tiers"] = Json::array();
  for (auto tier : take<Json>(stored, "tiers").value_or(Json::array())) {
    auto steps = Json::array();
    for (const auto& step : tier["steps"])
      steps.push_back(with_price(step));
    tier["steps"] = std::move(steps);
    out["tiers"].push_back(std::move(tier));
  }
  out["bundles"] = Json::array();
  for (const auto& bundle : take<Json>(stored, "bundles").value_or(Json::array()))
    out["bundles"].push_back(with_price(bundle));
  return out;
}

Failure wrong_term(const char* field, const char* why) {
  Failure failure{ErrorCode::ValidationError, why};
  failure.details["fields"][field] = why;
  return failure;
}

// Empty: fine.
const char* fault_of_tiers(const Json& tiers) {
  std::set<std::string> seen;
  for (const auto& tier : tiers) {
    if (!seen.insert(tier["sku"].get<std::string>()).second) return "a SKU has one list of tiers";
    std::int64_t before = -1;
    for (const auto& step : tier["steps"]) {
      const auto from = step["from"].get<std::int64_t>();
      if (before < 0 ? from != 0 : from <= before) return "steps begin at 0 and rise";
      before = from;
    }
    if (before < 0) return "needs a step";
  }
  return nullptr;
}

const char* repeated(const Json& bundles) {
  std::set<std::string> seen;
  for (const auto& bundle : bundles)
    if (!seen.insert(bundle["sku"].get<std::string>()).second) return "a SKU has one bundle";
  return nullptr;
}

Answer get_terms(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto found = co_await bans.terms(call.as_operator(), call.id<CustomerId>("customer_id"));
  if (!found) co_return from_store(found.error(), "open contract");
  co_return reply_with(show(*found));
}

Answer put_terms(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  store::ContractTerms wanted;
  wanted.ban = take<std::string>(call.body, "ban");
  if (has(call.body, "minimum")) wanted.minimum = parse_money(call.body["minimum"]).value_or(Money());
  if (wanted.minimum < Money()) co_return wrong_term("minimum", "must not be below 0");
  const auto tiers = take<Json>(call.body, "tiers").value_or(Json::array());
  const auto bundles = take<Json>(call.body, "bundles").value_or(Json::array());
  if (const auto* fault = fault_of_tiers(tiers)) co_return wrong_term("tiers", fault);
  if (const auto* fault = repeated(bundles)) co_return wrong_term("bundles", fault);
  Json stored;
  stored["tiers"] = Json::array();
  for (const auto& tier : tiers)
    stored["tiers"].push_back(stored_tier(tier));
  stored["bundles"] = Json::array();
  for (const auto& bundle : bundles)
    stored["bundles"].push_back(stored_bundle(bundle));
  wanted.terms = dump(stored);
  const auto changed =
      co_await bans.set_terms(call.as_operator(), call.id<CustomerId>("customer_id"), wanted);
  if (!changed) co_return from_store(changed.error(), "open contract");
  co_return reply_with(show(*changed));
}

}  // namespace

void add_contract_terms(EndpointTable& table, Services& services) {
  const std::string path = "/customers/{customer_id:uuid}/contracts/current/terms";
  table.push_back({.path = path,
                   .summary = "Minimum, tiers and bundles of the open contract",
                   .tag = "Customers",
                   .action = act(services, get_terms),
                   .operators_only = true,
                   .answer = term_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Put,
                   .path = path,
                   .summary = "Replace minimum, tiers and bundles; the period that runs is closed by them",
                   .tag = "Customers",
                   .action = act(services, put_terms),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewContractTerms", own_term_fields()},
                   .answer = term_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
}

}  // namespace warp::api
