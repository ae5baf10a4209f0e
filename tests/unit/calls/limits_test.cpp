// Limits alone, and as calls feel them.
#include "warp/calls/limits.h"

#include <array>
#include <new>
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
  EXPECT_EQ(limits.take_provider(kProvider, {1, {}}, now).refusal, Reason::ProviderCpsExceeded);
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

TEST(Limits, SayHowManyCallsASecondPassed) {
  Limits limits;
  const auto key = calls::LimitKey::trunk(kTrunk, Direction::Outbound);
  Monotonic now{1h};
  for (int i = 0; i < 7; ++i) {
    limits.take(key, {5, {}}, now);
    now += 50ms;
  }
  EXPECT_EQ(limits.per_second(key, now), 6u) << "five at once, and what 300 ms of five a second give back";
  EXPECT_EQ(limits.per_second(key, now + 500ms), 6u);
  EXPECT_EQ(limits.per_second(key, now + 2s), 0u);
  limits.take(key, {}, now + 2s);
  EXPECT_EQ(limits.per_second(key, now + 2s), 1u) << "calls without a ceiling are counted, too";
}

TEST(Limits, LeaveRoomForWhatOtherNodesHold) {
  Limits limits;
  const auto key = calls::LimitKey::account(id_of<CustomerId>(1), Direction::Outbound);
  const Monotonic now{1h};
  const auto one = limits.take(key, {{}, 10}, now);
  limits.each([](calls::LimitCounters& counters) { counters.set_others(8, 0); });
  const auto two = limits.take(key, {{}, 10}, now);
  EXPECT_TRUE(two.token);
  EXPECT_EQ(limits.take(key, {{}, 10}, now).refusal, Reason::AccountChannelsExceeded);
  limits.each([](calls::LimitCounters& counters) { counters.set_others(50, 0); });
  EXPECT_EQ(limits.take(key, {{}, 10}, now).refusal, Reason::AccountChannelsExceeded);
  limits.each([](calls::LimitCounters& counters) { counters.set_others(0, 0); });
  EXPECT_TRUE(limits.take(key, {{}, 10}, now).token);
}

TEST(Limits, ShareARateByWhatEachNodeAsksFor) {
  Limits limits;
  const auto key = calls::LimitKey::provider(kProvider);
  Monotonic now{1h};
  int passed = 0;
  // 30 a second are asked for here and 30 elsewhere, of 20.
  for (int i = 0; i < 300; ++i) {
    const bool granted = limits.take(key, {20, {}}, now).refusal == Reason::NormalClearing;
    if (i == 0) limits.each([](calls::LimitCounters& counters) { counters.set_others(0, 30); });
    if (i >= 60) passed += granted;
    now += 33ms;
  }
  EXPECT_NEAR(passed, 80, 12) << "ten a second in eight seconds";
}

TEST(Limits, AnAdoptedCallCountsWhateverTheCeiling) {
  Limits limits(2);
  const auto key = calls::LimitKey::endpoint(7);
  {
    const auto recovered = limits.adopt(key, 1);
    EXPECT_EQ(limits.take(key, {{}, 1}, Monotonic{}, 0).refusal, Reason::ProviderChannelsExceeded);
    EXPECT_EQ(limits.channels(key), 1u);
  }
  EXPECT_EQ(limits.channels(key), 0u);
}

TEST(Limits, AnAuditPutsRightWhatOneShardHasWrong) {
  Limits limits(2);
  const auto key = calls::LimitKey::trunk(kTrunk, Direction::Inbound);
  const auto of_other_shard = limits.adopt(key, 1);
  auto held_here = limits.adopt(key, 0);
  Limits::Held held{{held_here.counters(), 1}};
  const auto nothing = [](const calls::LimitKey&, std::int64_t) { ADD_FAILURE(); };
  EXPECT_EQ(limits.audit(0, held, nothing), 0u);
  alignas(ChannelToken) std::array<std::byte, sizeof(ChannelToken)> never_destroyed;  // as by a defect
  new (never_destroyed.data()) ChannelToken(limits.adopt(key, 0));
  EXPECT_EQ(limits.channels(key), 3u);
  std::int64_t by = 0;
  EXPECT_EQ(limits.audit(0, held,
                         [&](const calls::LimitKey& which, std::int64_t wrong) {
                           EXPECT_EQ(which, key);
                           by = wrong;
                         }),
            1u);
  EXPECT_EQ(by, 1);
  EXPECT_EQ(limits.channels(key), 2u);
  held_here.release();
  EXPECT_EQ(limits.audit(0, held, [&](const calls::LimitKey&, std::int64_t wrong) { by = wrong; }), 1u);
  EXPECT_EQ(by, -1) << "and one that counted too little";
  EXPECT_EQ(limits.channels(key), 2u);
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
  EXPECT_EQ(scene.bench.records.records[0].reason, Reason::DirectionDisabled);
  EXPECT_EQ(scene.bench.records.records[1].reason, Reason::DirectionDisabled);
  EXPECT_EQ(scene.bench.limits.trunk_channels(kTrunk, Direction::Outbound), 0u);
  EXPECT_EQ(scene.bench.limits.trunk_channels(kTrunk, Direction::Inbound), 0u);
}

TEST(LimitsOnCalls, AnAccountsCeilingHoldsOverItsTrunks) {
  CallScene scene;
  auto& second = scene.bench.world.trunk(2, 1);
  second.endpoints.push_back(CatalogueBuilder::endpoint(12, "192.0.2.20:5060"));
  scene.bench.world.acl("192.0.2.20/32", 2);
  scene.bench.world.catalogue.customers[0].channels_outbound = 1;
  scene.bench.publish();
  scene.establish();
  SipPeer other(scene.bench, "192.0.2.20:5060");
  other.invite({.body = scene.caller_sdp()});
  other.expect_status(100);
  const auto refused = other.expect_status(503);
  EXPECT_EQ(refused.header(sip::HeaderId::Reason), "WARP;cause=3008;text=\"ACCOUNT_CHANNELS_EXCEEDED\"");
  EXPECT_EQ(refused.header(sip::HeaderId::RetryAfter), "5");
  EXPECT_EQ(scene.bench.limits.trunk_channels(id_of<TrunkId>(2), Direction::Outbound), 0u);
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.limits.channels(calls::LimitKey::account(id_of<CustomerId>(1), Direction::Outbound)),
            0u);
}

TEST(LimitsOnCalls, AnEndpointsOwnLimitSendsTheCallOn) {
  CallScene scene;
  scene.bench.provider(0).endpoints[0].channels = 1;
  scene.bench.publish();
  scene.establish();
  EXPECT_EQ(scene.bench.engine.audit_limits(), 0u);
  SipPeer again(scene.bench, "192.0.2.10:5060");
  again.invite({.body = scene.caller_sdp()});
  scene.second.expect_request("INVITE");
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.limits.provider_channels(kProvider), 1u);
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

TEST(LimitsOnCalls, AFullProviderComesLast) {
  CallScene scene;
  scene.bench.provider(0).channels = 0;
  scene.bench.publish();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.second.expect_request("INVITE");
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().attempts.size(), 1u);
}

TEST(LimitsOnCalls, AFullProviderIsPassedOver) {
  CallScene scene;
  scene.bench.provider(0).channels = 0;
  scene.bench.publish();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.second.answer(scene.second.expect_request("INVITE"), 503);
  EXPECT_TRUE(scene.first.quiet());
  ASSERT_EQ(scene.bench.record().attempts.size(), 2u);
  EXPECT_EQ(scene.bench.record().attempts.at(1).reason, Reason::ProviderChannelsExceeded);
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
