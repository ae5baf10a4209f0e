#include "warp/base/money.h"

#include <limits>

#include "warp/base/exact.h"
#include "warp/base/text.h"

namespace warp {
namespace {

using exact::divide;
using exact::narrowed;
using exact::power_of_ten;
using exact::Wide;

std::optional<Money> to_money(Wide nanos) {
  const auto value = narrowed(nanos);
  return value ? std::optional(Money::from_nanos(*value)) : std::nullopt;
}

constexpr std::int64_t kMaxHalf = std::numeric_limits<std::int64_t>::max() / 2;

}  // namespace

std::string_view to_string(Rounding rounding) {
  switch (rounding) {
    case Rounding::HalfUp:
      return "HALF_UP";
    case Rounding::HalfEven:
      return "HALF_EVEN";
    case Rounding::Up:
      return "UP";
    case Rounding::Down:
      return "DOWN";
  }
  return "";
}

std::optional<Rounding> parse_rounding(std::string_view text) {
  for (const auto rounding : {Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down})
    if (to_string(rounding) == text) return rounding;
  return std::nullopt;
}

std::optional<Currency> Currency::parse(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  Currency currency;
  for (std::size_t i = 0; i < 3; ++i) {
    if (text[i] < 'A' || text[i] > 'Z') return std::nullopt;
    currency.code[i] = text[i];
  }
  return currency;
}

std::optional<Money> Money::parse(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  Wide nanos = 0;
  int decimals = -1;
  bool digits = false;
  for (const char c : text) {
    if (c == '.') {
      if (decimals >= 0 || !digits) return std::nullopt;
      decimals = 0;
      continue;
    }
    if (!is_digit(c) || decimals == 9) return std::nullopt;
    nanos = nanos * 10 + (c - '0');
    digits = true;
    if (decimals >= 0) ++decimals;
    if (nanos > Wide{std::numeric_limits<std::int64_t>::max()}) return std::nullopt;
  }
  if (!digits || decimals == 0) return std::nullopt;
  nanos *= power_of_ten(9 - static_cast<unsigned>(decimals < 0 ? 0 : decimals));
  return to_money(negative ? -nanos : nanos);
}

std::string Money::to_string(unsigned min_decimals) const {
  const auto magnitude =
      nanos_ < 0 ? 0 - static_cast<std::uint64_t>(nanos_) : static_cast<std::uint64_t>(nanos_);
  std::string fraction = std::to_string(magnitude % kNanosPerUnit);
  fraction.insert(0, 9 - fraction.size(), '0');
  while (fraction.size() > min_decimals && !fraction.empty() && fraction.back() == '0')
    fraction.pop_back();
  std::string text = nanos_ < 0 ? "-" : "";
  text += std::to_string(magnitude / kNanosPerUnit);
  if (!fraction.empty()) text += '.' + fraction;
  return text;
}

std::optional<Money> Money::add(Money a, Money b) {
  return to_money(Wide{a.nanos_} + b.nanos_);
}

std::optional<Money> Money::subtract(Money a, Money b) {
  return to_money(Wide{a.nanos_} - b.nanos_);
}

std::optional<Money> Money::scale(Money amount, std::int64_t numerator, std::int64_t denominator,
                                  Rounding rounding) {
  if (denominator <= 0) return std::nullopt;
  return to_money(divide<Wide>(Wide{amount.nanos_} * numerator, denominator, rounding));
}

std::optional<Money> Money::add_scaled(Money base, Money amount, std::int64_t numerator,
                                       std::int64_t denominator, unsigned decimals, Rounding rounding) {
  if (denominator <= 0) return std::nullopt;
  const std::int64_t step = power_of_ten(decimals >= 9 ? 0 : 9 - decimals);
  // Prices of calls fit 64 bits, whose division is several times as fast.
  std::int64_t narrow = 0, scaled_base = 0, divisor = 0;
  if (!__builtin_mul_overflow(amount.nanos_, numerator, &narrow) &&
      !__builtin_mul_overflow(base.nanos_, denominator, &scaled_base) &&
      !__builtin_add_overflow(narrow, scaled_base, &narrow) &&
      !__builtin_mul_overflow(denominator, step, &divisor) && divisor <= kMaxHalf)
    return to_money(Wide{divide(narrow, divisor, rounding)} * step);
  const Wide product = Wide{amount.nanos_} * numerator;
  Wide sum = 0;
  if (__builtin_add_overflow(product, Wide{base.nanos_} * denominator, &sum)) return std::nullopt;
  const Wide steps = divide<Wide>(sum, Wide{denominator} * step, rounding);
  Wide nanos = 0;
  if (__builtin_mul_overflow(steps, Wide{step}, &nanos)) return std::nullopt;
  return to_money(nanos);
}

std::optional<Money> Money::round_to(Money amount, unsigned decimals, Rounding rounding) {
  if (decimals >= 9) return amount;
  const std::int64_t step = power_of_ten(9 - decimals);
  return to_money(divide<Wide>(amount.nanos_, step, rounding) * step);
}

}  // namespace warp
