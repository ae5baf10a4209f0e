#include "warp/base/money.h"

#include <limits>

#include <gtest/gtest.h>

#include "warp/base/random.h"

namespace warp {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

Money nanos(std::int64_t value) {
  return Money::from_nanos(value);
}

TEST(Money, ParsesPlainDecimalsOnly) {
  EXPECT_EQ(Money::parse("12")->nanos(), 12'000'000'000);
  EXPECT_EQ(Money::parse("-0.0095")->nanos(), -9'500'000);
  EXPECT_EQ(Money::parse("0.000000001")->nanos(), 1);
  EXPECT_EQ(Money::parse("-0")->nanos(), 0);
  EXPECT_EQ(Money::parse("007.50")->nanos(), 7'500'000'000);
  EXPECT_EQ(Money::parse("9223372036.854775807")->nanos(), kMax);
  EXPECT_EQ(Money::parse("-9223372036.854775807")->nanos(), kMin + 1);
  for (const auto* text : {"",
                           "-",
                           ".",
                           ".5",
                           "5.",
                           "1.2.3",
                           "1e3",
                           "+1",
                           " 1",
                           "1 ",
                           "1,5",
                           "0x1",
                           "--1",
                           "1-",
                           "NaN",
                           "inf",
                           "0.0000000001",
                           "9223372036.854775808",
                           "99999999999999999999999999",
                           "$1",
                           "1\n"})
    EXPECT_FALSE(Money::parse(text)) << text;
  EXPECT_FALSE(Money::parse(std::string_view("1\0", 2)));
}

TEST(Money, RendersTheShortestExactDecimal) {
  EXPECT_EQ(nanos(0).to_string(), "0.00");
  EXPECT_EQ(nanos(0).to_string(0), "0");
  EXPECT_EQ(nanos(12'000'000'000).to_string(), "12.00");
  EXPECT_EQ(nanos(9'500'000).to_string(), "0.0095");
  EXPECT_EQ(nanos(-1).to_string(), "-0.000000001");
  EXPECT_EQ(nanos(-1'500'000'000).to_string(0), "-1.5");
  EXPECT_EQ(nanos(kMax).to_string(), "9223372036.854775807");
  EXPECT_EQ(nanos(kMin).to_string(), "-9223372036.854775808");
}

TEST(Money, TextComesBack) {
  SeededIdSource random(1);
  for (int i = 0; i < 5000; ++i) {
    const auto money = nanos(static_cast<std::int64_t>(random.next64()) >> random.next64() % 63);
    if (money.nanos() == kMin) continue;
    EXPECT_EQ(Money::parse(money.to_string(static_cast<unsigned>(random.next64() % 10))), money);
  }
}

TEST(Money, SumsAreExactOrAnError) {
  EXPECT_EQ(Money::add(nanos(kMax - 1), nanos(1)), nanos(kMax));
  EXPECT_EQ(Money::add(nanos(kMax), nanos(1)), std::nullopt);
  EXPECT_EQ(Money::add(nanos(kMin), nanos(-1)), std::nullopt);
  EXPECT_EQ(Money::subtract(nanos(kMin), nanos(1)), std::nullopt);
  EXPECT_EQ(Money::subtract(nanos(kMax), nanos(-1)), std::nullopt);
  EXPECT_EQ(Money::subtract(nanos(-1), nanos(kMin)), nanos(kMax));
}

struct RoundingCase {
  std::int64_t value;  // over 10, to a whole number
  std::int64_t half_up, half_even, up, down;
};

TEST(Money, FourRoundingsOnBothSidesOfZero) {
  for (const auto& [value, half_up, half_even, up, down] :
       {RoundingCase{14, 1, 1, 2, 1}, RoundingCase{15, 2, 2, 2, 1}, RoundingCase{25, 3, 2, 3, 2},
        RoundingCase{35, 4, 4, 4, 3}, RoundingCase{16, 2, 2, 2, 1}, RoundingCase{10, 1, 1, 1, 1},
        RoundingCase{1, 0, 0, 1, 0}, RoundingCase{5, 1, 0, 1, 0}, RoundingCase{0, 0, 0, 0, 0}}) {
    for (const std::int64_t sign : {1, -1}) {
      const auto scaled = [&](Rounding rounding) {
        return Money::scale(nanos(sign * value), 1, 10, rounding)->nanos();
      };
      EXPECT_EQ(scaled(Rounding::HalfUp), sign * half_up) << sign * value;
      EXPECT_EQ(scaled(Rounding::HalfEven), sign * half_even) << sign * value;
      EXPECT_EQ(scaled(Rounding::Up), sign * up) << sign * value;
      EXPECT_EQ(scaled(Rounding::Down), sign * down) << sign * value;
    }
  }
}

TEST(Money, ScalesThrough128Bits) {
  EXPECT_EQ(Money::scale(nanos(kMax), 60, 60, Rounding::Up), nanos(kMax));
  EXPECT_EQ(Money::scale(nanos(kMax), kMax, kMax, Rounding::Up), nanos(kMax));
  EXPECT_EQ(Money::scale(nanos(kMin), kMin, kMax, Rounding::Down), std::nullopt);
  EXPECT_EQ(Money::scale(nanos(kMax), 2, 1, Rounding::Down), std::nullopt);
  EXPECT_EQ(Money::scale(nanos(1), 1, 0, Rounding::Down), std::nullopt);
  EXPECT_EQ(Money::scale(nanos(1), 1, -1, Rounding::Down), std::nullopt);
}

TEST(Money, RoundsToDecimals) {
  EXPECT_EQ(Money::round_to(nanos(1'234'567'891), 9, Rounding::Down), nanos(1'234'567'891));
  EXPECT_EQ(Money::round_to(nanos(1'234'567'891), 6, Rounding::HalfUp), nanos(1'234'568'000));
  EXPECT_EQ(Money::round_to(nanos(1'500'000'000), 0, Rounding::HalfEven), nanos(2'000'000'000));
  EXPECT_EQ(Money::round_to(nanos(kMax), 0, Rounding::Up), std::nullopt);
  EXPECT_EQ(Money::round_to(nanos(5), 200, Rounding::Up), nanos(5));
}

// The quick way in 64 bits and the wide one are one arithmetic.
TEST(Money, AddScaledIsOneRoundingWhateverTheWidth) {
  EXPECT_EQ(Money::add_scaled(nanos(500), nanos(10'000'000), 1, 60, 6, Rounding::HalfUp), nanos(167'000));
  EXPECT_EQ(Money::add_scaled(nanos(kMax), nanos(0), 0, 60, 9, Rounding::Down), nanos(kMax));
  EXPECT_EQ(Money::add_scaled(nanos(kMax), nanos(1), 60, 60, 9, Rounding::Down), std::nullopt);
  EXPECT_EQ(Money::add_scaled(nanos(kMax), nanos(kMax), kMax, kMax, 9, Rounding::Down), std::nullopt);
  EXPECT_EQ(Money::add_scaled(nanos(1), nanos(1), 1, 0, 9, Rounding::Down), std::nullopt);
  EXPECT_EQ(Money::add_scaled(nanos(kMin), nanos(kMin), kMax, 1, 0, Rounding::Up), std::nullopt);
  SeededIdSource random(2);
  for (int i = 0; i < 20'000; ++i) {
    const auto amount = nanos(static_cast<std::int64_t>(random.next64()) >> random.next64() % 63);
    const auto seconds = static_cast<std::int64_t>(random.next64() % 100'000);
    const auto rounding = static_cast<Rounding>(random.next64() % 4);
    // Without a base and to nine decimals it is scale(), which has the wide way only.
    EXPECT_EQ(Money::add_scaled({}, amount, seconds, 60, 9, rounding),
              Money::scale(amount, seconds, 60, rounding));
  }
}

TEST(Money, WordsOfRoundingsAndCurrencies) {
  for (const auto rounding : {Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down})
    EXPECT_EQ(parse_rounding(to_string(rounding)), rounding);
  EXPECT_EQ(parse_rounding("half_up"), std::nullopt);
  EXPECT_EQ(Currency::parse("EUR")->view(), "EUR");
  for (const auto* text : {"", "EU", "EURO", "eur", "E1R"})
    EXPECT_FALSE(Currency::parse(text)) << text;
}

}  // namespace
}  // namespace warp
