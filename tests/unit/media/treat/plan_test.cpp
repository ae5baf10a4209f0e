#include "treat/plan.h"

#include <string>

#include <gtest/gtest.h>

#include "treat_terms.h"

namespace warp::media {
namespace {

using testing::amr;
using testing::audio_terms;
using testing::g722;
using testing::g729;
using testing::opus;
using testing::pcma;
using testing::pcmu;

StreamPlan plan_between(const domain::MediaTerms& a, const domain::MediaTerms& b) {
  return plan_of({&a}, {&b});
}

TEST(Plan, SidesThatAgreeArePlain) {
  EXPECT_TRUE(plan_of({}, {}).plain());
  const auto terms = audio_terms({pcmu(), pcma()}, 101);
  EXPECT_TRUE(plan_between(terms, terms).plain());
  EXPECT_TRUE(plan_of({&terms}, {}).plain());
  EXPECT_TRUE(plan_between({}, terms).plain());
  // What one side could take besides is no work.
  EXPECT_TRUE(plan_between(audio_terms({pcmu()}, 101), audio_terms({pcmu(), pcma()}, 101)).from[0].plain());
}

TEST(Plan, OtherNumbersForTheSameCodingAreMapped) {
  const auto plan = plan_between(audio_terms({opus(96)}, 101), audio_terms({opus(111)}, 110));
  EXPECT_EQ(plan.from[0].way, Way::Map);
  EXPECT_EQ(plan.from[0].types[96], 111);
  EXPECT_EQ(plan.from[0].types[101], 110);
  EXPECT_EQ(plan.from[1].types[111], 96);
  EXPECT_EQ(plan.from[1].types[110], 101);
  EXPECT_TRUE(plan.from[0].events_pass);
  EXPECT_FALSE(plan.from[0].listen());
  // What the other side would take for something else does not reach it.
  EXPECT_EQ(plan.from[0].types[111], DirectionPlan::kDropped);
  EXPECT_EQ(plan.from[0].types[34], 34);
}

TEST(Plan, OtherCodingIsRecodedBothWays) {
  const auto plan = plan_between(audio_terms({pcmu()}, 101), audio_terms({g722(), pcma()}, 101));
  EXPECT_EQ(plan.from[0].way, Way::Recode);
  EXPECT_EQ(plan.from[1].way, Way::Recode);
  EXPECT_TRUE(plan.from[0].speak);
  EXPECT_TRUE(plan.from[0].listen());
}

TEST(Plan, AmrPassesWhereItsFramingAndModesFit) {
  auto modes = amr(97);
  modes.mode_set = 0x80;
  EXPECT_TRUE(same_coding(modes, amr(98)));
  EXPECT_FALSE(same_coding(amr(98), modes));
  auto aligned = amr(97);
  aligned.octet_aligned = true;
  EXPECT_FALSE(same_coding(aligned, amr(97)));
}

TEST(Plan, AnotherPacketLengthIsMadeOnlyWhereItIsAskedFor) {
  auto a = audio_terms({pcmu()}, 101), b = audio_terms({pcmu()}, 101);
  b.formats[0].ptime_ms = 30;
  EXPECT_TRUE(plan_between(a, b).plain());
  b.fixed_ptime = true;
  EXPECT_EQ(plan_between(a, b).from[0].way, Way::Recode);
  EXPECT_EQ(plan_between(a, b).from[1].way, Way::Pass);
}

TEST(Plan, EncryptionAloneIsPassedAndNotPlain) {
  auto a = audio_terms({pcmu()}, 101);
  const auto b = a;
  a.send.suite = a.receive.suite = domain::SrtpSuite::AesCm128Sha1_80;
  const auto plan = plan_between(a, b);
  EXPECT_FALSE(plan.plain());
  EXPECT_TRUE(plan.secure[0]);
  EXPECT_FALSE(plan.secure[1]);
  EXPECT_EQ(plan.from[0].way, Way::Pass);
}

TEST(Plan, FaxIsBridgedWhereAPolicyAsksAndOneSideSpeaksAudio) {
  auto fax = audio_terms({}, 0), audio = audio_terms({pcma()}, 0);
  EXPECT_FALSE(plan_of({&fax, true}, {&audio, false}).fax_side);
  audio.fax = domain::FaxMode::Audio;
  EXPECT_EQ(plan_of({&fax, true}, {&audio, false}).fax_side, 0u);
  EXPECT_EQ(plan_of({&audio, false}, {&fax, true}).fax_side, 1u);
  EXPECT_FALSE(plan_of({&fax, true}, {&fax, true}).fax_side);
}

TEST(Plan, AFaxIsListenedForWhereSomethingFollowsFromIt) {
  using enum domain::FaxMode;
  const auto heard = [](domain::FaxMode mode, const domain::MediaFormat& format, bool carried = false) {
    auto own = audio_terms({format}, 0);
    own.fax = mode;
    own.fax_audio = carried;
    const auto plan = plan_between(own, audio_terms({format}, 0));
    EXPECT_EQ(plan.from[0].hear_fax, plan.from[1].hear_fax);
    return plan.from[0].hear_fax;
  };
  EXPECT_TRUE(heard(T38, pcma()));
  EXPECT_TRUE(heard(T38, g729()));
  EXPECT_FALSE(heard(T38, pcma(), true));
  EXPECT_TRUE(heard(Audio, g729()));
  EXPECT_FALSE(heard(Audio, pcma())) << "it has what it gets";
  EXPECT_FALSE(heard(Pass, g729()));
}

// How digits go, for every pair of ways.
struct DigitRow {
  domain::DtmfMode from, to;
  bool pass, take, hear, speak;
};

TEST(Plan, DigitsGoInTheWayOfWhoGetsThem) {
  using enum domain::DtmfMode;
  const DigitRow rows[] = {
      {Rfc4733, Rfc4733, true, false, false, false}, {Rfc4733, Info, false, true, false, false},
      {Rfc4733, Inband, false, true, false, true},   {Info, Rfc4733, true, false, false, false},
      {Info, Info, false, true, false, false},       {Info, Inband, false, true, false, true},
      {Inband, Rfc4733, false, false, true, false},  {Inband, Info, false, false, true, false},
      {Inband, Inband, false, false, false, false},
  };
  for (const auto& row : rows) {
    auto a = audio_terms({pcmu()}, 101), b = audio_terms({pcmu()}, 101);
    a.dtmf = row.from;
    b.dtmf = row.to;
    const auto plan = plan_between(a, b).from[0];
    const auto name =
        std::to_string(static_cast<int>(row.from)) + " to " + std::to_string(static_cast<int>(row.to));
    EXPECT_EQ(plan.events_pass, row.pass) << name;
    EXPECT_EQ(plan.take_events, row.take) << name;
    EXPECT_EQ(plan.hear_digits, row.hear) << name;
    EXPECT_EQ(plan.speak, row.speak) << name;
    // An event that is not for the other side does not reach it.
    EXPECT_EQ(plan.types[101], row.pass ? 101 : DirectionPlan::kDropped) << name;
  }
}

TEST(Plan, AutoTakesWhatWasAgreed) {
  EXPECT_EQ(digits_of(audio_terms({pcmu()}, 101)), DigitWay::Events);
  EXPECT_EQ(digits_of(audio_terms({pcmu()}, 0)), DigitWay::Tones);
  EXPECT_EQ(digits_of(audio_terms({}, 0)), DigitWay::None);
  const auto plan = plan_between(audio_terms({pcmu()}, 0), audio_terms({pcmu()}, 101));
  EXPECT_TRUE(plan.from[0].hear_digits);
  EXPECT_TRUE(plan.from[1].take_events);
  EXPECT_TRUE(plan.from[1].speak);
}

}  // namespace
}  // namespace warp::media
