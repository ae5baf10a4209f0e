#include "warp/base/uuid.h"

#include <set>

#include <gtest/gtest.h>

#include "warp/base/random.h"

namespace warp {
namespace {

TEST(Uuid, ParsesAndRenders) {
  const auto id = Uuid::parse("0195A2B4-c000-7ABC-8def-0123456789ab");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), "0195a2b4-c000-7abc-8def-0123456789ab");
  EXPECT_EQ(Uuid::parse(id->to_string()), id);
  EXPECT_TRUE(Uuid{}.is_nil());
  EXPECT_FALSE(id->is_nil());
}

TEST(Uuid, RefusesOtherSpellings) {
  for (const auto* text : {"", "0195a2b4-c000-7abc-8def-0123456789a", "0195a2b4-c000-7abc-8def-0123456789abc",
                           "0195a2b4c0007abc8def0123456789ab", "{0195a2b4-c000-7abc-8def-0123456789ab}",
                           "0195a2b4-c000-7abc-8def-0123456789ag", "0195a2b4_c000-7abc-8def-0123456789ab",
                           "0195a2b-4c000-7abc-8def-0123456789ab"})
    EXPECT_FALSE(Uuid::parse(text)) << text;
}

TEST(Uuid, StrongIdsOfOneValueHashAlike) {
  SeededIdSource random(1);
  const auto value = random.uuid7({});
  EXPECT_EQ(std::hash<CallId>{}(CallId{value}), std::hash<Uuid>{}(value));
  EXPECT_EQ(CallId::parse(value.to_string())->value, value);
  EXPECT_EQ(CallId::parse("x"), std::nullopt);
}

TEST(IdSource, Version7SortsByTimeAndIsMarked) {
  SeededIdSource random(1);
  Uuid last;
  for (int ms = 1; ms < 2000; ++ms) {
    const auto id = random.uuid7(WallTime(std::chrono::milliseconds(1'700'000'000'000 + ms)));
    EXPECT_GT(id, last);
    EXPECT_EQ(id.bytes[6] >> 4, 7);
    EXPECT_EQ(id.bytes[8] >> 6, 2);
    last = id;
  }
}

TEST(IdSource, HexHasTheDigitsAskedFor) {
  SeededIdSource random(1);
  for (unsigned digits = 0; digits <= 16; ++digits) {
    const auto text = random.hex(digits);
    EXPECT_EQ(text.size(), digits);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST(IdSource, SecureOneDoesNotRepeatAcrossRefillsAndInstances) {
  std::set<std::uint64_t> seen;
  SecureIdSource one, two;
  for (int i = 0; i < 5000; ++i) {
    EXPECT_TRUE(seen.insert(one.next64()).second);
    EXPECT_TRUE(seen.insert(two.next64()).second);
  }
}

TEST(IdSource, SeededOneIsTheSameEachTime) {
  SeededIdSource one(5), two(5), other(6);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(one.next64(), two.next64());
  EXPECT_NE(one.next64(), other.next64());
}

}  // namespace
}  // namespace warp
