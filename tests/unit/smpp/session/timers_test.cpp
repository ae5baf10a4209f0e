// Responses that do not come, links that fall silent.
#include "support/smpp_server_bench.h"

namespace warp::smpp {
namespace {

using namespace std::chrono_literals;
using test::smpp_pdu;
using test::smpp_submit;
using C = CommandId;

class TimersTest : public test::SmppServerBench {
 protected:
  std::uint32_t deliver() {
    const auto pdu = smpp_pdu(C::DeliverSm, 0, smpp_submit(1).body);
    const auto sent = server->deliver(last_session(), pdu, [this](const Reply& reply) {
      outcomes.push_back(reply.outcome);
      lefts.push_back(reply.left);
    });
    EXPECT_TRUE(sent);
    return sent ? *sent : 0;
  }
  std::vector<Outcome> outcomes;
  std::vector<bool> lefts;
};

TEST_F(TimersTest, ARequestWithoutResponseTimesOutAndIsAmbiguous) {
  owner.limits.enquire_interval = 0ms;
  auto wire = bound();
  deliver();
  expect(wire, C::DeliverSm, 1);
  pass(59s);
  EXPECT_TRUE(outcomes.empty());
  deliver();
  expect(wire, C::DeliverSm, 2);
  pass(1100ms);
  ASSERT_EQ(outcomes, std::vector{Outcome::TimedOut});
  EXPECT_TRUE(lefts[0]);
  pass(59s);
  EXPECT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(counted("warp_smpp_timeouts_total", {{"what", "response"}}), 2u);
}

TEST_F(TimersTest, Threat_AResponseFortyMinutesLateIsToldAndCounted) {
  owner.limits.enquire_interval = 0ms;
  auto wire = bound();
  const auto sequence = deliver();
  expect(wire, C::DeliverSm, sequence);
  pass(40min);
  ASSERT_EQ(outcomes.size(), 1u);
  wire.send(smpp_pdu(C::DeliverSmResp, sequence, MessageIdResp{}));
  ASSERT_TRUE(until([&] { return !owner.unmatched.empty(); }));
  EXPECT_EQ(owner.unmatched.at(0), sequence);
  EXPECT_EQ(counted("warp_smpp_unmatched_responses_total", {}), 1u);
  EXPECT_EQ(outcomes.size(), 1u);
}

TEST_F(TimersTest, AResponseOfTheWrongKindAnswersNothing) {
  auto wire = bound();
  deliver();
  wire.send(smpp_pdu(C::SubmitSmResp, 1, MessageIdResp{"x"}));
  wire.send(smpp_pdu(C::DeliverSmResp, 0, MessageIdResp{}));
  wire.send(smpp_pdu(C::DeliverSmResp, 2, MessageIdResp{}));
  ASSERT_TRUE(until([&] { return owner.unmatched.size() == 3; }));
  EXPECT_TRUE(outcomes.empty());
  wire.send(smpp_pdu(C::DeliverSmResp, 1, MessageIdResp{}));
  ASSERT_TRUE(until([&] { return outcomes.size() == 1; }));
}

TEST_F(TimersTest, AnOldRequestDoesNotHoldUpTheOthers) {
  owner.limits.enquire_interval = 0ms;
  auto wire = bound();
  deliver();
  for (std::uint32_t sequence = 2; sequence < 500; ++sequence) {
    ASSERT_EQ(deliver(), sequence);
    wire.send(smpp_pdu(C::DeliverSmResp, sequence, MessageIdResp{}));
    ASSERT_TRUE(until([&] { return outcomes.size() == sequence - 1; }));
  }
  pass(61s);
  EXPECT_EQ(outcomes.size(), 499u);
  EXPECT_EQ(outcomes.back(), Outcome::TimedOut);
  EXPECT_EQ(gauged("warp_smpp_window", {{"direction", "out"}}), 0);
}

TEST_F(TimersTest, SilenceIsAskedAboutAndAnswersKeepTheSession) {
  auto wire = bound();
  for (std::uint32_t sequence = 1; sequence < 4; ++sequence) {
    pass(30'100ms);
    expect(wire, C::EnquireLink, sequence);
    wire.send(smpp_pdu(C::EnquireLinkResp, sequence));
    const auto answered = [&] {
      return counted("warp_smpp_pdus_total", {{"direction", "in"}, {"command", "enquire_link_resp"}});
    };
    ASSERT_TRUE(until([&] { return answered() == sequence; }));
  }
  EXPECT_TRUE(owner.closed.empty());
  EXPECT_TRUE(owner.unmatched.empty());
}

TEST_F(TimersTest, Threat_WhoDoesNotAnswerEnquireLinkIsClosed) {
  auto wire = bound();
  deliver();
  expect(wire, C::DeliverSm, 1);
  pass(30'100ms);
  expect(wire, C::EnquireLink, 2);
  pass(9s);
  EXPECT_TRUE(owner.closed.empty());
  pass(1100ms);
  ASSERT_TRUE(until([&] { return owner.closed.contains(last_session()); }));
  EXPECT_EQ(owner.closed.at(last_session()), CloseReason::NoEnquireResponse);
  ASSERT_EQ(outcomes, std::vector{Outcome::Closed});
  EXPECT_TRUE(lefts[0]) << "dropped before the response: it may have been taken";
}

TEST_F(TimersTest, TrafficMakesEnquireLinkNeedless) {
  auto wire = bound();
  for (std::uint32_t sequence = 2; sequence < 6; ++sequence) {
    pass(20s);
    wire.send(smpp_submit(sequence));
    expect(wire, C::SubmitSmResp, sequence);
  }
}

TEST_F(TimersTest, AnInactiveSessionIsUnbound) {
  owner.limits.inactivity = 60s;
  auto wire = bound();
  pass(30'100ms);
  expect(wire, C::EnquireLink, 1);
  wire.send(smpp_pdu(C::EnquireLinkResp, 1));
  wire.send(smpp_pdu(C::EnquireLink, 9));
  expect(wire, C::EnquireLinkResp, 9);
  pass(29'990ms);
  expect(wire, C::Unbind, 2);
  pass(5100ms);  // no answer to that either
  EXPECT_TRUE(until([&] { return wire.ended(); }));
  wire.close();
  ASSERT_TRUE(until([&] { return owner.closed.contains(last_session()); }));
  EXPECT_EQ(owner.closed.at(last_session()), CloseReason::Inactive);
}

TEST_F(TimersTest, WhatNeverLeftIsSaidToHaveNotLeft) {
  auto wire = bound();
  deliver();  // still queued: the loop does not run
  server->close(last_session());
  ASSERT_TRUE(until([&] { return outcomes.size() == 1; }));
  EXPECT_EQ(outcomes[0], Outcome::Closed);
  EXPECT_FALSE(lefts[0]);
}

}  // namespace
}  // namespace warp::smpp
