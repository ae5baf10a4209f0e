// What is refused, with which code, and what is written about it.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using namespace test;

class Refusal : public testing::Test {
 protected:
  // The final answer to an INVITE that must not reach any far end.
  sip::Message refused(int status, const InviteText& invite) {
    scene.caller.invite(invite);
    scene.caller.expect_status(100);
    auto response = scene.caller.expect_status(status);
    EXPECT_TRUE(scene.first.quiet() && scene.second.quiet());
    EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
    return response;
  }
  void expect_record(Reason reason, int status) {
    ASSERT_EQ(scene.bench.records.records.size(), 1u);
    EXPECT_EQ(scene.bench.record().reason, reason);
    EXPECT_EQ(scene.bench.record().sip_status, status);
    EXPECT_EQ(scene.bench.record().disposition, domain::Disposition::Failed);
    EXPECT_EQ(scene.bench.refused(domain::to_string(reason)), 1u);
    EXPECT_FALSE(scene.bench.record().answered_at);
  }

  CallScene scene;
  const std::string sdp = CallScene::caller_sdp();
};

TEST_F(Refusal, AStrangerIsTurnedAwayWithoutRecord) {
  SipPeer stranger(scene.bench, "198.18.0.1:5060");
  stranger.invite({.body = sdp});
  stranger.expect_status(100);
  const auto response = stranger.expect_status(403);
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=2001;text=\"SOURCE_UNKNOWN\"");
  EXPECT_TRUE(scene.bench.records.records.empty());
  EXPECT_EQ(scene.bench.refused("SOURCE_UNKNOWN"), 1u);
}

TEST_F(Refusal, ADisabledTrunk) {
  scene.bench.trunk().enabled = false;
  scene.bench.publish();
  refused(403, {.body = sdp});
  expect_record(Reason::TrunkDisabled, 403);
}

TEST_F(Refusal, ASuspendedAccount) {
  scene.bench.world.catalogue.customers[0].active = false;
  scene.bench.publish();
  refused(403, {.body = sdp});
  expect_record(Reason::AccountSuspended, 403);
}

TEST_F(Refusal, ATrunkThatAsksForMoreThanAnAddress) {
  scene.bench.trunk().auth_type = domain::AuthType::Both;
  scene.bench.publish();
  refused(403, {.body = sdp});
  EXPECT_EQ(scene.bench.refused("SOURCE_UNKNOWN"), 1u);
}

TEST_F(Refusal, ADisabledProviderMayNotCall) {
  scene.bench.provider(0).enabled = false;
  scene.bench.publish();
  scene.first.invite({.dni = "12025550199", .body = sdp});
  scene.first.expect_status(100);
  scene.first.expect_status(403);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(Refusal, NoHopsLeft) {
  const auto response = refused(483, {.body = sdp, .max_forwards = 0});
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=2007;text=\"TOO_MANY_HOPS\"");
  expect_record(Reason::TooManyHops, 483);
}

TEST_F(Refusal, ExtensionsThatAreRequired) {
  const auto response =
      refused(420, {.body = sdp, .extra = "Require: 100rel, sec-agree\r\nRequire: precondition\r\n"});
  EXPECT_EQ(response.header(sip::HeaderId::Unsupported), "sec-agree, precondition");
  expect_record(Reason::ExtensionUnsupported, 420);
}

TEST_F(Refusal, MalformedSdp) {
  refused(400, {.body = "v=0\r\nm=audio nonsense\r\n"});
  expect_record(Reason::SdpInvalid, 400);
}

TEST_F(Refusal, MediaThatCannotBeCarried) {
  refused(488, {.body = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
                        "m=audio 4000 RTP/SAVP 0\r\n"});
  expect_record(Reason::MediaUnsupported, 488);
}

TEST_F(Refusal, ABodyOfAnotherType) {
  scene.caller.invite({.body = sdp, .extra = "Content-Encoding: gzip\r\n"});
  scene.caller.expect_status(100);
  EXPECT_FALSE(scene.caller.expect_status(415).header(sip::HeaderId::Accept).empty());
  expect_record(Reason::MediaUnsupported, 415);
}

TEST_F(Refusal, NumbersThatAreNone) {
  refused(484, {.dni = "alice", .body = sdp});
  expect_record(Reason::NumberInvalid, 484);
  EXPECT_EQ(scene.bench.record().dni, "alice");
}

TEST_F(Refusal, AProviderThatCallsANumberThatIsNotOurs) {
  scene.first.invite({.dni = "12125550100", .body = sdp});
  scene.first.expect_status(100);
  scene.first.expect_status(404);
  EXPECT_TRUE(scene.second.quiet());
  expect_record(Reason::NumberUnassigned, 404);
  EXPECT_TRUE(scene.bench.record().customer.is_nil());
  EXPECT_EQ(scene.bench.record().provider, id_of<ProviderId>(1));
}

TEST_F(Refusal, ANumberWithoutTrunk) {
  scene.bench.world.catalogue.numbers[0].trunk.reset();
  scene.bench.publish();
  refused(404, {.dni = "12025550199", .body = sdp});
  expect_record(Reason::NumberUnassigned, 404);
}

