// A refused caller hears why, and is then refused.
#include <gtest/gtest.h>

#include "support/fake_charging.h"
#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

struct RefusalClip : testing::Test {
  explicit RefusalClip(calls::Settings settings = {})
      : bench(std::move(settings), nullptr, nullptr, {}, nullptr, 0, &charging) {
    bench.clips.add("no-money", 5s);
    bench.trunk().sip.media.refusal_clip = "no-money";
    bench.publish();
    charging.verdict = {Reason::InsufficientFunds, {}, "the rule"};
  }
  sip::Message hear() {
    caller.invite({.body = CallScene::caller_sdp()});
    caller.expect_status(100);
    return caller.expect_status(183);
  }
  void end_clip() {
    bench.media.only().end_clip(MediaSide::A);
    bench.executor.run();
  }

  FakeCharging charging;
  CallBench bench;
  SipPeer caller{bench, "192.0.2.10:5060"};
  SipPeer first{bench, "203.0.113.1:5060"};
};

TEST_F(RefusalClip, IsHeardBeforeTheRefusal) {
  const auto early = hear();
  EXPECT_EQ(parsed(early).media[0].port, 30000);
  ASSERT_EQ(bench.media.only().clips.size(), 1u);
  EXPECT_FALSE(bench.media.only().clips[0].loop);
  EXPECT_EQ(bench.records.records.size(), 0u);
  end_clip();
  const auto refused = caller.expect_status(402);
  EXPECT_NE(refused.text().find("INSUFFICIENT_FUNDS"), std::string::npos);
  EXPECT_EQ(refused.to().tag, early.to().tag);
  ASSERT_EQ(bench.records.records.size(), 1u);
  EXPECT_EQ(bench.record().reason, Reason::InsufficientFunds);
  EXPECT_FALSE(bench.record().answered_at);
  EXPECT_TRUE(bench.media.live.empty());
  EXPECT_TRUE(first.quiet());
  EXPECT_TRUE(charging.taken.empty());
}

TEST_F(RefusalClip, DoesNotWaitForAnEndThatIsNotTold) {
  hear();
  bench.pass(5'900ms);
  EXPECT_TRUE(caller.quiet());
  bench.pass(200ms);
  caller.expect_status(402);
  EXPECT_EQ(bench.records.records.size(), 1u);
}

TEST_F(RefusalClip, LastsThirtySecondsAtMost) {
  bench.clips.add("no-money", 10min);
  hear();
  bench.pass(29'900ms);
  EXPECT_TRUE(caller.quiet());
  bench.pass(200ms);
  caller.expect_status(402);
}

TEST_F(RefusalClip, EndsWhenTheCallerGivesUpAndTheRecordKeepsWhy) {
  hear();
  caller.cancel();
  caller.expect_status(200);
  caller.expect_status(487);
  ASSERT_EQ(bench.records.records.size(), 1u);
  EXPECT_EQ(bench.record().reason, Reason::InsufficientFunds);
  EXPECT_EQ(bench.record().sip_status, 487);
  EXPECT_TRUE(bench.media.live.empty());
  bench.pass(40s);
  EXPECT_EQ(bench.records.records.size(), 1u);
}

TEST_F(RefusalClip, EndsWithTheDaemon) {
  hear();
  bench.engine.end_all(Reason::DaemonStopping);
  EXPECT_EQ(caller.next().status() / 100, 5);
  EXPECT_EQ(bench.record().reason, Reason::DaemonStopping);
}

TEST_F(RefusalClip, HoldsNoChannelMeanwhile) {
  bench.trunk().channels_outbound = 1;
  bench.publish();
  hear();
  charging.verdict = {};
  charging.verdict.hold.unlimited = true;
  SipPeer other{bench, "192.0.2.10:5060"};
  other.invite({.body = CallScene::caller_sdp()});
  other.expect_status(100);
  first.expect_request("INVITE");
}

TEST_F(RefusalClip, IsForThoseToWhomItMeansSomething) {
  charging.verdict = {};
  charging.verdict.hold.unlimited = true;
  caller.invite({.body = CallScene::caller_sdp()});
  caller.expect_status(100);
  first.answer(first.expect_request("INVITE"), 486);
  caller.expect_status(486);
  EXPECT_TRUE(bench.media.live.empty());
}

TEST_F(RefusalClip, ComesAfterAllRoutesFailedAndGivesTheMoneyBackBefore) {
  charging.verdict = {};
  charging.verdict.hold.covered = 60s;
  SipPeer second{bench, "203.0.113.2:5060"};
  caller.invite({.body = CallScene::caller_sdp()});
  caller.expect_status(100);
  first.answer(first.expect_request("INVITE"), 503);
  second.answer(second.expect_request("INVITE"), 503);
  caller.expect_status(183);
  EXPECT_EQ(charging.released.size(), 1u);
  end_clip();
  EXPECT_EQ(caller.next().status(), 503);
  EXPECT_EQ(bench.record().reason, Reason::AllRoutesFailed);
  EXPECT_EQ(charging.released.size(), 1u);
  EXPECT_TRUE(charging.taken.empty());
}

TEST_F(RefusalClip, IsHeardByThoseRefusedBeforeTheirOfferWasLookedAt) {
  bench.trunk().enabled = false;
  bench.publish();
  hear();
  end_clip();
  caller.expect_status(403);
  EXPECT_EQ(bench.record().reason, Reason::TrunkDisabled);
}

TEST_F(RefusalClip, WithoutAClipOrPortsIsARefusalAtOnce) {
  bench.media.failure = domain::MediaError::PortsExhausted;
  caller.invite({.body = CallScene::caller_sdp()});
  caller.expect_status(100);
  caller.expect_status(402);
  bench.media.failure.reset();
  bench.clips.clips.clear();
  caller.invite({.body = CallScene::caller_sdp()});
  caller.expect_status(100);
  caller.expect_status(402);
  EXPECT_EQ(bench.records.records.size(), 2u);
}

struct FewRefusals : RefusalClip {
  static calls::Settings two() {
    calls::Settings settings;
    settings.refusal_clips_per_shard = 2;
    return settings;
  }
  FewRefusals() : RefusalClip(two()) {}
};

TEST_F(FewRefusals, BeyondTheCeilingAreRefusedAtOnce) {
  SipPeer another{bench, "192.0.2.10:5060"}, third{bench, "192.0.2.10:5060"};
  hear();
  another.invite({.body = CallScene::caller_sdp()});
  another.expect_status(100);
  another.expect_status(183);
  third.invite({.body = CallScene::caller_sdp()});
  third.expect_status(100);
  third.expect_status(402);
  // A place is free again.
  another.cancel();
  another.expect_status(200);
  another.expect_status(487);
  third.invite({.body = CallScene::caller_sdp()});
  third.expect_status(100);
  third.expect_status(183);
}

}  // namespace
}  // namespace warp
