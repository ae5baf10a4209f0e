#include "record_price.h"

#include <algorithm>

#include "warp/rating/price.h"

#include "context.h"

namespace warp::calls {
namespace {

// `duration`: none of a call that was not answered, which costs its attempt when it was sent to anybody.
bool price_side(std::optional<domain::PricedSide>& side, std::optional<std::chrono::microseconds> duration,
                bool sent) {
  if (!side || (!duration && !sent)) return true;
  const auto priced = duration ? rating::reprice(*side, *duration) : rating::price_attempt(*side);
  if (!priced) return false;
  side = priced;
  return true;
}

constexpr std::int64_t kPar = 1'000'000'000'000;  // of Charge::fx_pico: one currency

// What is charged is the price in the account's currency.
bool charge_price(domain::CallRecord& record) {
  domain::Charge& charge = record.charge;
  charge.charged = Money{};
  if (!record.price) return true;
  const domain::PricedSide& price = *record.price;
  if (charge.fx_pico == kPar) {
    charge.currency = price.currency;
    charge.charged = price.amount;
    return true;
  }
  const auto converted =
      Money::add_scaled(Money{}, price.amount, charge.fx_pico, kPar, price.decimals, price.rounding);
  if (converted) charge.charged = *converted;
  return converted.has_value();
}

// nullopt: there is no rate of exchange.
std::optional<Money> cost_in(Currency currency, const domain::CallRecord& record,
                             const rating::FxTable& exchange) {
  const domain::PricedSide& cost = *record.cost;
  const auto fx = exchange.rate(cost.currency, currency, record.setup_at);
  return fx ? rating::convert(cost.amount, *fx, cost.decimals, cost.rounding) : std::nullopt;
}

}  // namespace

bool price_record(domain::CallRecord& record, std::optional<std::chrono::microseconds> duration,
                  const rating::FxTable& exchange) {
  const bool sent = std::ranges::any_of(record.attempts, &domain::RouteAttempt::was_sent);
  bool priced = price_side(record.price, duration, sent);
  priced = price_side(record.cost, duration, sent) && priced;
  priced = charge_price(record) && priced;
  record.margin.reset();
  if (record.price && record.cost)
    if (const auto cost = cost_in(record.price->currency, record, exchange))
      record.margin = Money::subtract(record.price->amount, *cost);
  if (record.cost) record.cost_base = cost_in(exchange.base(), record, exchange);
  return priced;
}

void price_record(Context& context, domain::CallRecord& record,
                  std::optional<std::chrono::microseconds> duration) {
  static const rating::FxTable kNone;
  const auto snapshot = context.snapshots.current();
  if (price_record(record, duration, snapshot ? snapshot->exchange() : kNone)) return;
  context.log.error("calls.price_overflow", {{"call", record.call}, {"duration_us", record.duration_us}});
}

}  // namespace warp::calls
