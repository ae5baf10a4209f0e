#include "record_price.h"

#include <algorithm>

#include "warp/rating/price.h"

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

bool was_sent(const domain::RouteAttempt& attempt) {
  return attempt.sip_status != 0 || attempt.elapsed_ms != 0;
}

}  // namespace

bool price_record(domain::CallRecord& record, std::optional<std::chrono::microseconds> duration,
                  Currency base) {
  const bool sent = std::ranges::any_of(record.attempts, was_sent);
  bool priced = price_side(record.price, duration, sent);
  priced = price_side(record.cost, duration, sent) && priced;
  priced = charge_price(record) && priced;
  record.margin.reset();
  if (record.price && record.cost && record.price->currency == record.cost->currency)
    record.margin = Money::subtract(record.price->amount, record.cost->amount);
  if (record.cost && record.cost->currency == base) record.cost_base = record.cost->amount;
  return priced;
}

}  // namespace warp::calls
