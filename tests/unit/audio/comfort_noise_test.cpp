#include "warp/audio/comfort_noise.h"

#include <gtest/gtest.h>

namespace warp::audio {
namespace {

TEST(ComfortNoise, SoundsAtTheLevelThatWasSent) {
  for (const unsigned level : {20u, 40u, 60u}) {
    ComfortNoise noise(99);
    const auto payload = comfort_noise_payload(static_cast<std::uint8_t>(level));
    noise.set(std::span(&payload, 1));
    std::vector<Sample> out(8000);
    noise.fill(out);
    EXPECT_NEAR(level_of(out), level, 1);
  }
}

TEST(ComfortNoise, OfTheLowestLevelIsSilence) {
  ComfortNoise noise(99);
  const std::vector<std::byte> payload = {std::byte{127}, std::byte{0x40}, std::byte{0x80}};
  noise.set(payload);
  std::vector<Sample> out(800, 5);
  noise.fill(out);
  EXPECT_EQ(level_of(out), 127);
}

TEST(ComfortNoise, AnEmptyPayloadChangesNothing) {
  ComfortNoise one(7), other(7);
  std::vector<Sample> a(160), b(160);
  one.set({});
  one.fill(a);
  other.fill(b);
  EXPECT_EQ(a, b);
}

TEST(ComfortNoise, LevelsAreOfTheOverload) {
  EXPECT_EQ(level_of(std::vector<Sample>(160, 32767)), 0);
  EXPECT_EQ(level_of(std::vector<Sample>(160, 3277)), 20);
  EXPECT_EQ(level_of({}), 127);
  EXPECT_EQ(comfort_noise_payload(200), std::byte{127});
}

}  // namespace
}  // namespace warp::audio
