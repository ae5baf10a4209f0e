#include "../src/store/rate_copy.h"

#include <gtest/gtest.h>

#include "warp/base/bytes.h"

#include "../src/store/array_text.h"

namespace warp::store {
namespace {

using Outcome = RateCopyReader::Outcome;

// What the server sends for a line that we sent: without the deck.
std::string as_read(const domain::Rate& rate) {
  std::string line;
  append_copy_line(line, 1, rate);
  line.erase(0, 2 + 4 + 8);
  return std::string("\0\16", 2) + line;
}
std::string header() {
  std::string out;
  append_copy_header(out);
  return out;
}

TEST(RateCopy, WhatIsWrittenIsRead) {
  domain::Rate rate;
  rate.prefix = "4420";
  rate.per_minute = Money::from_nanos(9'500'000);
  rate.setup_fee = Money::from_nanos(1);
  rate.initial_increment = 60;
  rate.increment = 6;
  rate.minimum_seconds = 12;
  rate.effective_from = WallTime(std::chrono::microseconds(-5));
  rate.jurisdictions = 0x0c;
  rate.schedule = 32'000;
  rate.attempt_fee = Money::from_nanos(2);
  rate.surcharge = Money::from_nanos(3);
  rate.free_seconds = 30;
  rate.blocked = true;
  for (const auto& to : {std::optional<WallTime>(), std::optional(WallTime(std::chrono::microseconds(99)))}) {
    rate.effective_to = to;
    RateCopyReader reader;
    domain::Rate got;
    got.effective_to = WallTime{};
    ASSERT_EQ(reader.take(as_bytes(header()), got), Outcome::Nothing);
    ASSERT_EQ(reader.take(as_bytes(as_read(rate)), got), Outcome::Line);
    EXPECT_EQ(got.prefix, rate.prefix);
    EXPECT_EQ(got.per_minute, rate.per_minute);
    EXPECT_EQ(got.setup_fee, rate.setup_fee);
    EXPECT_EQ(got.initial_increment, 60u);
    EXPECT_EQ(got.increment, 6u);
    EXPECT_EQ(got.minimum_seconds, 12u);
    EXPECT_EQ(got.effective_from, rate.effective_from);
    EXPECT_EQ(got.effective_to, rate.effective_to);
    EXPECT_EQ(got.jurisdictions, 0x0c);
    EXPECT_EQ(got.schedule, 32'000u);
    EXPECT_EQ(got.attempt_fee, rate.attempt_fee);
    EXPECT_EQ(got.surcharge, rate.surcharge);
    EXPECT_EQ(got.free_seconds, 30u);
    EXPECT_TRUE(got.blocked);
    std::string trailer;
    append_copy_trailer(trailer);
    EXPECT_EQ(reader.take(as_bytes(trailer), got), Outcome::Nothing);
  }
}

TEST(RateCopy, TheFirstLineMayComeWithTheHeader) {
  domain::Rate rate, got;
  rate.prefix = "1";
  RateCopyReader reader;
  EXPECT_EQ(reader.take(as_bytes(header() + as_read(rate)), got), Outcome::Line);
  EXPECT_EQ(got.prefix, "1");
}

TEST(RateCopy, EveryTruncationIsMalformed) {
  domain::Rate rate;
  rate.prefix = "123";
  const auto whole = as_read(rate);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    RateCopyReader reader;
    domain::Rate got;
    reader.take(as_bytes(header()), got);
    EXPECT_EQ(reader.take(as_bytes(std::string_view(whole).substr(0, length)), got), Outcome::Malformed)
        << length;
  }
  RateCopyReader reader;
  domain::Rate got;
  EXPECT_EQ(reader.take(as_bytes("PGCOPX\n\377\r\n"), got), Outcome::Malformed);
}

TEST(RateCopy, NumbersBeyondTheColumnBecomeRefusable) {
  domain::Rate rate;
  rate.increment = 0x80000000u;
  std::string line;
  append_copy_line(line, 1, rate);
  EXPECT_NE(line.find(std::string("\0\0\0\4\xff\xff\xff\xff", 8)), std::string::npos);
}

TEST(CleanUtf8, KeepsWhatIsWellFormedAndMarksTheRest) {
  const std::string mark = "\xEF\xBF\xBD";
  for (const char* good :
       {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xee\x80\x80"})
    EXPECT_EQ(clean_utf8(good), good);
  EXPECT_EQ(clean_utf8(std::string_view("a\0b", 3)), "a" + mark + "b");
  EXPECT_EQ(clean_utf8("\xc0\xaf"), mark + mark) << "overlong";
  EXPECT_EQ(clean_utf8("\xe0\x80\xaf"), mark + mark + mark) << "overlong";
  EXPECT_EQ(clean_utf8("\xed\xa0\x80"), mark + mark + mark) << "surrogate";
  EXPECT_EQ(clean_utf8("\xf4\x90\x80\x80"), mark + mark + mark + mark) << "beyond Unicode";
  EXPECT_EQ(clean_utf8("\xc3("), mark + "(");
  EXPECT_EQ(clean_utf8("\xe2\x82"), mark + mark) << "cut short";
}

TEST(ArrayText, ElementsAreQuotedAndNullsAreNot) {
  ArrayText array;
  array.text("a\"b\\c");
  array.null();
  array.number(-5);
  array.id(Uuid{});
  array.text("");
  EXPECT_EQ(std::move(array).finish(), R"({"a\"b\\c",NULL,-5,NULL,""})");
  EXPECT_EQ(ArrayText().finish(), "{}");
}

}  // namespace
}  // namespace warp::store
