#include "warp/domain/e_model.h"

#include <cmath>

#include <gtest/gtest.h>

namespace warp::domain {
namespace {

VoicePath path(std::string_view codec, double loss_percent = 0, std::uint64_t delay_us = 0) {
  VoicePath out;
  out.codec = *voice_codec(codec);
  out.loss_e6 = static_cast<std::uint32_t>(loss_percent * 10'000);
  out.delay_us = delay_us;
  return out;
}

// G.107 Annex B: MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6.
double mos_of(double r) {
  return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
}

TEST(EModel, DefaultsAreThoseOfG107) {
  EXPECT_EQ(mos_e2(path("PCMU/8000")), 441) << "R = 93.2";
  EXPECT_EQ(mos_e2(path("pcma/8000")), 441);
  EXPECT_EQ(mos_e2(path("G729/8000")), 410) << "Ie = 11: R = 82.2";
  EXPECT_EQ(mos_e2(path("GSM/8000")), 374) << "Ie = 20: R = 73.2";
}

TEST(EModel, NothingIsKnownOfOtherCodecs) {
  EXPECT_FALSE(voice_codec(""));
  EXPECT_FALSE(voice_codec("telephone-event/8000"));
  EXPECT_FALSE(voice_codec("T.38"));
  for (const auto* known :
       {"G722/8000", "opus/48000/2", "AMR/8000", "AMR-WB/16000", "iLBC/8000", "L16/16000"})
    EXPECT_TRUE(voice_codec(known)) << known;
}

// Ie,eff = Ie + (95 - Ie) Ppl / (Ppl + Bpl), BurstR 1.
TEST(EModel, LossWeighsByTheCodecsRobustness) {
  const auto r = [](double ie, double bpl, double loss) {
    return 93.2 - (ie + (95 - ie) * loss / (loss + bpl));
  };
  for (const double loss : {0.5, 1.0, 2.0, 5.0, 10.0}) {
    EXPECT_NEAR(mos_e2(path("PCMU", loss)), std::max(100.0, 100 * mos_of(r(0, 4.3, loss))), 1) << loss;
    EXPECT_NEAR(mos_e2(path("G729", loss)), 100 * mos_of(r(11, 19, loss)), 1) << loss;
    auto concealed = path("PCMU", loss);
    concealed.concealed = true;
    EXPECT_NEAR(mos_e2(concealed), 100 * mos_of(r(0, 25.1, loss)), 1) << loss;
  }
  EXPECT_EQ(mos_e2(path("PCMU", 1)), 383) << "R = 93.2 - 95 / 5.3 = 75.28";
}

// Id = 0.024 Ta, and 0.11 (Ta - 177.3) more beyond 177.3 ms.
TEST(EModel, DelayWeighsMoreFromWhereItIsNoticed) {
  for (const double ms : {50.0, 150.0, 177.0, 250.0, 400.0}) {
    const double id = 0.024 * ms + (ms > 177.3 ? 0.11 * (ms - 177.3) : 0);
    EXPECT_NEAR(mos_e2(path("PCMU", 0, static_cast<std::uint64_t>(ms * 1000))), 100 * mos_of(93.2 - id), 1)
        << ms;
  }
}

TEST(EModel, IsBoundedWhateverGoesIn) {
  auto worst = path("PCMU", 100, ~std::uint64_t{0});
  worst.loss_e6 = ~0u;
  EXPECT_EQ(mos_e2(worst), 100);
  worst.codec = {};
  EXPECT_EQ(mos_e2(worst), 100);
  unsigned last = 450;
  for (int loss = 0; loss <= 100; ++loss) {
    const auto now = mos_e2(path("PCMU", loss));
    EXPECT_LE(now, last);
    EXPECT_GE(now, 100);
    last = now;
  }
}

TEST(EModel, TheBufferIsTwiceTheJitterAndNoDeeperThanItMayBe) {
  EXPECT_EQ(playout_delay_us(0), 20'000u);
  EXPECT_EQ(playout_delay_us(10'000), 40'000u);
  EXPECT_EQ(playout_delay_us(50'000), 80'000u);
}

}  // namespace
}  // namespace warp::domain
