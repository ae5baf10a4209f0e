// Candidates tried one after the other, and what the caller gets when none answers.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Disposition;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

TEST(Failover, GoesOnAfterAServerErrorAndRecordsBothAttempts) {
  CallScene scene;
  const auto far = scene.start();
  scene.bench.pass(100ms);
  scene.first.answer(far, 503);
  scene.first.expect_request("ACK");
  const auto second = scene.second.expect_request("INVITE");
  EXPECT_NE(second.call_id(), far.call_id());
  scene.second.answer(second, 200, audio("203.0.113.2", 5000));
  scene.second.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.bench.pass(60s);
  scene.caller.request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.provider, id_of<ProviderId>(2));
  EXPECT_EQ(record.cost->amount.to_string(), "0.005");
  ASSERT_EQ(record.attempts.size(), 2u);
  EXPECT_EQ(record.attempts[0].sip_status, 503);
  EXPECT_EQ(record.attempts[0].reason, Reason::FarEndRejected);
  EXPECT_EQ(record.attempts[0].elapsed_ms, 100u);
  EXPECT_EQ(record.attempts[1].sip_status, 200);
  EXPECT_EQ(scene.bench.limits.provider_channels(id_of<ProviderId>(1)), 0u);
  EXPECT_EQ(scene.bench.limits.provider_channels(id_of<ProviderId>(2)), 0u);
}

class FailoverStatus : public testing::TestWithParam<int> {};

TEST_P(FailoverStatus, IsFollowedByTheNextCandidate) {
  CallScene scene;
  scene.first.answer(scene.start(), GetParam());
  scene.second.expect_request("INVITE");
  EXPECT_TRUE(scene.caller.quiet());
}
INSTANTIATE_TEST_SUITE_P(All, FailoverStatus, testing::Values(300, 302, 401, 407, 408, 500, 502, 503, 504));

struct Stop {
  int status;
  Reason reason;
  Disposition disposition;
  int q850;
};
class StopStatus : public testing::TestWithParam<Stop> {};

TEST_P(StopStatus, EndsTheSearchAndReachesTheCaller) {
  CallScene scene;
  scene.first.answer(scene.start(), GetParam().status);
  scene.caller.expect_status(GetParam().status);
  EXPECT_TRUE(scene.second.quiet());
  EXPECT_EQ(scene.bench.record().reason, GetParam().reason);
  EXPECT_EQ(scene.bench.record().disposition, GetParam().disposition);
  EXPECT_EQ(scene.bench.record().sip_status, GetParam().status);
  EXPECT_EQ(scene.bench.record().q850, GetParam().q850);
  EXPECT_EQ(scene.bench.record().release_side, domain::ReleaseSide::Callee);
  EXPECT_EQ(scene.bench.record().price->amount, Money{});
  EXPECT_TRUE(scene.bench.media.live.empty());
}
INSTANTIATE_TEST_SUITE_P(All, StopStatus,
                         testing::Values(Stop{404, Reason::FarEndRejected, Disposition::Failed, 1},
                                         Stop{480, Reason::NoAnswer, Disposition::NoAnswer, 18},
                                         Stop{486, Reason::CalleeBusy, Disposition::Busy, 17},
                                         Stop{501, Reason::FarEndRejected, Disposition::Failed, 79},
                                         Stop{600, Reason::CalleeBusy, Disposition::Busy, 17},
                                         Stop{603, Reason::CalleeDeclined, Disposition::Failed, 21}));

TEST(Failover, AStatusWithoutACauseHasThatOfRfc3398) {
  const std::vector<std::pair<int, unsigned>> rows{
      {400, 41},  {402, 21}, {404, 1},  {405, 63},  {406, 79},  {410, 22}, {413, 127}, {415, 79},
      {420, 127}, {480, 18}, {481, 41}, {482, 25},  {484, 28},  {486, 17}, {488, 65},  {500, 41},
      {501, 79},  {502, 38}, {503, 41}, {504, 102}, {505, 127}, {600, 17}, {603, 21},  {604, 1}};
  for (const auto& [status, q850] : rows) {
    CallScene scene;
    scene.first.answer(scene.start(), status);
    scene.first.expect_request("ACK");
    if (!scene.second.quiet()) scene.second.answer(scene.second.expect_request("INVITE"), status);
    EXPECT_EQ(unsigned{scene.bench.record().q850}, q850) << status;
  }
}

TEST(Failover, TheFarCauseIsPassedOnAndRecorded) {
  CallScene scene;
  scene.first.answer(scene.start(), 404, {}, "far", "Reason: SIP;cause=404, Q.850;cause=3\r\n");
  const auto response = scene.caller.expect_status(404);
  EXPECT_NE(std::string(response.text()).find("Reason: Q.850;cause=3"), std::string::npos);
  EXPECT_EQ(scene.bench.record().q850, 3);
}

