// Rates of exchange by date.
#include "warp/store/fx.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

const Paging kFxPaging{"per_page", 100, 1000};
constexpr std::int64_t kNanosToPico = 1000;
constexpr std::string_view kDecimals = "0123456789";

// "0.006712345678": at most twelve decimals, above zero.
std::optional<std::int64_t> pico_of(std::string_view text) {
  if (text.starts_with('-')) return std::nullopt;
  const auto point = text.find('.');
  const auto fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (fraction.size() > 12 || fraction.find_first_not_of(kDecimals) != std::string_view::npos)
    return std::nullopt;
  const auto whole = Money::parse(fraction.size() > 9 ? text.substr(0, point + 10) : text);
  if (!whole) return std::nullopt;
  std::int64_t rest = 0;
  for (std::size_t at = 9; at < 12; ++at)
    rest = rest * 10 + (at < fraction.size() ? fraction[at] - '0' : 0);
  std::int64_t pico = 0;
  if (__builtin_mul_overflow(whole->nanos(), kNanosToPico, &pico) ||
      __builtin_add_overflow(pico, rest, &pico))
    return std::nullopt;
  return pico > 0 ? std::optional(pico) : std::nullopt;
}
bool is_rate(std::string_view text) {
  return pico_of(text).has_value();
}

std::string decimal_of(std::int64_t pico) {
  auto text = Money::from_nanos(pico / kNanosToPico).to_string(9);
  const auto rest = std::to_string(1000 + pico % kNanosToPico);
  text += rest.substr(1);
  while (text.back() == '0' && text[text.size() - 2] != '.')
    text.pop_back();
  return text;
}

std::vector<Field> pair_fields() {
  return {text("from").is(is_currency, "an ISO 4217 code").needed(),
          text("to").is(is_currency, "an ISO 4217 code").needed()};
}

Schema fx_schema() {
  return {"FxRate",
          {text("from"), text("to"), text("rate").says("Units of `to` for one of `from`."),
           instant("effective_from"), text("source"), instant("created_at")}};
}

Json show(const store::FxRate& rate) {
  Json out;
  out["from"] = rate.row.from.view();
  out["to"] = rate.row.to.view();
  out["rate"] = decimal_of(rate.row.pico);
  out["effective_from"] = timestamp(rate.row.effective_from);
  out["source"] = rate.source;
  out["created_at"] = timestamp(rate.created_at);
  return out;
}

Answer list_fx_rates(Services& services, Call call) {
  const auto page = read_page(call.query, kFxPaging);
  store::FxRepository rates(services.pool);
  const auto found = co_await rates.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "rate of exchange");
  co_return page_reply(*found, page, [](const auto& rate) { return show(rate); });
}

Answer add_rate(Services& services, Call call) {
  const auto now = services.clock.wall();
  domain::FxRow row;
  row.from = *Currency::parse(call.body["from"].get<std::string>());
  row.to = *Currency::parse(call.body["to"].get<std::string>());
  row.pico = *pico_of(call.body["rate"].get<std::string>());
  row.effective_from = now;
  if (const auto at = take<std::string>(call.body, "effective_from"))
    row.effective_from = parse_timestamp(*at).value_or(now);
  Failure failure{ErrorCode::ValidationError, ""};
  if (row.from == row.to) {
    failure.message = "A currency has no rate to itself.";
    co_return failure;
  }
  // What calls have been rated by stays as it was.
  if (row.effective_from < now) {
    failure.message = "The rate would begin in the past: let it begin now or later.";
    co_return failure;
  }
  store::FxRepository rates(services.pool);
  const auto source = take<std::string>(call.body, "source").value_or("");
  const auto made = co_await rates.add(call.as_operator(), row, source);
  if (!made) co_return from_store(made.error(), "rate of exchange");
  co_return reply_with(show(*made), 201);
}

Answer remove_rate(Services& services, Call call) {
  const auto from = *Currency::parse(call.query["from"].get<std::string>());
  const auto to = *Currency::parse(call.query["to"].get<std::string>());
  const auto at = parse_timestamp(call.query["effective_from"].get<std::string>()).value_or(WallTime{});
  store::FxRepository rates(services.pool);
  const auto gone = co_await rates.remove(call.as_operator(), from, to, at);
  if (!gone) co_return from_store(gone.error(), "rate of exchange that has not begun");
  co_return no_content();
}

}  // namespace

void add_fx(EndpointTable& table, Services& services) {
  const std::string tag = "Rate plans";
  table.push_back({.path = "/fx-rates",
                   .summary = "Rates of exchange, newest first",
                   .tag = tag,
                   .action = act(services, list_fx_rates),
                   .operators_only = true,
                   .query = paging_fields(kFxPaging),
                   .answer_kind = AnswerKind::Page,
                   .answer = fx_schema()});
  auto body = pair_fields();
  body.push_back(text("rate", 32)
                     .is(is_rate, "a decimal number above zero with at most twelve decimals")
                     .needed()
                     .says("Units of `to` for one of `from`, as a string."));
  body.push_back(instant("effective_from").says("Default: now."));
  body.push_back(text("source", 128));
  table.push_back({.method = http::Method::Post,
                   .path = "/fx-rates",
                   .summary = "Add a rate from a moment on; those before it stay",
                   .tag = tag,
                   .action = act(services, add_rate),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewFxRate", std::move(body)},
                   .answer = fx_schema(),
                   .status = 201,
                   .errors = {ErrorCode::Conflict, ErrorCode::ValidationError}});
  auto query = pair_fields();
  query.push_back(instant("effective_from").needed());
  table.push_back({.method = http::Method::Delete,
                   .path = "/fx-rates",
                   .summary = "Delete a rate that has not begun",
                   .tag = tag,
                   .action = act(services, remove_rate),
                   .operators_only = true,
                   .query = std::move(query),
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
