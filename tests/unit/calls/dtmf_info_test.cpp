#include "dtmf_info.h"

#include <gtest/gtest.h>

namespace warp::calls {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPlain = "application/dtmf";

char digit_of(std::string_view type, std::string_view body) {
  const auto digit = parse_dtmf_info(type, body);
  return digit ? digit->digit : '?';
}

TEST(DtmfInfo, ARelayBodyIsReadHoweverItIsSpaced) {
  const auto digit = parse_dtmf_info(kDtmfRelay, "Signal=5\r\nDuration=240\r\n");
  ASSERT_TRUE(digit);
  EXPECT_EQ(digit->digit, '5');
  EXPECT_EQ(digit->duration, 240ms);
  EXPECT_EQ(digit_of(kDtmfRelay, "signal = #\nDuration = 100"), '#');
  EXPECT_EQ(digit_of(kDtmfRelay, "Duration=100\r\nSignal= *\r\n"), '*');
  EXPECT_EQ(digit_of(kDtmfRelay, "Signal=a"), 'A');
  EXPECT_EQ(digit_of(kDtmfRelay, "Signal=10\r\n"), '*');
  EXPECT_EQ(digit_of(kDtmfRelay, "Signal=11\r\n"), '#');
  EXPECT_EQ(digit_of(kDtmfRelay, "Signal=15\r\n"), 'D');
}

TEST(DtmfInfo, APlainBodyIsTheDigit) {
  EXPECT_EQ(digit_of(kPlain, "7"), '7');
  EXPECT_EQ(digit_of(kPlain, " #\r\n"), '#');
  EXPECT_EQ(digit_of(kPlain, "Signal=7\r\n"), '7');
}

TEST(DtmfInfo, WhatIsNoDigitIsNone) {
  for (const auto* body :
       {"", "\r\n", "Signal=", "Signal=16", "Signal=x", "Duration=100", "Signal=55", "=5"}) {
    EXPECT_FALSE(parse_dtmf_info(kDtmfRelay, body)) << body;
    EXPECT_FALSE(parse_dtmf_info(kPlain, body)) << body;
  }
  EXPECT_FALSE(parse_dtmf_info(kPlain, "55"));
  EXPECT_FALSE(parse_dtmf_info(kDtmfRelay, "5"));
}

TEST(DtmfInfo, DurationsAreKeptWithinWhatAPersonPresses) {
  EXPECT_EQ(parse_dtmf_info(kDtmfRelay, "Signal=5")->duration, 160ms);
  EXPECT_EQ(parse_dtmf_info(kDtmfRelay, "Signal=5\nDuration=1")->duration, 40ms);
  EXPECT_EQ(parse_dtmf_info(kDtmfRelay, "Signal=5\nDuration=4000000000")->duration, 5000ms);
  EXPECT_EQ(parse_dtmf_info(kDtmfRelay, "Signal=5\nDuration=-3")->duration, 160ms);
}

TEST(DtmfInfo, WhatIsWrittenIsRead) {
  for (const char digit : std::string_view("0123456789*#ABCD")) {
    const auto read = parse_dtmf_info(kDtmfRelay, write_dtmf_info({digit, 200ms}));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->digit, digit);
    EXPECT_EQ(read->duration, 200ms);
  }
}

TEST(DtmfInfo, TheTypesAreTwo) {
  EXPECT_TRUE(is_dtmf_type("Application/DTMF-Relay"));
  EXPECT_TRUE(is_dtmf_type("application/dtmf"));
  EXPECT_FALSE(is_dtmf_type("application/dtmf-relay-x"));
}

}  // namespace
}  // namespace warp::calls
