#include "warp/calls/prober.h"

#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Health;
using namespace test;
using namespace std::chrono_literals;

struct ProbeScene : CallScene {
  ProbeScene() {
    auto& policy = bench.provider(0).sip.health;
    policy.probe = true;
    policy.probe_interval = 10s;
    policy.probe_timeout = 2s;
    policy.down_after = 2;
    policy.up_after = 1;
    bench.publish();
    prober.start();
  }
  // The next OPTIONS, at the moment when it comes.
  sip::Message next_probe() {
    first.drop_mail();
    for (int i = 0; i < 1000 && first.quiet(); ++i)
      bench.pass(20ms);
    return first.expect_request("OPTIONS");
  }
  Health health() const {
    const auto states = bench.board.of(1);
    return states.empty() ? Health::Up : states[0].health;
  }

  calls::Prober prober{{bench.layer, bench.sender, bench.wheel, bench.executor, bench.clock, bench.ids,
                        bench.snapshots, bench.board},
                       0,
                       "WARP"};
};

TEST(Prober, AsksAsTheCarriersDo) {
  ProbeScene scene;
  const auto options = scene.next_probe();
  EXPECT_EQ(options.request_uri(), "sip:203.0.113.1:5060");
  EXPECT_EQ(options.max_forwards(), 70);
  EXPECT_EQ(options.from().uri, "sip:198.51.100.1:5060");
  EXPECT_EQ(options.header(sip::HeaderId::CSeq), "1 OPTIONS");
  EXPECT_EQ(sip::shard_of(options.call_id(), 4), 0u);
  scene.first.answer(options, 200);
  EXPECT_EQ(scene.prober.watched(), 1u);
  EXPECT_TRUE(scene.second.quiet());
  EXPECT_EQ(scene.bench.board.of(1).at(0).last_status, 200);
}

TEST(Prober, SilenceTakesTheEndpointOutAndCallsGoToTheNext) {
  ProbeScene scene;
  scene.bench.pass(30s);
  EXPECT_EQ(scene.health(), Health::Down);
  scene.first.drop_mail();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  scene.second.expect_request("INVITE");
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().attempts.at(0).reason, domain::Reason::TargetUnhealthy);
  EXPECT_EQ(scene.bench.record().attempts.at(0).address, "203.0.113.1:5060");
}

TEST(Prober, AnAnswerBringsItBack) {
  ProbeScene scene;
  scene.bench.pass(30s);
  ASSERT_EQ(scene.health(), Health::Down);
  // Retransmissions of lost probes are answered, too, and say nothing.
  for (int i = 0; i < 20 && scene.health() == Health::Down; ++i)
    scene.first.answer(scene.next_probe(), 405);
  EXPECT_EQ(scene.health(), Health::Up);
  scene.first.drop_mail();
  scene.start();
}

TEST(Prober, WhatIsDisabledIsNotAskedAndNotRemembered) {
  ProbeScene scene;
  scene.bench.pass(30s);
  ASSERT_EQ(scene.health(), Health::Down);
  scene.bench.provider(0).enabled = false;
  scene.bench.publish();
  scene.bench.pass(40s);  // what is under way is retransmitted for 64*T1
  scene.first.drop_mail();
  scene.bench.pass(60s);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.prober.watched(), 0u);
  EXPECT_TRUE(scene.bench.board.of(1).empty());
}

TEST(Prober, EndsWithItsPolicy) {
  ProbeScene scene;
  scene.bench.pass(30s);
  ASSERT_EQ(scene.health(), Health::Down);
  scene.bench.provider(0).sip.health.probe = false;
  scene.bench.publish();
  scene.bench.pass(5s);
  EXPECT_EQ(scene.health(), Health::Up);
  scene.bench.pass(40s);  // what is under way is retransmitted for 64*T1
  scene.first.drop_mail();
  scene.bench.pass(60s);
  EXPECT_TRUE(scene.first.quiet());
}

}  // namespace
}  // namespace warp
