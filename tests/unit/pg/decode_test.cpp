#include <gtest/gtest.h>

#include "warp/pg/error.h"
#include "warp/pg/params.h"
#include "warp/pg/rows.h"

namespace warp::pg {
namespace {

template <class T>
std::optional<T> decoded(std::string_view text) {
  T out{};
  return decode(text, out) ? std::optional<T>(out) : std::nullopt;
}

TEST(Decode, NumbersAreWholeAndInRange) {
  EXPECT_EQ(decoded<int>("-12"), -12);
  EXPECT_EQ(decoded<std::uint8_t>("255"), 255);
  for (const char* bad : {"", " 1", "1 ", "1.0", "+1", "0x1", "2147483648"})
    EXPECT_EQ(decoded<int>(bad), std::nullopt) << bad;
  EXPECT_EQ(decoded<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(decoded<std::uint32_t>("-1"), std::nullopt);
  EXPECT_EQ(decoded<bool>("t"), true);
  EXPECT_EQ(decoded<bool>("true"), std::nullopt);
}

TEST(Decode, TimesAreIsoInUtc) {
  using namespace std::chrono;
  EXPECT_EQ(decoded<WallTime>("1970-01-01 00:00:00+00"), WallTime{});
  EXPECT_EQ(decoded<WallTime>("1969-12-31 23:59:59.999999+00"), WallTime(microseconds(-1)));
  EXPECT_EQ(decoded<WallTime>("2024-02-29 12:30:01.05+00"),
            WallTime(sys_days(2024y / 2 / 29) + 12h + 30min + 1s + 50ms));
  EXPECT_EQ(decoded<WallTime>("10000-01-01 00:00:00+00"), WallTime(sys_days(year(10000) / 1 / 1)));
  for (const char* bad :
       {"", "2024-02-30 00:00:00+00", "2024-02-28 00:00:00+02", "2024-02-28T00:00:00+00",
        "2024-02-28 00:00:00", "2024-02-28 00:00:00.1234567+00", "infinity", "2024-02-28 00:00:00+00 BC"})
    EXPECT_EQ(decoded<WallTime>(bad), std::nullopt) << bad;
}

TEST(Decode, WhatParamsWriteDecodeReads) {
  for (const std::int64_t micros : {0ll, -1ll, 1ll, 951'782'400'000'000ll, 4'102'444'799'999'999ll}) {
    const WallTime time{std::chrono::microseconds(micros)};
    EXPECT_EQ(decoded<WallTime>(to_text(time)), time) << to_text(time);
  }
  const std::vector<std::string> texts{"", "a,b", "{}", "\"", "\\", "NULL", "null", " "};
  const auto params = Params::of(texts);
  EXPECT_EQ(decoded<std::vector<std::string>>(params.pointers()[0]), texts);
}

TEST(Decode, ArraysAreOneDimensionWithoutNulls) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(decoded<Texts>("{}"), Texts{});
  EXPECT_EQ(decoded<Texts>("{a,\"b c\"}"), (Texts{"a", "b c"}));
  for (const char* bad : {"", "{", "a", "{a,}", "{NULL}", "{a}x", "{\"a}", "{\"a\\", "{,a}"})
    EXPECT_EQ(decoded<Texts>(bad), std::nullopt) << bad;
}

TEST(Params, NulCannotHideTheRest) {
  const auto params =
      Params::of(std::string("a\0b", 3), std::nullopt, std::optional<int>(), std::optional<int>(3));
  const auto values = params.pointers();
  ASSERT_EQ(values.size(), 4u);
  EXPECT_STREQ(values[0],
               "a\xEF\xBF\xBD"
               "b");
  EXPECT_EQ(values[1], nullptr);
  EXPECT_EQ(values[2], nullptr);
  EXPECT_STREQ(values[3], "3");
}

TEST(Error, SqlstatesAreSorted) {
  EXPECT_EQ(classify("23505"), ErrorKind::UniqueViolation);
  EXPECT_EQ(classify("23503"), ErrorKind::ForeignKeyViolation);
  EXPECT_EQ(classify("23514"), ErrorKind::CheckViolation);
  EXPECT_EQ(classify("22P02"), ErrorKind::InvalidInput);
  EXPECT_EQ(classify("42501"), ErrorKind::PermissionDenied);
  EXPECT_EQ(classify("40P01"), ErrorKind::Serialization);
  EXPECT_EQ(classify("57014"), ErrorKind::Timeout);
  EXPECT_EQ(classify("57P01"), ErrorKind::Unavailable);
  EXPECT_EQ(classify("53300"), ErrorKind::Unavailable);
  EXPECT_EQ(classify("08006"), ErrorKind::ConnectionLost);
  EXPECT_EQ(classify("42P01"), ErrorKind::Server);
}

}  // namespace
}  // namespace warp::pg
