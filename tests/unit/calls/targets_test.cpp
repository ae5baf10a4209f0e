// Endpoints by name, their health, and what an operator disables while a call is set up.
#include <gtest/gtest.h>

#include "support/dns_server.h"
#include "support/sip_peer.h"
#include "support/wait.h"

namespace warp {
namespace {

using domain::Health;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

// A resolver on a loop that the test drives, before the calls that use it.
struct DnsBench {
  ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  net::Loop loop{"dns", clock, metrics};
  DnsServer server{loop};
  net::dns::Resolver resolver{loop, settings(), metrics, log};
  sip::Locator locator{resolver};

  net::dns::Settings settings() const {
    net::dns::Settings settings;
    settings.servers = {server.address()};
    settings.hosts_file.clear();
    return settings;
  }
};

struct NamedScene : DnsBench, CallScene {
  NamedScene() : CallScene(calls::Settings{}, &locator) {
    auto& endpoint = CallScene::bench.provider(0).endpoints[0];
    endpoint.host = "sip.carrier.example";
    endpoint.address = {};
    endpoint.any_transport = true;
    CallScene::bench.publish();
    server.records = {dns_srv("_sip._udp.sip.carrier.example", 1, 1, 5060, "gw1.carrier.example"),
                      dns_srv("_sip._udp.sip.carrier.example", 2, 1, 5070, "gw2.carrier.example"),
                      dns_a("gw1.carrier.example", "203.0.113.1"),
                      dns_a("gw2.carrier.example", "203.0.113.1")};
  }
  void invite() {
    caller.invite({.body = caller_sdp()});
    caller.expect_status(100);
  }
  // Until a message is on its way to somebody.
  bool resolve() {
    return poll_until({&loop}, [&] {
      CallScene::bench.executor.run();
      return !CallScene::bench.sender.mail.empty();
    });
  }
  SipPeer gateway2{CallScene::bench, "203.0.113.1:5070"};
};

TEST(Targets, ANameIsLookedUpAndItsTargetsAreTriedInOrder) {
  NamedScene scene;
  scene.invite();
  EXPECT_TRUE(scene.first.quiet());
  ASSERT_TRUE(scene.resolve());
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_EQ(far.request_uri(), "sip:12125550100@sip.carrier.example");
  EXPECT_EQ(far.to().uri, "sip:12125550100@sip.carrier.example");
  scene.first.answer(far, 503);
  scene.first.expect_request("ACK");
  scene.gateway2.answer(scene.gateway2.expect_request("INVITE"), 200, audio("203.0.113.1", 5000));
  scene.gateway2.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.caller.request("BYE");
  const auto& record = scene.CallScene::bench.record();
  ASSERT_EQ(record.attempts.size(), 2u);
  EXPECT_EQ(record.attempts[0].address, "203.0.113.1:5060");
  EXPECT_EQ(record.attempts[1].address, "203.0.113.1:5070");
  EXPECT_EQ(record.provider, id_of<ProviderId>(1));
}

TEST(Targets, ARememberedNameIsTakenAtOnce) {
  NamedScene scene;
  scene.invite();
  ASSERT_TRUE(scene.resolve());
  scene.first.expect_request("INVITE");
  scene.caller.cancel();
  scene.first.drop_mail();
  scene.caller.drop_mail();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.first.expect_request("INVITE");
}

TEST(Targets, TheTargetsOfANameCountAsAttempts) {
  NamedScene scene;
  scene.CallScene::bench.world.catalogue.partitions[0].max_attempts = 1;
  scene.CallScene::bench.publish();
  scene.invite();
  ASSERT_TRUE(scene.resolve());
  scene.first.answer(scene.first.expect_request("INVITE"), 503);
  scene.caller.expect_status(503);
  EXPECT_TRUE(scene.gateway2.quiet());
}

TEST(Targets, ANameThatIsNotThereIsPassedOver) {
  NamedScene scene;
  scene.server.records.clear();
  scene.invite();
  ASSERT_TRUE(scene.resolve());
  scene.second.expect_request("INVITE");
  scene.caller.cancel();
  const auto& attempts = scene.CallScene::bench.record().attempts;
  EXPECT_EQ(attempts.at(0).reason, Reason::NameUnresolved);
  EXPECT_EQ(attempts.at(0).address, "sip.carrier.example");
}

TEST(Targets, ASilentDnsHoldsACallForItsTimeAlone) {
  NamedScene scene;
  scene.server.silent = true;
  scene.invite();
  scene.CallScene::bench.pass(2400ms);
  EXPECT_TRUE(scene.second.quiet());
  scene.CallScene::bench.pass(200ms);
  scene.second.expect_request("INVITE");
}

TEST(Targets, ACallThatEndsWhileItsNameIsLookedUpStaysEnded) {
  NamedScene scene;
  scene.invite();
  scene.caller.cancel();
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  poll_until(
      {&scene.loop}, [&] { return scene.CallScene::bench.executor.run() > 0; }, 200ms);
  scene.CallScene::bench.pass(5s);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_TRUE(scene.second.quiet());
  EXPECT_EQ(scene.CallScene::bench.records.records.size(), 1u);
  EXPECT_EQ(scene.CallScene::bench.engine.active_calls(), 0u);
}

TEST(Targets, WithoutALocatorANameLeadsNowhere) {
  CallScene scene;
  scene.bench.provider(0).endpoints[0].host = "sip.carrier.example";
  scene.bench.publish();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.second.expect_request("INVITE");
}

TEST(Targets, ACustomersNameMustNotLeadToThisMachine) {
  NamedScene scene;
  auto& endpoint = scene.CallScene::bench.trunk().endpoints[0];
  endpoint.host = "gw1.carrier.example";
  endpoint.address.port = 5060;
  scene.CallScene::bench.publish();
  scene.server.records = {dns_a("gw1.carrier.example", "127.0.0.1")};
  scene.caller.invite({.dni = "12025550199", .body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  ASSERT_TRUE(scene.resolve());
  scene.caller.expect_status(503);
  EXPECT_EQ(scene.CallScene::bench.record().attempts.at(0).reason, Reason::NameUnresolved);
}

// -- health ------------------------------------------------------------------------------------------------

void fail_calls(CallScene& scene, int count) {
  for (int i = 0; i < count; ++i) {
    scene.first.answer(scene.start(), 503);
    scene.first.expect_request("ACK");
    scene.second.answer(scene.second.expect_request("INVITE"), 486);
    scene.second.expect_request("ACK");
    scene.caller.expect_status(486);
    scene.caller.ack();
  }
}

TEST(TargetHealth, ACircuitOpensAndOneCallTriesAgain) {
  CallScene scene;
  scene.bench.provider(0).sip.health.open_after = 3;
  scene.bench.publish();
  fail_calls(scene, 3);
  EXPECT_EQ(scene.bench.board.of(1).at(0).health, Health::Open);
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  EXPECT_TRUE(scene.first.quiet());
  scene.second.answer(scene.second.expect_request("INVITE"), 486);
  scene.second.expect_request("ACK");
  scene.caller.expect_status(486);
  scene.caller.ack();
  EXPECT_EQ(scene.bench.records.records.back().attempts.at(0).reason, Reason::TargetUnhealthy);
  // A busy callee behind the second speaks for it, not against it.
  EXPECT_TRUE(scene.bench.board.of(2).empty());
  scene.bench.pass(31s);
  scene.caller.drop_mail();  // repeated, since its ACK is none of the transaction's
  scene.first.answer(scene.start(), 486);
  EXPECT_EQ(scene.bench.board.of(1).at(0).health, Health::Up);
}

TEST(TargetHealth, ATrialThatTheCallerCancelsIsGivenBack) {
  CallScene scene;
  scene.bench.provider(0).sip.health.open_after = 1;
  scene.bench.publish();
  fail_calls(scene, 1);
  scene.bench.pass(31s);
  scene.caller.drop_mail();
  scene.start();
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.start();  // the next call is the trial
}

TEST(TargetHealth, FailoverCodesAreTheProvidersOwn) {
  CallScene scene;
  scene.bench.provider(0).sip.health.failover_codes = {"404", "6xx"};
  scene.bench.publish();
  scene.first.answer(scene.start(), 404);
  scene.second.expect_request("INVITE");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.second.drop_mail();
  scene.first.answer(scene.start(), 503);
  scene.caller.expect_status(503);
  EXPECT_TRUE(scene.second.quiet());
}

TEST(TargetHealth, WhatTheOperatorDisablesMeanwhileIsNotTried) {
  CallScene scene;
  const auto far = scene.start();
  scene.bench.provider(1).endpoints.clear();
  scene.bench.publish();
  scene.first.answer(far, 503);
  EXPECT_TRUE(scene.second.quiet());
  scene.caller.expect_status(503);
  const auto& attempts = scene.bench.record().attempts;
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[1].reason, Reason::TrunkHasNoEndpoint);
}

TEST(TargetHealth, AProviderDisabledMeanwhileIsNotTriedEither) {
  CallScene scene;
  const auto far = scene.start();
  scene.bench.provider(1).enabled = false;
  scene.bench.publish();
  scene.first.answer(far, 503);
  EXPECT_TRUE(scene.second.quiet());
}

}  // namespace
}  // namespace warp
