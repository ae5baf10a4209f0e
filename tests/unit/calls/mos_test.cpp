#include "../src/calls/mos.h"

#include <gtest/gtest.h>

namespace warp::calls {
namespace {

domain::LegMedia leg(std::string codec, std::uint64_t received, std::uint64_t lost) {
  domain::LegMedia out;
  out.codec = std::move(codec);
  out.packets_received = received;
  out.packets_lost = lost;
  return out;
}

TEST(Mos, OfACleanLegIsThatOfItsCodec) {
  EXPECT_EQ(mos_e2(leg("PCMU/8000", 1000, 0)), 440);
  EXPECT_EQ(mos_e2(leg("pcma/8000", 1000, 0)), 440);
  EXPECT_EQ(mos_e2(leg("G729/8000", 1000, 0)), 409);
  EXPECT_EQ(mos_e2(leg("GSM/8000", 1000, 0)), 372);
}

TEST(Mos, OfNothingThereIsNone) {
  EXPECT_FALSE(mos_e2(leg("PCMU/8000", 0, 10)));
  EXPECT_FALSE(mos_e2(leg("", 1000, 0)));
  EXPECT_FALSE(mos_e2(leg("telephone-event/8000", 1000, 0)));
}

TEST(Mos, FallsWithLossDelayAndJitter) {
  EXPECT_EQ(mos_e2(leg("PCMU/8000", 980, 20)), 422) << "2 % of loss";
  auto late = leg("PCMU/8000", 1000, 0);
  late.rtt_us = 600'000;
  EXPECT_EQ(mos_e2(late), 359) << "320 ms one way";
  late.jitter_us = 40'000;
  EXPECT_EQ(mos_e2(late), 305);
  auto last = 450;
  for (std::uint64_t lost = 0; lost <= 1000; lost += 50) {
    const auto now = *mos_e2(leg("PCMU/8000", 1000, lost));
    EXPECT_LE(now, last);
    last = now;
  }
}

TEST(Mos, IsBoundedWhateverWasCounted) {
  auto worst = leg("PCMU/8000", 1, ~std::uint64_t{0});
  worst.rtt_us = ~0u;
  worst.jitter_us = ~0u;
  EXPECT_EQ(mos_e2(worst), 100);
  EXPECT_EQ(mos_e2(leg("PCMU/8000", ~std::uint64_t{0}, 0)), 440);
}

}  // namespace
}  // namespace warp::calls
