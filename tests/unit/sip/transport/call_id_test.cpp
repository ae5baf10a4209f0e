#include <gtest/gtest.h>

#include "warp/base/text.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {
namespace {

constexpr std::string_view kRandom = "0123456789abcdeffedcba9876543210";

TEST(CallId, OurOwnNamesItsShard) {
  for (unsigned shard : {0u, 1u, 7u, 31u}) {
    const auto id = make_call_id(shard, 0x0123456789abcdef, 0xfedcba9876543210, "192.0.2.1");
    EXPECT_EQ(id, "w" + std::to_string(shard) + "-" + std::string(kRandom) + "@192.0.2.1");
    EXPECT_EQ(shard_of(id, 32), shard);
    EXPECT_EQ(shard_of(id, 1), 0u);
  }
}

TEST(CallId, WhatOnlyLooksLikeOursIsHashed) {
  const auto random = std::string(kRandom);
  const std::vector<std::string> ids{"w3-" + random,
                                     "w3-" + random + "@",
                                     "w03-" + random + "@h",
                                     "w-" + random + "@h",
                                     "W3-" + random + "@h",
                                     "w3-" + random.substr(1) + "@h",
                                     "w3-0" + random + "@h",
                                     "w3-0123456789ABCDEFfedcba9876543210@h",
                                     "w+3-" + random + "@h",
                                     "w99999999999-" + random + "@h",
                                     "w8-" + random + "@h",
                                     "w3-",
                                     "w",
                                     ""};
  for (const auto& id : ids)
    EXPECT_EQ(shard_of(id, 8), stable_hash(id) % 8) << id;
}

TEST(CallId, HashingSpreads) {
  std::array<int, 4> count{};
  for (int i = 0; i < 4000; ++i)
    ++count[shard_of("call-" + std::to_string(i) + "@198.51.100.7", 4)];
  for (const auto n : count)
    EXPECT_GT(n, 850);
}

}  // namespace
}  // namespace warp::sip
