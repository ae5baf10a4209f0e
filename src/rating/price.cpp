#include "warp/rating/price.h"

#include <algorithm>
#include <limits>

#include "warp/rating/terms.h"

namespace warp::rating {
namespace {

struct Increments {
  std::uint32_t initial, step, minimum;
};

std::uint64_t whole_seconds(std::chrono::microseconds duration) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  return seconds > 0 ? static_cast<std::uint64_t>(seconds) : 0;
}

// 64 bits hold it: a duration in microseconds has fewer than 2^44 seconds.
std::uint64_t billed(const Increments& rule, std::chrono::microseconds duration) {
  const std::uint64_t lasted = whole_seconds(duration);
  if (lasted == 0) return 0;
  const std::uint64_t wanted = std::max<std::uint64_t>(lasted, rule.minimum);
  if (wanted <= rule.initial || rule.step == 0) return std::max<std::uint64_t>(wanted, rule.initial);
  const std::uint64_t steps = (wanted - rule.initial + rule.step - 1) / rule.step;
  return rule.initial + steps * rule.step;
}

std::uint64_t billed_by(const domain::PricedSide& side, std::chrono::microseconds duration) {
  const Increments rule{side.initial_increment, side.increment, side.minimum_seconds};
  const std::chrono::microseconds free = std::chrono::seconds(side.free_seconds);
  return billed(rule, duration > free ? duration - free : std::chrono::microseconds(0));
}

std::optional<Money> fees_of(const domain::PricedSide& side) {
  const auto fees = Money::add(side.setup_fee, side.surcharge);
  return fees ? Money::add(*fees, side.attempt_fee) : std::nullopt;
}

std::optional<Money> amount_of(const domain::PricedSide& side, std::uint64_t seconds) {
  if (seconds > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  const auto fees = fees_of(side);
  if (!fees) return std::nullopt;
  return Money::add_scaled(*fees, side.per_minute, static_cast<std::int64_t>(seconds), 60, side.decimals,
                           side.rounding);
}

bool put_amount(domain::PricedSide& side, std::chrono::microseconds duration) {
  const auto seconds = billed_by(side, duration);
  const auto amount = amount_of(side, seconds);
  if (!amount) return false;
  side.billed_seconds = static_cast<std::uint32_t>(seconds);
  side.amount = *amount;
  return true;
}

}  // namespace

std::uint32_t billed_seconds(const RateLine& line, std::chrono::microseconds duration) {
  const Increments rule{static_cast<std::uint32_t>(line.initial), static_cast<std::uint32_t>(line.step),
                        line.minimum_seconds};
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(billed(rule, duration), std::numeric_limits<std::uint32_t>::max()));
}

domain::PricedSide unpriced(const Deck& deck, const RateLine& line, domain::Jurisdiction jurisdiction) {
  domain::PricedSide side;
  put_line(deck, line, side, jurisdiction);
  return side;
}

void put_line(const Deck& deck, const RateLine& line, domain::PricedSide& side,
              domain::Jurisdiction jurisdiction) {
  const auto& plan = deck.plan();
  side.plan = plan.id;
  side.plan_version = plan.version;
  side.prefix = std::string_view(line.prefix);
  side.jurisdiction = deck.counts_as(jurisdiction).value_or(jurisdiction);
  side.per_minute = line.per_minute_for(side.jurisdiction);
  side.currency = plan.currency;
  side.initial_increment = static_cast<std::uint32_t>(line.initial);
  side.increment = static_cast<std::uint32_t>(line.step);
  side.minimum_seconds = line.minimum_seconds;
  side.rounding = plan.rounding;
  side.decimals = plan.decimals;
  if (line.terms == 0) return;
  const auto& terms = deck.terms(line);
  side.setup_fee = terms.setup_fee;
  side.attempt_fee = terms.attempt_fee;
  side.surcharge = terms.surcharge;
  side.free_seconds = terms.free_seconds;
  side.schedule = terms.schedule;
}

std::optional<domain::PricedSide> price(const Deck& deck, const RateLine& line,
                                        std::chrono::microseconds duration,
                                        domain::Jurisdiction jurisdiction) {
  auto side = unpriced(deck, line, jurisdiction);
  if (!put_amount(side, duration)) return std::nullopt;
  return side;
}

std::optional<domain::PricedSide> reprice(const domain::PricedSide& side,
                                          std::chrono::microseconds duration) {
  auto again = side;
  if (!put_amount(again, duration)) return std::nullopt;
  return again;
}

std::optional<domain::PricedSide> price_attempt(const domain::PricedSide& side) {
  const auto fee = Money::round_to(side.attempt_fee, side.decimals, side.rounding);
  if (!fee) return std::nullopt;
  auto again = side;
  again.billed_seconds = 0;
  again.amount = *fee;
  return again;
}

namespace {

// Greatest n in [0, most] for which `fits`, which holds up to some n and for no greater one; fits(0) holds.
template <class Fits>
std::uint64_t last_that(std::uint64_t most, Fits fits) {
  std::uint64_t low = 0, high = most;
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    if (fits(middle))
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

}  // namespace

std::chrono::seconds affordable(const domain::PricedSide& side, Money budget, std::chrono::seconds most) {
  const auto within = [&](std::uint64_t seconds) {
    const auto amount = amount_of(side, seconds);
    return amount && *amount <= budget;
  };
  if (most.count() <= 0 || !within(0)) return std::chrono::seconds(0);
  const std::chrono::seconds free(side.free_seconds);
  if (side.per_minute <= Money{} || free >= most) return most;
  // The first step is what a call of one second is billed; from there on step by step.
  const auto first = billed_by(side, free + std::chrono::seconds(1));
  if (!within(first)) return free;
  const std::uint64_t step = std::max(side.increment, 1u);
  const auto steps = static_cast<std::uint64_t>(most.count()) / step + 1;
  const auto longest = first + step * last_that(steps, [&](auto n) { return within(first + n * step); });
  return std::min(most, free + std::chrono::seconds(static_cast<std::int64_t>(longest)));
}

std::string explain(const domain::PricedSide& side, std::chrono::microseconds duration) {
  std::string text = side.per_minute.to_string(4) + "/min × " + std::to_string(side.billed_seconds) + " s (" +
                     std::to_string(side.initial_increment) + "+" + std::to_string(side.increment) + "n of " +
                     std::to_string(whole_seconds(duration)) + " s";
  if (side.minimum_seconds > 0) text += ", at least " + std::to_string(side.minimum_seconds) + " s";
  if (side.free_seconds > 0) text += ", " + std::to_string(side.free_seconds) + " s free";
  text += ") + " + side.setup_fee.to_string(4) + " setup";
  if (side.surcharge != Money{}) text += " + " + side.surcharge.to_string(4) + " surcharge";
  if (side.attempt_fee != Money{}) text += " + " + side.attempt_fee.to_string(4) + " attempt";
  text += " = " + side.amount.to_string(side.decimals) + ' ' + std::string(side.currency.view()) + " (" +
          std::string(to_string(side.rounding)) + ", " + std::to_string(side.decimals) + ")";
  return text;
}

}  // namespace warp::rating
