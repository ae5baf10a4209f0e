#include "warp/audio/resampler.h"

#include <gtest/gtest.h>

#include "signals.h"

namespace warp::audio {
namespace {

using namespace signals;

TEST(Resampler, KeepsATonesLevelAndTheRatioOverTime) {
  for (const std::uint32_t from : {8000u, 16000u, 32000u, 48000u})
    for (const std::uint32_t to : {8000u, 16000u, 32000u, 48000u}) {
      const auto resampler = Resampler::make(from, to);
      ASSERT_TRUE(resampler);
      const auto in = sine(1000, -10, 1000, from);
      std::vector<Sample> out, block(to / 50 + 1);
      for (std::size_t at = 0; at < in.size(); at += from / 50) {
        const auto made = resampler->process(std::span(in).subspan(at, from / 50), block);
        out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(made));
      }
      EXPECT_EQ(out.size(), to) << from << ' ' << to;
      const auto late = std::span(out).last(to / 2);
      EXPECT_NEAR(decibel(power_at(late, 1000, to) / power_at(in, 1000, from)), 0, 0.3) << from << ' ' << to;
      EXPECT_GT(decibel(power_at(late, 1000, to) / (power(late) - power_at(late, 1000, to) + 1e-3)), 40)
          << from << ' ' << to;
    }
}

TEST(Resampler, WhatTheLowerRateCannotHoldIsGone) {
  const auto resampler = Resampler::make(48000, 8000);
  std::vector<Sample> out(8001);
  const auto made = resampler->process(sine(7000, -10, 1000, 48000), out);
  const auto late = std::span(out).first(made).subspan(made / 2);
  EXPECT_LT(decibel(power(late) / power(sine(7000, -10, 100, 48000))), -40);
}

TEST(Resampler, RefusesARateOfZero) {
  EXPECT_FALSE(Resampler::make(0, 8000));
  EXPECT_FALSE(Resampler::make(8000, 0));
}

}  // namespace
}  // namespace warp::audio
