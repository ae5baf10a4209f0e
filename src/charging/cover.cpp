#include "warp/charging/cover.h"

#include <algorithm>

#include "warp/rating/price.h"

namespace warp::charging {

using std::chrono::seconds;

namespace {

constexpr std::int64_t kOne = 1'000'000'000'000;

std::optional<Money> converted(Money amount, const domain::PricedSide& price, const Exchange& exchange) {
  if (exchange.pico == kOne) return amount;
  return Money::add_scaled(Money{}, amount, exchange.pico, kOne, exchange.decimals, price.rounding);
}

}  // namespace

std::optional<Money> cost_of(const domain::PricedSide& price, seconds lasted, const Exchange& exchange) {
  const auto priced = rating::reprice(price, lasted);
  return priced ? converted(priced->amount, price, exchange) : std::nullopt;
}

std::optional<Money> least_of(const domain::PricedSide& price, const Exchange& exchange) {
  const auto first = cost_of(price, seconds{1}, exchange);
  const auto attempt = Money::round_to(price.attempt_fee, price.decimals, price.rounding);
  const auto tried = attempt ? converted(*attempt, price, exchange) : std::nullopt;
  if (!first || !tried) return std::nullopt;
  return std::max(*first, *tried);
}

// A longer call never costs less, so that the edge is found by halving.
seconds covered_by(const domain::PricedSide& price, Money budget, seconds most, const Exchange& exchange) {
  const auto pays = [&](seconds lasted) {
    const auto cost = cost_of(price, lasted, exchange);
    return cost && *cost <= budget;
  };
  if (pays(most)) return most;
  seconds paid{0}, unpaid = most;
  while (unpaid - paid > seconds{1}) {
    const seconds middle = paid + (unpaid - paid) / 2;
    (pays(middle) ? paid : unpaid) = middle;
  }
  return paid;
}

}  // namespace warp::charging