TEST(Failover, WhenAllFailTheCallerGetsOneCode) {
  CallScene scene;
  scene.first.answer(scene.start(), 500);
  scene.second.answer(scene.second.expect_request("INVITE"), 503);
  const auto response = scene.caller.expect_status(503);
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=4005;text=\"ALL_ROUTES_FAILED\"");
  EXPECT_EQ(scene.bench.record().reason, Reason::AllRoutesFailed);
  EXPECT_EQ(scene.bench.record().attempts.size(), 2u);
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST(Failover, ASilentEndpointIsLeftAfterItsTimeout) {
  CallScene scene;
  scene.bench.provider(0).attempt_timeout = 2000ms;
  scene.bench.publish();
  scene.start();
  scene.bench.pass(1900ms);
  EXPECT_TRUE(scene.second.quiet());
  scene.bench.pass(200ms);
  scene.second.expect_request("INVITE");
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().attempts.at(0).reason, Reason::FarEndTimeout);
  EXPECT_EQ(scene.bench.record().attempts.at(0).sip_status, 0);
}

TEST(Failover, AnAnswerThatComesAfterItsTimeoutIsEnded) {
  CallScene scene;
  scene.bench.provider(0).attempt_timeout = 2000ms;
  scene.bench.publish();
  const auto late = scene.start();
  scene.bench.pass(2100ms);
  const auto far = scene.second.expect_request("INVITE");
  scene.first.drop_mail();
  scene.first.answer(late, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  EXPECT_NE(std::string(scene.first.expect_request("BYE").text()).find("FAR_END_TIMEOUT"), std::string::npos);
  scene.second.answer(far, 200, audio("203.0.113.2", 5000));
  scene.caller.expect_status(200);
}

TEST(Failover, ATryingKeepsTheAttemptAlive) {
  CallScene scene;
  scene.bench.provider(0).attempt_timeout = 2000ms;
  scene.bench.publish();
  scene.first.answer(scene.start(), 100);
  scene.bench.pass(10s);
  EXPECT_TRUE(scene.second.quiet());
}

TEST(Failover, AnUnreachableEndpointIsLeftAtOnce) {
  CallScene scene;
  scene.bench.sender.unreachable = domain::SocketAddress::parse("203.0.113.1:5060");
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.bench.pass(40ms);
  scene.second.expect_request("INVITE");
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().attempts.at(0).reason, Reason::FarEndUnreachable);
}

TEST(Failover, StillHappensAfterEarlyMediaWithANewTag) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto early = scene.caller.expect_status(183);
  scene.first.answer(far, 503);
  scene.second.answer(scene.second.expect_request("INVITE"), 183, audio("203.0.113.2", 7000));
  const auto again = scene.caller.expect_status(183);
  EXPECT_NE(again.to().tag, early.to().tag);
}

TEST(Failover, MediaIsOpenedAnewForAProviderWithOtherRules) {
  CallScene scene;
  scene.bench.provider(0).symmetric_rtp = true;
  scene.bench.publish();
  scene.first.answer(scene.start(), 503);
  scene.second.expect_request("INVITE");
  ASSERT_EQ(scene.bench.media.requests.size(), 2u);
  EXPECT_TRUE(scene.bench.media.requests[0].sides[1].symmetric_rtp);
  EXPECT_FALSE(scene.bench.media.requests[1].sides[1].symmetric_rtp);
  EXPECT_EQ(scene.bench.media.live.size(), 1u);
}

TEST(Failover, RingingHasAnEnd) {
  CallScene scene;
  scene.bench.trunk().ring_timeout = 20s;
  scene.bench.publish();
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.expect_status(180);
  scene.bench.pass(21s);
  const auto cancel = scene.first.expect_request("CANCEL");
  EXPECT_NE(std::string(cancel.text()).find("NO_ANSWER"), std::string::npos);
  scene.caller.expect_status(480);
  EXPECT_TRUE(scene.second.quiet());
  EXPECT_EQ(scene.bench.record().reason, Reason::NoAnswer);
  EXPECT_EQ(scene.bench.record().disposition, Disposition::NoAnswer);
}

TEST(Failover, ATrunkIsNotTriedMoreOftenThanItsPartitionAllows) {
  CallScene scene;
  scene.bench.world.catalogue.partitions[0].max_attempts = 1;
  scene.bench.publish();
  scene.first.answer(scene.start(), 503);
  scene.caller.expect_status(503);
  EXPECT_TRUE(scene.second.quiet());
}

}  // namespace
}  // namespace warp
