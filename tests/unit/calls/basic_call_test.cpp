// A call that goes well, seen from both sides and in its record.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Disposition;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

TEST(BasicCall, IsCarriedAnsweredAndHungUpByTheCaller) {
  CallScene scene;
  const auto far = scene.start();
  EXPECT_EQ(far.request_uri(), "sip:12125550100@203.0.113.1:5060");
  EXPECT_EQ(far.max_forwards(), 69);
  scene.bench.pass(200ms);
  scene.first.answer(far, 100);
  scene.bench.pass(300ms);
  scene.first.answer(far, 180);
  const auto ringing = scene.caller.expect_status(180);
  EXPECT_TRUE(ringing.body().empty());
  scene.bench.pass(2000ms);
  scene.first.answer(far, 200, scene.callee_sdp());
  const auto ack = scene.first.expect_request("ACK");
  EXPECT_EQ(ack.request_uri(), "sip:agent@203.0.113.1:5060");
  EXPECT_TRUE(ack.body().empty());
  const auto ok = scene.caller.expect_status(200);
  EXPECT_EQ(ok.to().tag, ringing.to().tag);
  scene.caller.learn(ok);
  scene.caller.ack();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.bench.pass(61s);

  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  const auto bye = scene.first.expect_request("BYE");
  EXPECT_EQ(bye.header(sip::HeaderId::Reason), "WARP;cause=1000;text=\"NORMAL_CLEARING\"");
  EXPECT_NE(std::string(bye.text()).find("Q.850;cause=16"), std::string::npos);
  scene.first.answer(bye, 200);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
  EXPECT_TRUE(scene.bench.media.live.empty());

  ASSERT_EQ(scene.bench.records.records.size(), 1u);
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.state, domain::RecordState::Final);
  EXPECT_EQ(record.customer, id_of<CustomerId>(1));
  EXPECT_EQ(record.trunk, id_of<TrunkId>(1));
  EXPECT_EQ(record.provider, id_of<ProviderId>(1));
  EXPECT_EQ(record.direction, domain::Direction::Outbound);
  EXPECT_EQ(record.ani, "+14155550111");
  EXPECT_EQ(record.ani_e164, "14155550111");
  EXPECT_EQ(record.dni, "12125550100");
  EXPECT_EQ(record.dni_e164, "12125550100");
  EXPECT_EQ(record.disposition, Disposition::Answered);
  EXPECT_EQ(record.reason, Reason::NormalClearing);
  EXPECT_EQ(record.release_side, domain::ReleaseSide::Caller);
  EXPECT_EQ(record.sip_status, 200);
  EXPECT_EQ(record.q850, 16);
  EXPECT_EQ(record.pdd_ms, 500u);
  EXPECT_EQ(record.duration_us, 61'000'000u);
  ASSERT_TRUE(record.answered_at);
  ASSERT_TRUE(record.ringing_at);
  EXPECT_EQ(*record.answered_at - record.setup_at, 2500ms);
  EXPECT_EQ(*record.ringing_at - record.setup_at, 500ms);
  EXPECT_EQ(record.ended_at - *record.answered_at, 61s);
  ASSERT_TRUE(record.price && record.cost && record.margin);
  EXPECT_EQ(record.price->billed_seconds, 61u);
  EXPECT_EQ(record.price->amount.to_string(), "0.010167");
  EXPECT_EQ(record.cost->amount.to_string(), "0.004067");
  EXPECT_EQ(record.margin->to_string(), "0.0061");
  EXPECT_EQ(record.source_address, "192.0.2.10:5060");
  EXPECT_EQ(record.facts->transport_in, "UDP");
  EXPECT_EQ(record.facts->transport_out, "UDP");
  EXPECT_EQ(record.caller_media.codec, "PCMU/8000");
  ASSERT_EQ(record.attempts.size(), 1u);
  EXPECT_EQ(record.attempts[0].sip_status, 200);
  EXPECT_EQ(record.attempts[0].address, "203.0.113.1:5060");
  EXPECT_EQ(record.attempts[0].elapsed_ms, 2500u);
  EXPECT_EQ(record.far_sip_call_id, far.call_id());
  EXPECT_EQ(
      scene.bench.metrics.counter("warp_calls_answers_total", "Calls answered.", {{"direction", "outbound"}})
          .value(),
      1u);
}

TEST(BasicCall, IsHungUpByTheCallee) {
  CallScene scene;
  scene.establish();
  scene.bench.pass(10s);
  scene.first.request("BYE", {}, {}, "Reason: Q.850;cause=31;text=\"x\"\r\n");
  scene.first.expect_status(200);
  const auto bye = scene.caller.expect_request("BYE");
  EXPECT_NE(std::string(bye.text()).find("Q.850;cause=31"), std::string::npos);
  EXPECT_EQ(scene.bench.record().release_side, domain::ReleaseSide::Callee);
  EXPECT_EQ(scene.bench.record().q850, 31);
}

TEST(BasicCall, NothingOfOneSideShowsOnTheOther) {
  CallScene scene;
  const auto far = scene.start({.extra = "Diversion: <sip:boss@192.0.2.10>\r\nSupported: mystery, timer\r\n"
                                         "Session-Expires: 1800\r\n"});
  EXPECT_EQ(std::string(far.text()).find("192.0.2.10"), std::string::npos) << far.text();
  EXPECT_EQ(std::string(far.text()).find("Secret"), std::string::npos);
  EXPECT_EQ(std::string(far.text()).find("mystery"), std::string::npos);
  EXPECT_NE(far.call_id(), scene.caller.call_id_);
  EXPECT_EQ(sip::shard_of(far.call_id(), 4), 0u);
  scene.first.answer(far, 183, scene.callee_sdp());
  scene.first.answer(far, 200, scene.callee_sdp());
  for (const int status : {183, 200}) {
    const auto response = scene.caller.expect_status(status);
    EXPECT_EQ(std::string(response.text()).find("203.0.113"), std::string::npos) << response.text();
    EXPECT_EQ(std::string(response.text()).find("Secret"), std::string::npos);
  }
}

