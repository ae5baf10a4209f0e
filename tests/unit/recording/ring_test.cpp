#include "ring.h"

#include <thread>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"

namespace warp::recording {
namespace {

std::string text_of(std::span<const std::byte> item) {
  return {reinterpret_cast<const char*>(item.data()), item.size()};
}

TEST(RecordingRing, WhatCameAfterAMarkWaits) {
  Ring ring(1024);
  ASSERT_TRUE(ring.put(as_bytes("before"), {}));
  const auto mark = ring.mark();
  ASSERT_TRUE(ring.put(as_bytes("after"), {}));
  std::vector<std::string> got;
  const auto take = [&](auto item) { got.push_back(text_of(item)); };
  EXPECT_EQ(ring.drain(mark, take), 1u);
  EXPECT_EQ(ring.drain(mark, take), 0u);
  EXPECT_EQ(ring.drain(ring.mark(), take), 1u);
  EXPECT_EQ(got, (std::vector<std::string>{"before", "after"}));
}

TEST(RecordingRing, GivesBackWhatWasPutInOrder) {
  Ring ring(4096);
  std::vector<std::string> got;
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(ring.put(as_bytes("head"), as_bytes(std::to_string(round))));
    ASSERT_TRUE(ring.put(as_bytes("alone"), {}));
    EXPECT_EQ(ring.drain(ring.mark(), [&](auto item) { got.push_back(text_of(item)); }), 2u);
  }
  EXPECT_EQ(got.at(0), "head0");
  EXPECT_EQ(got.at(1), "alone");
  EXPECT_EQ(got.at(198), "head99");
}

TEST(RecordingRing, RefusesWhatDoesNotFitAndGoesOnAfterwards) {
  Ring ring(4096);
  const std::string piece(300, 'x');
  std::size_t taken = 0;
  while (ring.put(as_bytes(piece), {}))
    ++taken;
  EXPECT_GE(taken, 12u);
  EXPECT_LE(taken * 300, 4096u);
  EXPECT_FALSE(ring.put(as_bytes(std::string(2000, 'y')), {})) << "longer than a quarter of it";
  std::size_t whole = 0;
  EXPECT_EQ(ring.drain(ring.mark(), [&](auto item) { whole += text_of(item) == piece; }), taken);
  EXPECT_EQ(whole, taken);
  EXPECT_TRUE(ring.put(as_bytes(piece), {}));
}

TEST(RecordingRing, ManyThreadsLoseNothingThatWasTaken) {
  constexpr std::uint32_t kEach = 20'000, kThreads = 3;
  Ring ring(1 << 14);
  std::vector<std::thread> threads;
  for (std::uint32_t who = 0; who < kThreads; ++who)
    threads.emplace_back([&ring, who] {
      for (std::uint32_t i = 0; i < kEach; ++i) {
        std::vector<std::uint32_t> item(2 + i % 50, i);
        item[0] = who;
        while (!ring.put(std::as_bytes(std::span(item)), {}))
          std::this_thread::yield();
      }
    });
  std::array<std::uint32_t, kThreads> next{};
  bool good = true;
  for (std::size_t count = 0; count < std::size_t{kEach} * kThreads;) {
    count += ring.drain(ring.mark(), [&](std::span<const std::byte> bytes) {
      std::vector<std::uint32_t> item(bytes.size() / 4);
      std::memcpy(item.data(), bytes.data(), bytes.size());
      auto& expected = next.at(item[0]);
      good = good && item.size() == 2 + expected % 50 && item.back() == expected;
      ++expected;
    });
    std::this_thread::yield();
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_TRUE(good);
}

}  // namespace
}  // namespace warp::recording
