#include "quality/scoring.h"

#include <gtest/gtest.h>

namespace warp::media {
namespace {

const Codec kPcmu = domain::voice_codec("PCMU/8000"), kG729 = domain::voice_codec("G729/8000");

WayIn in(const Codec& codec, std::uint64_t expected, std::uint64_t unplayed) {
  WayIn out;
  out.codec = codec;
  out.totals = {expected, unplayed};
  return out;
}
WayOut out(const Codec& codec) {
  WayOut way;
  way.codec = codec;
  return way;
}
std::uint16_t score(double loss, std::uint64_t delay_us, domain::VoiceCodec codec = *kPcmu,
                    bool concealed = false) {
  return domain::mos_e2({codec, static_cast<std::uint32_t>(loss * 1'000'000), delay_us, concealed});
}

TEST(Scoring, NothingDueOrNothingKnownHasNoScore) {
  EXPECT_FALSE(score_in(in(kPcmu, 0, 0)));
  EXPECT_FALSE(score_in(in({}, 100, 0)));
  EXPECT_FALSE(score_heard(in(kPcmu, 100, 0), out({})));
  EXPECT_FALSE(score_heard(in(kPcmu, 0, 0), out(kPcmu)));
}

TEST(Scoring, OfWhatCame) {
  EXPECT_EQ(score_in(in(kPcmu, 1000, 0)), score(0, 20'000));
  auto way = in(kPcmu, 1000, 50);
  way.jitter_us = 5'000;
  way.rtt_us = 100'000;
  EXPECT_EQ(score_in(way), score(0.05, 20'000 + 10'000 + 50'000));
  EXPECT_EQ(score_in(in(kPcmu, 10, 5'000)), 100) << "more than there was";
  EXPECT_EQ(score_in(in(kPcmu, ~std::uint64_t{0}, 0)), score(0, 20'000));
}

TEST(Scoring, ReportsThatPassEndToEndHoldTheWholeWaysLoss) {
  auto heard = out(kPcmu);
  heard.loss_e6 = 30'000;
  EXPECT_EQ(score_heard(in(kPcmu, 1000, 20), heard), score(0.03, 20'000));
  heard.loss_e6 = 10'000;
  EXPECT_EQ(score_heard(in(kPcmu, 1000, 20), heard), score(0.02, 20'000)) << "an older report";
}

TEST(Scoring, ReportsOfAStreamOfOursAddToWhatWasLostBefore) {
  auto heard = out(kPcmu);
  heard.loss_e6 = 100'000;
  heard.of_ours_alone = true;
  EXPECT_EQ(score_heard(in(kPcmu, 1000, 100), heard), score(0.19, 20'000));
}

TEST(Scoring, WhatTheListenerSaysOfItsBufferCounts) {
  auto heard = out(kPcmu);
  heard.discarded_e4 = 200;  // 2 %
  heard.jitter_us = 8'000;
  heard.rtt_us = 60'000;
  auto came = in(kPcmu, 1000, 0);
  came.rtt_us = 40'000;
  came.jitter_us = 2'000;
  EXPECT_EQ(score_heard(came, heard), score(0.02, 20'000 + 30'000 + 20'000 + 16'000));
  heard.end_system_ms = 90;
  EXPECT_EQ(score_heard(came, heard), score(0.02, 20'000 + 30'000 + 90'000));
  heard.conceals = true;
  EXPECT_EQ(score_heard(came, heard), score(0.02, 20'000 + 30'000 + 90'000, *kPcmu, true));
}

TEST(Scoring, TwoCodecsAddTheirImpairments) {
  EXPECT_EQ(score_heard(in(kPcmu, 1000, 0), out(kG729)), score(0, 20'000, *kG729));
  EXPECT_EQ(score_heard(in(kG729, 1000, 0), out(kG729)), score(0, 20'000, *kG729));
  EXPECT_EQ(score_heard(in(domain::voice_codec("GSM"), 1000, 0), out(kG729)),
            score(0, 20'000, domain::VoiceCodec{310, 190, 190}));
}

}  // namespace
}  // namespace warp::media
