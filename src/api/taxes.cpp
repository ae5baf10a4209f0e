// Taxes: a region, a tax code, a name, a date from which a rate holds.
#include "warp/store/taxes.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

constexpr const char* kTaxTag = "Billing";

std::vector<Field> tax_key_fields() {
  return {text("region", 64).needed(), text("tax_code", 48).needed().says("Of the SKUs that it is due on."),
          text("name", 64).needed(),
          date("effective_from").needed().says("The first day, in the account's zone.")};
}

Schema tax_schema(const char* name) {
  auto fields = tax_key_fields();
  fields.push_back(amount("rate").needed().says("0.0625 is 6.25 %; at most 1."));
  fields.push_back(boolean("on_taxes").says("Also on the taxes of this code that are not."));
  return {name, fields};
}

Json show(const store::TaxRow& row) {
  Json out;
  out["region"] = row.region;
  out["tax_code"] = row.rate.tax_code;
  out["name"] = row.rate.name;
  out["effective_from"] = row.effective_from;
  out["rate"] = money(Money::from_nanos(row.rate.rate_e9));
  out["on_taxes"] = row.rate.on_taxes;
  return out;
}

store::TaxRow key_of(const Json& from) {
  store::TaxRow row;
  row.region = from["region"];
  row.rate.tax_code = from["tax_code"];
  row.rate.name = from["name"];
  row.effective_from = from["effective_from"];
  return row;
}

Answer list_taxes(Services& services, Call call) {
  store::TaxRepository taxes(services.pool);
  const auto region = take<std::string>(call.query, "region").value_or("");
  const auto found = co_await taxes.list(call.as_operator(), region);
  if (!found) co_return from_store(found.error(), "tax");
  co_return list_reply(*found, [](const auto& row) { return show(row); });
}

Answer put_tax(Services& services, Call call) {
  store::TaxRepository taxes(services.pool);
  auto row = key_of(call.body);
  // A rate has the nine decimals of money, hence one form for both.
  row.rate.rate_e9 = parse_money(call.body["rate"]).value_or(Money()).nanos();
  row.rate.on_taxes = take<bool>(call.body, "on_taxes").value_or(false);
  if (row.rate.rate_e9 < 0 || row.rate.rate_e9 > Money::kNanosPerUnit) {
    Failure failure{ErrorCode::ValidationError, "A rate is 0 to 1: 0.0625 is 6.25 %."};
    failure.details["fields"]["rate"] = "must be 0 to 1";
    co_return failure;
  }
  const auto stored = co_await taxes.put(call.as_operator(), row);
  if (!stored) co_return from_store(stored.error(), "tax");
  co_return reply_with(show(*stored));
}

Answer remove_tax(Services& services, Call call) {
  store::TaxRepository taxes(services.pool);
  const auto removed = co_await taxes.remove(call.as_operator(), key_of(call.query));
  if (!removed) co_return from_store(removed.error(), "tax");
  co_return no_content();
}

}  // namespace

void add_taxes(EndpointTable& table, Services& services) {
  table.push_back({.path = "/tax-rates",
                   .summary = "Taxes by region, code, name and date",
                   .tag = kTaxTag,
                   .action = act(services, list_taxes),
                   .operators_only = true,
                   .query = {text("region", 64)},
                   .answer_kind = AnswerKind::List,
                   .answer = tax_schema("TaxRate")});
  table.push_back(
      {.method = http::Method::Put,
       .path = "/tax-rates",
       .summary = "A tax as it holds from a day on; invoices of periods that end before it are as they were",
       .tag = kTaxTag,
       .action = act(services, put_tax),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = tax_schema("NewTaxRate"),
       .answer = tax_schema("TaxRate"),
       .errors = {ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = "/tax-rates",
                   .summary = "Take one line of the taxes away",
                   .tag = kTaxTag,
                   .action = act(services, remove_tax),
                   .operators_only = true,
                   .query = tax_key_fields(),
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
  add_skus(table, services);
}

}  // namespace warp::api
