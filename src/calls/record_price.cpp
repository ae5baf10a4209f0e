#include "record_price.h"

#include <algorithm>

#include "warp/rating/price.h"

namespace warp::calls {
namespace {

// Of a call that was never answered: what its attempt costs, when it was sent to anybody.
bool price_attempt(std::optional<domain::PricedSide>& side, bool sent) {
  if (!side) return true;
  const auto fee = Money::round_to(sent ? side->attempt_fee : Money{}, side->decimals, side->rounding);
  side->amount = fee.value_or(Money{});
  side->billed_seconds = 0;
  return fee.has_value();
}

bool price_side(std::optional<domain::PricedSide>& side, std::chrono::microseconds duration) {
  if (!side) return true;
  const auto priced = rating::reprice(*side, duration);
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
  bool priced = true;
  if (duration) {
    priced = price_side(record.price, *duration);
    priced = price_side(record.cost, *duration) && priced;
  } else {
    const bool sent = std::ranges::any_of(record.attempts, was_sent);
    priced = price_attempt(record.price, sent);
    priced = price_attempt(record.cost, sent) && priced;
  }
  priced = charge_price(record) && priced;
  record.margin.reset();
  if (record.price && record.cost && record.price->currency == record.cost->currency)
    record.margin = Money::subtract(record.price->amount, record.cost->amount);
  if (record.cost && record.cost->currency == base) record.cost_base = record.cost->amount;
  return priced;
}

}  // namespace warp::calls
