// What is sold: how usage is told apart on invoices, and what taxes are due on it.
#include "warp/store/taxes.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

constexpr const char* kSkuTag = "Billing";

bool is_code(std::string_view text) {
  return text.size() >= 2 && text.size() <= 48 &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string_view::npos;
}

std::vector<Field> own_sku_fields() {
  return {text("unit", 32).says("second, segment, month, …"), text("tax_code", 48), text("description", 256),
          integer("position", 0, 32767).says("Order on invoices, and which of two that match as well wins."),
          object("match",
                 {text("kind").one_of({"call", "message"}), text("direction").one_of({"inbound", "outbound"}),
                  text("jurisdiction", 16), text("prefix", 15).is(is_prefix, "up to 15 digits")})
              .says("Of usage: the SKU with the most members that match wins.")};
}

Schema sku_schema() {
  auto fields = own_sku_fields();
  fields.insert(fields.begin(), {text("code"), text("kind").one_of({"usage", "recurring", "once"})});
  return {"Sku", fields};
}

Json show(const billing::Sku& sku) {
  Json out;
  out["code"] = sku.code;
  out["kind"] = sku.usage ? "usage" : sku.once ? "once" : "recurring";
  out["unit"] = sku.unit;
  out["tax_code"] = sku.tax_code;
  out["description"] = sku.description;
  out["position"] = sku.position;
  out["match"] = Json::object();
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) out["match"][name] = value;
  };
  put("kind", sku.match.kind);
  put("direction", sku.match.direction);
  put("jurisdiction", sku.match.jurisdiction);
  put("prefix", sku.match.prefix);
  return out;
}

Answer list_skus(Services& services, Call call) {
  store::TaxRepository taxes(services.pool);
  const auto found = co_await taxes.skus(call.as_operator());
  if (!found) co_return from_store(found.error(), "SKU");
  co_return list_reply(*found, [](const auto& sku) { return show(sku); });
}

Failure wrong_code() {
  Failure failure{ErrorCode::ValidationError,
                  "A code is 2 to 48 capital letters, digits, dots, dashes, underscores."};
  return failure;
}

Answer put_sku(Services& services, Call call) {
  store::TaxRepository taxes(services.pool);
  billing::Sku sku;
  sku.code = call.request.param("code");
  if (!is_code(sku.code)) co_return wrong_code();
  const auto kind = call.body["kind"].get<std::string>();
  sku.usage = kind == "usage";
  sku.once = kind == "once";
  sku.unit = take<std::string>(call.body, "unit").value_or("");
  sku.tax_code = take<std::string>(call.body, "tax_code").value_or(sku.tax_code);
  sku.description = take<std::string>(call.body, "description").value_or("");
  sku.position = take<int>(call.body, "position").value_or(sku.position);
  const auto match = take<Json>(call.body, "match").value_or(Json::object());
  sku.match.kind = take<std::string>(match, "kind").value_or("");
  sku.match.direction = take<std::string>(match, "direction").value_or("");
  sku.match.jurisdiction = take<std::string>(match, "jurisdiction").value_or("");
  sku.match.prefix = take<std::string>(match, "prefix").value_or("");
  const auto stored = co_await taxes.put_sku(call.as_operator(), sku);
  if (!stored) co_return from_store(stored.error(), "SKU");
  co_return reply_with(show(*stored));
}

Answer remove_sku(Services& services, Call call) {
  store::TaxRepository taxes(services.pool);
  const auto removed = co_await taxes.remove_sku(call.as_operator(), std::string(call.request.param("code")));
  if (!removed) co_return from_store(removed.error(), "SKU");
  co_return no_content();
}

}  // namespace

void add_skus(EndpointTable& table, Services& services) {
  table.push_back({.path = "/skus",
                   .summary = "What is sold, in the order of invoices",
                   .tag = kSkuTag,
                   .action = act(services, list_skus),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = sku_schema()});
  auto fields = own_sku_fields();
  fields.push_back(
      text("kind").one_of({"usage", "recurring", "once"}).needed().says("Of one that is there, it stays."));
  table.push_back({.method = http::Method::Put,
                   .path = "/skus/{code}",
                   .summary = "Sell something under this code, or change it",
                   .tag = kSkuTag,
                   .action = act(services, put_sku),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewSku", fields},
                   .answer = sku_schema(),
                   .errors = {ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = "/skus/{code}",
                   .summary = "Sell it no more; usage falls to the next that matches",
                   .tag = kSkuTag,
                   .action = act(services, remove_sku),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
}

}  // namespace warp::api
