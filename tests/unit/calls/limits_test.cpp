// Limits alone, and as calls feel them.
#include "warp/calls/limits.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using calls::ChannelToken;
using calls::Limits;
using domain::Direction;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

const TrunkId kTrunk = id_of<TrunkId>(1);
const ProviderId kProvider = id_of<ProviderId>(1);

TEST(Limits, CountLivingTokens) {
  Limits limits;
  const Monotonic now{};
  {
    auto one = limits.take_trunk(kTrunk, Direction::Outbound, {{}, 2}, now);
    auto two = limits.take_trunk(kTrunk, Direction::Outbound, {{}, 2}, now);
    EXPECT_TRUE(one.token && two.token);
    const auto three = limits.take_trunk(kTrunk, Direction::Outbound, {{}, 2}, now);
    EXPECT_EQ(three.refusal, Reason::TrunkChannelsExceeded);
    EXPECT_TRUE(limits.take_trunk(kTrunk, Direction::Inbound, {{}, 2}, now).token);
    EXPECT_EQ(limits.trunk_channels(kTrunk, Direction::Outbound), 2u);
    ChannelToken moved = std::move(one.token);
    one.token = std::move(moved);
    EXPECT_EQ(limits.trunk_channels(kTrunk, Direction::Outbound), 2u);
  }
  EXPECT_EQ(limits.trunk_channels(kTrunk, Direction::Outbound), 0u);
  EXPECT_EQ(limits.trunk_channels(kTrunk, Direction::Inbound), 0u);
}

TEST(Limits, CallsPerSecondAreABucketOfOneSecond) {
  Limits limits;
  Monotonic now{1h};
  const auto allowed = [&] {
    return limits.take_provider(kProvider, {10, {}}, now).refusal == Reason::NormalClearing;
  };
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(allowed()) << i;
  EXPECT_FALSE(allowed());
  now += 100ms;
  EXPECT_TRUE(allowed());
  EXPECT_FALSE(allowed());
  // A steady ten a second passes for ever.
  for (int i = 0; i < 100; ++i) {
    now += 100ms;
    EXPECT_TRUE(allowed()) << i;
  }
  EXPECT_EQ(limits.provider_channels(kProvider), 0u);
}

TEST(Limits, ALoweredRateHoldsFromTheNextCallOn) {
  Limits limits;
  Monotonic now{1h};
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(limits.take_provider(kProvider, {1000, {}}, now).token);
  EXPECT_EQ(limits.take_provider(kProvider, {1, {}}, now).refusal, Reason::TrunkCpsExceeded);
  now += 2s;
  EXPECT_TRUE(limits.take_provider(kProvider, {1, {}}, now).token);
}

TEST(Limits, DoNotDriftWhenShardsRace) {
  Limits limits;
  std::vector<std::thread> shards;
  std::atomic<int> peak_broken{0};
  for (int shard = 0; shard < 4; ++shard)
    shards.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        const auto grant = limits.take_trunk(kTrunk, Direction::Outbound, {{}, 3}, Monotonic{});
        if (limits.trunk_channels(kTrunk, Direction::Outbound) > 3) ++peak_broken;
      }
    });
  for (auto& shard : shards)
    shard.join();
  EXPECT_EQ(peak_broken, 0);
  EXPECT_EQ(limits.trunk_channels(kTrunk, Direction::Outbound), 0u);
}

TEST(LimitsOnCalls, ChannelsOfATrunk) {
  CallScene scene;
  scene.bench.trunk().channels_outbound = 1;
  scene.bench.publish();
  scene.establish();
  SipPeer again(scene.bench, "192.0.2.10:5060");
  again.invite({.body = scene.caller_sdp()});
  again.expect_status(100);
  const auto response = again.expect_status(503);
  EXPECT_EQ(response.header(sip::HeaderId::RetryAfter), "5");
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=3002;text=\"TRUNK_CHANNELS_EXCEEDED\"");
  EXPECT_EQ(scene.bench.record().reason, Reason::TrunkChannelsExceeded);
  scene.caller.request("BYE");
  scene.bench.sender.mail.clear();
  scene.start();
}

TEST(LimitsOnCalls, CallsPerSecondOfATrunk) {
  CallScene scene;
  scene.bench.trunk().cps_outbound = 1;
  scene.bench.publish();
  scene.first.answer(scene.start(), 486);
  scene.caller.drop_mail();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  scene.caller.expect_status(503);
  EXPECT_EQ(scene.bench.records.records.at(1).reason, Reason::TrunkCpsExceeded);
  scene.bench.pass(1s);
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.start();
}

TEST(LimitsOnCalls, ZeroClosesTheDirection) {
  CallScene scene;
  scene.bench.trunk().channels_outbound = 0;
  scene.bench.trunk().cps_inbound = 0;
  scene.bench.publish();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  EXPECT_EQ(scene.caller.expect_status(503).header(sip::HeaderId::RetryAfter), "5");
  scene.first.invite({.dni = "12025550199", .body = scene.callee_sdp()});
  scene.first.expect_status(100);
  EXPECT_EQ(scene.first.expect_status(503).header(sip::HeaderId::RetryAfter), "5");
  ASSERT_EQ(scene.bench.records.records.size(), 2u);
  EXPECT_EQ(scene.bench.records.records[0].reason, Reason::TrunkChannelsExceeded);
  EXPECT_EQ(scene.bench.records.records[1].reason, Reason::TrunkCpsExceeded);
  EXPECT_EQ(scene.bench.limits.trunk_channels(kTrunk, Direction::Outbound), 0u);
  EXPECT_EQ(scene.bench.limits.trunk_channels(kTrunk, Direction::Inbound), 0u);
}

TEST(LimitsOnCalls, InboundCallsCountOnTheTrunkTheyGoTo) {
  CallScene scene;
  scene.bench.trunk().channels_inbound = 1;
  scene.bench.publish();
  scene.first.invite({.dni = "12025550199", .body = scene.callee_sdp()});
  scene.caller.expect_request("INVITE");
  scene.second.invite({.dni = "12025550199", .body = scene.callee_sdp()});
  scene.second.expect_status(100);
  scene.second.expect_status(503);
  EXPECT_EQ(scene.bench.limits.trunk_channels(kTrunk, Direction::Inbound), 1u);
}

TEST(LimitsOnCalls, AFullProviderIsSkipped) {
  CallScene scene;
  scene.bench.provider(0).channels = 0;
  scene.bench.publish();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.second.expect_request("INVITE");
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().attempts.at(0).reason, Reason::TrunkChannelsExceeded);
}

TEST(LimitsOnCalls, WhenAllProvidersAreFullTheCallFails) {
  CallScene scene;
  scene.bench.provider(0).channels = 0;
  scene.bench.provider(1).cps = 0;
  scene.bench.publish();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  scene.caller.expect_status(503);
  EXPECT_EQ(scene.bench.record().reason, Reason::AllRoutesFailed);
}

}  // namespace
}  // namespace warp