TEST_F(Refusal, ADestinationWithoutRoute) {
  scene.bench.world.catalogue.routes.clear();
  scene.bench.publish();
  refused(404, {.body = sdp});
  expect_record(Reason::NoRoute, 404);
}

TEST_F(Refusal, ADestinationWithoutPrice) {
  scene.bench.world.catalogue.rate_plans[0].rates =
      std::make_shared<const std::vector<domain::Rate>>(std::vector{rate("44", "0.01")});
  scene.bench.publish();
  refused(403, {.body = sdp});
  expect_record(Reason::DestinationUnrated, 403);
}

TEST_F(Refusal, ALossMakingCall) {
  scene.bench.world.catalogue.rate_plans[0].rates =
      std::make_shared<const std::vector<domain::Rate>>(std::vector{rate("1", "0.001")});
  scene.bench.publish();
  refused(503, {.body = sdp});
  expect_record(Reason::MarginTooLow, 503);
}

TEST_F(Refusal, ABrokenJournal) {
  scene.bench.records.can_write = false;
  EXPECT_FALSE(refused(503, {.body = sdp}).header(sip::HeaderId::RetryAfter).empty());
  expect_record(Reason::JournalUnavailable, 503);
}

TEST_F(Refusal, NoMediaPorts) {
  scene.bench.media.failure = domain::MediaError::PortsExhausted;
  refused(503, {.body = sdp});
  expect_record(Reason::MediaPortsExhausted, 503);
}

TEST_F(Refusal, BeforeThereIsACatalogueNothingIsServed) {
  scene.bench.snapshots.publish(nullptr);
  refused(503, {.body = sdp});
  EXPECT_EQ(scene.bench.refused("NOT_READY"), 1u);
  EXPECT_TRUE(scene.bench.records.records.empty());
}

TEST_F(Refusal, OurOwnCallThatComesBack) {
  const auto far = scene.start();
  auto text = std::string(far.text());
  // The provider sends it back to us as it is, over its own Via.
  text.insert(text.find("Via:"), "Via: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bK-loop\r\n");
  scene.first.send(text);
  scene.first.expect_status(100);
  scene.first.expect_status(482);
  EXPECT_EQ(scene.bench.record().reason, Reason::LoopDetected);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Refusal, MethodsThatAreNotServed) {
  for (const auto* method : {"REGISTER", "MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH", "FANCY"}) {
    scene.caller.stray(method);
    const auto response = scene.caller.expect_status(405);
    EXPECT_EQ(response.header(sip::HeaderId::Allow), calls::kAllowedMethods) << method;
  }
}

TEST_F(Refusal, RequestsOfNoDialog) {
  for (const auto* method : {"BYE", "INFO", "UPDATE", "NOTIFY", "PRACK"}) {
    scene.caller.stray(method);
    scene.caller.expect_status(481);
  }
}

TEST_F(Refusal, OptionsAreAnsweredWithWhatWeCan) {
  scene.caller.stray("OPTIONS");
  const auto response = scene.caller.expect_status(200);
  EXPECT_EQ(response.header(sip::HeaderId::Allow), calls::kAllowedMethods);
  EXPECT_EQ(response.header(sip::HeaderId::Accept), "application/sdp");
}

TEST(Drain, NewCallsAreRefusedAndOldOnesLive) {
  CallScene scene;
  scene.establish();
  scene.bench.engine.set_admission(calls::Admission::Draining);
  SipPeer other(scene.bench, "203.0.113.2:5060");
  other.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  other.expect_status(100);
  EXPECT_FALSE(other.expect_status(503).header(sip::HeaderId::RetryAfter).empty());
  other.stray("OPTIONS");
  other.expect_status(503);
  EXPECT_EQ(scene.bench.refused("NOT_READY"), 1u);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
}

TEST(Drain, TheDeadlineEndsWhatIsUpAndWhatRings) {
  CallScene scene;
  scene.establish();
  SipPeer ringing(scene.bench, "203.0.113.2:5060");
  ringing.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  ringing.expect_status(100);
  scene.caller.drop_mail();
  scene.bench.engine.end_all(Reason::DaemonStopping);
  ringing.expect_status(503);
  scene.first.expect_request("BYE");
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
  ASSERT_EQ(scene.bench.records.records.size(), 2u);
  for (const auto& record : scene.bench.records.records)
    EXPECT_EQ(record.reason, Reason::DaemonStopping);
}

TEST(Overload, AFullShardRefusesAndSaysWhen) {
  calls::Settings settings;
  settings.max_calls_per_shard = 1;
  CallScene scene(settings);
  scene.establish();
  scene.caller.invite({.body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  EXPECT_EQ(scene.caller.expect_status(503).header(sip::HeaderId::RetryAfter), "5");
  EXPECT_EQ(scene.bench.refused("OVERLOADED"), 1u);
}

}  // namespace
}  // namespace warp