TEST(BasicCall, SendsTheNumberAsTheProviderWantsIt) {
  CallScene scene;
  scene.bench.provider(0).strip_digits = "1";
  scene.bench.provider(0).add_digits = "+99";
  scene.bench.publish();
  EXPECT_EQ(scene.start().request_uri(), "sip:+992125550100@203.0.113.1:5060");
}

TEST(BasicCall, NeverForwardsMoreHopsThanConfigured) {
  CallScene scene;
  EXPECT_EQ(scene.start({.max_forwards = 250}).max_forwards(), 70);
}

TEST(BasicCall, AnInboundCallGoesToTheTrunkOfItsNumber) {
  CallScene scene;
  auto& plan = scene.bench.world.plan(9, {rate("1", "0.006")});
  scene.bench.world.catalogue.numbers[0].rate_plan = plan.id;
  scene.bench.publish();
  scene.first.invite({.dni = "+12025550199", .body = scene.callee_sdp()});
  scene.first.expect_status(100);
  const auto far = scene.caller.expect_request("INVITE");
  EXPECT_EQ(far.request_uri(), "sip:12025550199@192.0.2.10:5060");
  scene.caller.answer(far, 200, scene.caller_sdp());
  scene.caller.expect_request("ACK");
  scene.first.learn(scene.first.expect_status(200));
  scene.first.ack();
  scene.bench.pass(30s);
  scene.caller.request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.direction, domain::Direction::Inbound);
  EXPECT_EQ(record.customer, id_of<CustomerId>(1));
  EXPECT_EQ(record.provider, id_of<ProviderId>(1));
  EXPECT_EQ(record.price->amount.to_string(), "0.003");
  EXPECT_FALSE(record.cost);
  EXPECT_TRUE(record.attempts.at(0).provider.is_nil());
}

TEST(BasicCall, ACustomerReachesAnotherOnNetAndPaysForIt) {
  CallScene scene;
  scene.bench.world.customer(2, 1, 1);
  scene.bench.world.trunk(2, 2);
  scene.bench.world.acl("192.0.2.20/32", 2);
  scene.bench.publish();
  SipPeer other(scene.bench, "192.0.2.20:5060");
  other.invite({.dni = "2025550199", .body = audio("192.0.2.20", 6000)});
  other.expect_status(100);
  const auto far = scene.caller.expect_request("INVITE");
  scene.caller.answer(far, 486);
  other.expect_status(486);
  EXPECT_EQ(scene.bench.record().customer, id_of<CustomerId>(2));
  EXPECT_EQ(scene.bench.record().direction, domain::Direction::Outbound);
}

TEST(BasicCall, AnswersTheSameAckAgainWhenTheFarAnswerComesAgain) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_EQ(scene.first.expect_request("ACK").cseq().number, far.cseq().number);
  EXPECT_TRUE(scene.first.quiet());
}

TEST(BasicCall, ASecondForkThatAnswersIsAcknowledgedAndEnded) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp(), "one");
  scene.first.expect_request("ACK");
  scene.first.answer(far, 200, scene.callee_sdp(), "two");
  EXPECT_EQ(scene.first.expect_request("ACK").to().tag, "two");
  EXPECT_EQ(scene.first.expect_request("BYE").to().tag, "two");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.caller.request("BYE");
  EXPECT_EQ(scene.first.expect_request("BYE").to().tag, "one");
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST(BasicCall, RepeatsTheAnswerUntilTheAckAndEndsBothSidesWithoutOne) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.bench.pass(600ms);
  scene.caller.expect_status(200);
  scene.bench.pass(32s);
  scene.first.expect_request("BYE");
  while (!scene.caller.quiet()) {
    const auto message = scene.caller.next();
    EXPECT_TRUE(!message.is_request() || message.method() == sip::Method::Bye);
  }
  EXPECT_EQ(scene.bench.record().reason, Reason::AckMissing);
  EXPECT_EQ(scene.bench.record().disposition, Disposition::Answered);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST(BasicCall, ACalleeThatLeavesBeforeTheCallersAckIsFollowedByTheCallerAfterIt) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.first.request("BYE");
  scene.first.expect_status(200);
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
  scene.caller.ack();
  EXPECT_NE(std::string(scene.caller.expect_request("BYE").text()).find("NORMAL_CLEARING"),
            std::string::npos);
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST(BasicCall, EndsAtItsMaximumDuration) {
  CallScene scene;
  scene.bench.trunk().max_duration = 90s;
  scene.bench.publish();
  scene.establish();
  scene.bench.pass(89s);
  EXPECT_TRUE(scene.caller.quiet());
  scene.bench.pass(2s);
  scene.caller.expect_request("BYE");
  const auto bye = scene.first.expect_request("BYE");
  EXPECT_NE(std::string(bye.text()).find("text=\"MAX_DURATION\""), std::string::npos);
  EXPECT_EQ(scene.bench.record().reason, Reason::MaxDuration);
  EXPECT_EQ(scene.bench.record().release_side, domain::ReleaseSide::Platform);
}

TEST(BasicCall, ByesThatCrossAreBothAnswered) {
  CallScene scene;
  scene.establish();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  const auto ours = scene.first.expect_request("BYE");
  scene.first.request("BYE");
  scene.first.expect_status(200);
  scene.first.answer(ours, 200);
  scene.first.request("BYE");
  scene.first.expect_status(481);
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

}  // namespace
}  // namespace warp
