#include "warp/rating/price.h"

#include <algorithm>
#include <limits>

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

bool put_amount(domain::PricedSide& side, std::chrono::microseconds duration) {
  const auto seconds = billed({side.initial_increment, side.increment, side.minimum_seconds}, duration);
  if (seconds > std::numeric_limits<std::uint32_t>::max()) return false;
  const auto amount = Money::add_scaled(side.setup_fee, side.per_minute, static_cast<std::int64_t>(seconds),
                                        60, side.decimals, side.rounding);
  if (!amount) return false;
  side.billed_seconds = static_cast<std::uint32_t>(seconds);
  side.amount = *amount;
  return true;
}

}  // namespace

std::uint32_t billed_seconds(const RateLine& line, std::chrono::microseconds duration) {
  const auto seconds = billed({line.initial_increment, line.increment, line.minimum_seconds}, duration);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(seconds, std::numeric_limits<std::uint32_t>::max()));
}

domain::PricedSide unpriced(const Deck& deck, const RateLine& line) {
  domain::PricedSide side;
  put_line(deck, line, side);
  return side;
}

void put_line(const Deck& deck, const RateLine& line, domain::PricedSide& side) {
  const auto& plan = deck.plan();
  side.plan = plan.id;
  side.plan_version = plan.version;
  side.prefix = std::string_view(line.prefix);
  side.per_minute = line.per_minute;
  side.setup_fee = line.setup_fee;
  side.currency = plan.currency;
  side.initial_increment = line.initial_increment;
  side.increment = line.increment;
  side.minimum_seconds = line.minimum_seconds;
  side.rounding = plan.rounding;
  side.decimals = plan.decimals;
}

std::optional<domain::PricedSide> price(const Deck& deck, const RateLine& line,
                                        std::chrono::microseconds duration) {
  auto side = unpriced(deck, line);
  if (!put_amount(side, duration)) return std::nullopt;
  return side;
}

std::optional<domain::PricedSide> reprice(const domain::PricedSide& side,
                                          std::chrono::microseconds duration) {
  auto again = side;
  if (!put_amount(again, duration)) return std::nullopt;
  return again;
}

std::string explain(const domain::PricedSide& side, std::chrono::microseconds duration) {
  std::string text = side.per_minute.to_string(4) + "/min × " + std::to_string(side.billed_seconds) + " s (" +
                     std::to_string(side.initial_increment) + "+" + std::to_string(side.increment) + "n of " +
                     std::to_string(whole_seconds(duration)) + " s";
  if (side.minimum_seconds > 0) text += ", at least " + std::to_string(side.minimum_seconds) + " s";
  text += ") + " + side.setup_fee.to_string(4) + " setup = " + side.amount.to_string(side.decimals) + ' ' +
          std::string(side.currency.view()) + " (" + std::string(to_string(side.rounding)) + ", " +
          std::to_string(side.decimals) + ")";
  return text;
}

}  // namespace warp::rating
