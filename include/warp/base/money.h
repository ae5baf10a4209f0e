// Money: an integer count of nano-units (1e-9) of a currency. Never a float (ADR 0004).
//
// Range ±9.22e9 units. Products go through 128 bits and come back by a named rounding. Overflow is an
// error value, never a wrap.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warp {

enum class Rounding : std::uint8_t { HalfUp, HalfEven, Up, Down };
std::string_view to_string(Rounding rounding);
std::optional<Rounding> parse_rounding(std::string_view text);  // HALF_UP, HALF_EVEN, UP, DOWN

// ISO 4217 alphabetic code.
struct Currency {
  std::array<char, 3> code{'U', 'S', 'D'};

  static std::optional<Currency> parse(std::string_view text);
  std::string_view view() const { return {code.data(), code.size()}; }
  friend auto operator<=>(const Currency&, const Currency&) = default;
};

class Money {
 public:
  static constexpr std::int64_t kNanosPerUnit = 1'000'000'000;

  constexpr Money() = default;
  static constexpr Money from_nanos(std::int64_t nanos) { return Money(nanos); }
  // "12", "-0.0095", at most nine decimals; nothing else (no exponent, no separators, no blanks).
  static std::optional<Money> parse(std::string_view text);

  constexpr std::int64_t nanos() const { return nanos_; }
  // Shortest exact decimal, at least `min_decimals` of them: "0.0095", "12.00".
  std::string to_string(unsigned min_decimals = 2) const;

  friend constexpr auto operator<=>(const Money&, const Money&) = default;
  constexpr Money operator-() const { return Money(-nanos_); }
  // nullopt on overflow.
  static std::optional<Money> add(Money a, Money b);
  static std::optional<Money> subtract(Money a, Money b);
  // amount * numerator / denominator, once, in 128 bits. denominator > 0.
  static std::optional<Money> scale(Money amount, std::int64_t numerator, std::int64_t denominator,
                                    Rounding rounding);
  // base + amount * numerator / denominator, rounded once to `decimals` (0..9) places. denominator > 0.
  static std::optional<Money> add_scaled(Money base, Money amount, std::int64_t numerator,
                                         std::int64_t denominator, unsigned decimals, Rounding rounding);
  // Rounds to `decimals` (0..9) decimal places.
  static std::optional<Money> round_to(Money amount, unsigned decimals, Rounding rounding);

 private:
  explicit constexpr Money(std::int64_t nanos) : nanos_(nanos) {}
  std::int64_t nanos_ = 0;
};

}  // namespace warp
