// A call whose credit ends is told so, and ends no later for it.
#include <gtest/gtest.h>

#include "support/fake_charging.h"
#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

struct CutOff : testing::Test {
  CutOff() {
    scene.bench.clips.add("low", 3s);
    scene.bench.clips.add("music", 60s);
    scene.bench.trunk().sip.media.cut_off_clip = "low";
    scene.bench.publish();
    cover(20s);
  }
  void cover(std::chrono::seconds covered) {
    charging.verdict = {};
    charging.verdict.hold.reserved = Money::from_nanos(covered.count() * 1'000'000);
    charging.verdict.hold.covered = covered;
  }
  void refuse() { charging.verdict = {Reason::InsufficientFunds, {}, "the rule"}; }
  std::string heard() { return scene.bench.media.only().heard_by(MediaSide::A); }

  FakeCharging charging;
  CallScene scene{charging};
};

TEST_F(CutOff, TheClipEndsWhereTheCreditDoes) {
  scene.establish();
  refuse();
  scene.bench.pass(16'900ms);
  EXPECT_EQ(heard(), "");
  scene.bench.pass(200ms);
  EXPECT_EQ(heard(), "low");
  EXPECT_EQ(scene.bench.media.only().heard_by(MediaSide::B), "");
  scene.bench.pass(2'800ms);
  EXPECT_TRUE(scene.caller.quiet());
  scene.bench.pass(200ms);
  scene.caller.expect_request("BYE");
  scene.first.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::CreditExhausted);
  EXPECT_TRUE(scene.bench.record().charge.cut_off);
  EXPECT_EQ(scene.bench.record().price->billed_seconds, 20u);
}

TEST_F(CutOff, APaymentSilencesIt) {
  scene.establish();
  refuse();
  scene.bench.pass(17'500ms);
  EXPECT_EQ(heard(), "low");
  cover(90s);
  scene.bench.pass(1'500ms);
  EXPECT_EQ(heard(), "");
  scene.bench.pass(10s);
  EXPECT_TRUE(scene.caller.quiet());
  // And it is told again when that ends.
  refuse();
  scene.bench.pass(58'200ms);
  EXPECT_EQ(heard(), "low");
}

TEST_F(CutOff, AHangUpMeanwhileEndsIt) {
  scene.establish();
  refuse();
  scene.bench.pass(18s);
  EXPECT_EQ(heard(), "low");
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  scene.bench.pass(10s);
  ASSERT_EQ(scene.bench.records.records.size(), 1u);
  EXPECT_EQ(scene.bench.record().reason, Reason::NormalClearing);
  EXPECT_FALSE(scene.bench.record().charge.cut_off);
}

TEST_F(CutOff, MoreIsAskedForEarlyEnoughForALongClip) {
  scene.bench.clips.add("low", 8s);
  scene.establish();
  refuse();
  scene.bench.pass(11'900ms);
  EXPECT_FALSE(charging.extended.empty()) << "before the usual five seconds";
  EXPECT_EQ(heard(), "");
  scene.bench.pass(200ms);
  EXPECT_EQ(heard(), "low");
}

TEST_F(CutOff, OfAShortCoverItBeginsWithTheRefusal) {
  cover(4s);
  scene.establish();
  refuse();
  scene.bench.pass(1'900ms);
  EXPECT_EQ(heard(), "");
  scene.bench.pass(200ms);
  EXPECT_EQ(heard(), "low");
  scene.bench.pass(2s);
  EXPECT_EQ(scene.bench.record().price->billed_seconds, 4u);
}

TEST_F(CutOff, IsHeardWhenNobodyAnswersForTheMoney) {
  scene.establish();
  charging.way = FakeCharging::Way::Never;
  scene.bench.pass(17'200ms);
  EXPECT_EQ(heard(), "low");
  scene.bench.pass(3s);
  EXPECT_EQ(scene.bench.record().reason, Reason::CreditExhausted);
}

TEST_F(CutOff, ComesBeforeMusicWhichComesBack) {
  scene.bench.trunk().sip.media.hold_music = "music";
  scene.bench.publish();
  scene.establish();
  scene.first.request("INVITE", audio("203.0.113.1", 5000, "a=sendonly\r\n"));
  scene.first.expect_status(100);
  scene.caller.answer(scene.caller.expect_request("INVITE"), 200,
                      audio("192.0.2.10", 4000, "a=recvonly\r\n"));
  EXPECT_EQ(heard(), "music");
  refuse();
  scene.bench.pass(18s);
  EXPECT_EQ(heard(), "low");
  cover(90s);
  scene.bench.pass(1'500ms);
  EXPECT_EQ(heard(), "music");
}

TEST_F(CutOff, WithoutAClipTheEndIsAsItWas) {
  scene.bench.trunk().sip.media.cut_off_clip = "nowhere";
  scene.bench.publish();
  scene.establish();
  refuse();
  scene.bench.pass(20'100ms);
  EXPECT_EQ(scene.bench.record().reason, Reason::CreditExhausted);
  EXPECT_EQ(scene.bench.record().price->billed_seconds, 20u);
}

}  // namespace
}  // namespace warp
