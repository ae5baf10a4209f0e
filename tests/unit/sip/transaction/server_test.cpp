#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/sip/transport/response_path.h"

#include "support/transaction_bench.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct ServerTest : testing::Test, test::TransactionBench {
  using TransactionBench::TransactionBench;
  bool respond(int status, const std::string& tag = "t") {
    const auto request = Message::parse(last_text);
    return layer.respond(last_request, static_cast<std::uint16_t>(status),
                         test::response_text(*request, status, tag));
  }
  std::vector<std::string> sent_lines() { return sender.lines(sender.take()); }
  std::string ack(const std::string& tag = "t") {
    auto request = invite;
    request.method = "ACK";
    request.to += ";tag=" + tag;
    return request.text();
  }
  std::string cancel() {
    auto request = invite;
    request.method = "CANCEL";
    return request.text();
  }

  test::RequestText invite;
};

TEST_F(ServerTest, InviteGets100AtOnceAndCopiesGetTheLastProvisional) {
  receive(invite.text());
  const auto sent = sender.take();
  ASSERT_EQ(sent.size(), 1u);
  const auto trying = Message::parse(sent[0].bytes);
  ASSERT_TRUE(trying);
  EXPECT_EQ(trying->status(), 100);
  EXPECT_EQ(trying->to().tag, "");
  EXPECT_EQ(trying->via().received, "192.0.2.9");
  EXPECT_EQ(trying->via().rport, 5060);
  receive(invite.text());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 100 Trying"));
  EXPECT_TRUE(respond(180));
  receive(invite.text());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 180 Whatever", "SIP/2.0 180 Whatever"));
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1"));
}

// A user that answers at once what it can.
struct StatelessTest : ServerTest {
  bool answers_statelessly(const Message& request, const Flow& from, std::string& response) override {
    ++asked;
    return willing && write_stateless(response, request, from, 401, {});
  }
  bool willing = true;
  int asked = 0;
};

TEST_F(StatelessTest, NothingIsRememberedOfWhatIsAnsweredAtOnce) {
  test::RequestText request{.method = "REGISTER"};
  receive(request.text());
  auto first = sender.take();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].bytes.substr(0, 11), "SIP/2.0 401");
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_THAT(take_events(), IsEmpty());
  receive(request.text());
  const auto again = sender.take();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].bytes, first[0].bytes);
  EXPECT_EQ(asked, 2);
}

TEST_F(StatelessTest, WhatHasATransactionOrADialogIsNoQuestion) {
  willing = false;
  test::RequestText request{.method = "REGISTER"};
  receive(request.text());
  EXPECT_EQ(layer.size(), 1u);
  EXPECT_THAT(take_events(), ElementsAre("request REGISTER 1"));
  willing = true;
  receive(request.text());
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(sent_lines(), IsEmpty());
  EXPECT_TRUE(layer.knows(*read_brief(request.text())));
  request.to += ";tag=t";
  request.via = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK-2;rport";
  EXPECT_FALSE(layer.knows(*read_brief(request.text())));
  receive(request.text());
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(layer.size(), 2u);
}

TEST_F(ServerTest, AFailureIsRepeatedOnTimerGUntilTimerH) {
  receive(invite.text());
  EXPECT_TRUE(respond(486));
  EXPECT_FALSE(respond(200));
  EXPECT_THAT(send_times(31'996ms),
              ElementsAre(500, 1500, 3500, 7500, 11'500, 15'500, 19'500, 23'500, 27'500, 31'500));
  EXPECT_EQ(layer.size(), 1u);
  pass(4ms);
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_FALSE(respond(486));
}

TEST_F(ServerTest, AckEndsTheRepetitionAndTimerITheTransaction) {
  receive(invite.text());
  respond(486);
  pass(600ms);
  sender.take();
  receive(invite.text());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 486 Whatever"));
  receive(ack());
  receive(ack());
  receive(invite.text());
  EXPECT_THAT(send_times(4996ms), IsEmpty());
  EXPECT_EQ(layer.size(), 1u);
  pass(4ms);
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1"));
}

TEST_F(ServerTest, AfterASuccessCopiesAreAbsorbedUntilTimerL) {
  receive(invite.text());
  sender.take();
  EXPECT_TRUE(respond(200));
  EXPECT_FALSE(respond(200));
  EXPECT_FALSE(respond(486));
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 200 Whatever"));
  receive(invite.text());
  EXPECT_THAT(send_times(31'996ms), IsEmpty());
  receive(invite.text());
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1"));
  pass(4ms);
  EXPECT_EQ(layer.size(), 0u);
}

TEST_F(ServerTest, TheAckOfASuccessGoesToTheUser) {
  receive(invite.text());
  respond(200);
  auto own_branch = invite;
  own_branch.via = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK-ack;rport";
  own_branch.method = "ACK";
  own_branch.to += ";tag=t";
  receive(own_branch.text());
  receive(ack());  // the INVITE's branch, as old clients do
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1", "ack", "ack"));
}

TEST_F(ServerTest, NonInviteIsAnsweredAgainUntilTimerJ) {
  invite.method = "BYE";
  invite.to += ";tag=t";
  receive(invite.text());
  receive(invite.text());
  EXPECT_THAT(sent_lines(), IsEmpty());
  pass(100ms);
  EXPECT_TRUE(respond(200));
  EXPECT_FALSE(respond(200));
  receive(invite.text());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 200 Whatever", "SIP/2.0 200 Whatever"));
  EXPECT_THAT(send_times(31'996ms), IsEmpty());
  EXPECT_EQ(layer.size(), 1u);
  pass(4ms + 256ms);
  EXPECT_EQ(layer.size(), 0u) << "soon after, with others";
  EXPECT_THAT(take_events(), ElementsAre("request BYE 1"));
}

TEST_F(ServerTest, ARequestThatNobodyAnswersLeavesNothingBehind) {
  invite.method = "OPTIONS";
  receive(invite.text());
  pass(32s);
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_FALSE(respond(200));
}

TEST_F(ServerTest, ResponsesGoWhereViaSays) {
  peer.remote = *domain::SocketAddress::parse("203.0.113.5:1024");
  receive(invite.text());
  EXPECT_EQ(sender.take()[0].flow.remote.to_string(), "203.0.113.5:1024");
  invite.via = "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-2";
  invite.call_id = "two";
  receive(invite.text());
  EXPECT_EQ(sender.take()[0].flow.remote.to_string(), "203.0.113.5:5070");
}

TEST_F(ServerTest, CancelIsAnsweredAndToldOnce) {
  receive(invite.text());
  respond(180, "early");
  sender.take();
  receive(cancel());
  const auto sent = sender.take();
  ASSERT_EQ(sent.size(), 1u);
  const auto ok = Message::parse(sent[0].bytes);
  ASSERT_TRUE(ok);
  EXPECT_EQ(ok->status(), 200);
  EXPECT_EQ(ok->cseq().method, Method::Cancel);
  EXPECT_EQ(ok->to().tag, "early");
  receive(cancel());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 200 OK"));
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1", "cancel 1"));
  EXPECT_TRUE(respond(487, "early"));
}

TEST_F(ServerTest, CancelAfterTheFinalAnswerChangesNothing) {
  receive(invite.text());
  respond(200);
  sender.take();
  receive(cancel());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 200 OK"));
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1"));
}

TEST_F(ServerTest, CancelOfNothingIs481) {
  receive(cancel());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 481 Call/Transaction Does Not Exist"));
  invite.method = "OPTIONS";
  receive(invite.text());
  sender.take();
  receive(cancel());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 481 Call/Transaction Does Not Exist"));
  EXPECT_THAT(take_events(), ElementsAre("request OPTIONS 1"));
}

TEST_F(ServerTest, CancelFromAnotherAddressIs481) {
  receive(invite.text());
  sender.take();
  peer.remote = *domain::SocketAddress::parse("203.0.113.66:5060");
  receive(cancel());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 481 Call/Transaction Does Not Exist"));
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1"));
}

TEST_F(ServerTest, ASecondCopyByAnotherWayIs482) {
  receive(invite.text());
  sender.take();
  auto other = invite;
  other.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-other;rport";
  receive(other.text());
  receive(other.text());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 482 Loop Detected", "SIP/2.0 482 Loop Detected"));
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1"));
  other.cseq = 2;
  receive(other.text());
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 2"));
}

TEST_F(ServerTest, ARequestWithinADialogIsNeverMerged) {
  invite.to += ";tag=t";
  receive(invite.text());
  invite.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-other;rport";
  receive(invite.text());
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1", "request INVITE 2"));
}

TEST_F(ServerTest, SentByAndMethodAreMatchedToo) {
  receive(invite.text());
  auto other = invite;
  other.call_id = "another";
  other.via = "SIP/2.0/UDP 192.0.2.9:5061;branch=z9hG4bK-1;rport";
  receive(other.text());
  other = invite;
  other.method = "OPTIONS";
  receive(other.text());
  other = invite;
  other.via = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1;rport";  // 5060 by default: the first one again
  receive(other.text());
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1", "request INVITE 2", "request OPTIONS 3"));
}

TEST_F(ServerTest, OldClientsWithoutTheCookieAreMatchedByTheirFields) {
  invite.via = "SIP/2.0/UDP 192.0.2.9:5060;branch=1";
  receive(invite.text());
  receive(invite.text());
  auto second_call = invite;
  second_call.call_id = "call-2@192.0.2.9";
  receive(second_call.text());
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1", "request INVITE 2"));
  sender.take();
  receive(cancel());
  EXPECT_THAT(take_events(), ElementsAre("cancel 1"));
  layer.respond(1ull << 32 | 1, 487, "SIP/2.0 487 x\r\n\r\n");
  sender.take();
  receive(ack());
  EXPECT_THAT(send_times(1s), IsEmpty());
  invite.via = "SIP/2.0/UDP 192.0.2.9:5060";
  invite.cseq = 2;
  receive(invite.text());
  receive(invite.text());
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 3"));
}

TEST_F(ServerTest, AResponseThatCannotBeSentIsTriedAgain) {
  receive(invite.text());
  sender.failing = true;
  EXPECT_TRUE(respond(486));
  sender.failing = false;
  EXPECT_THAT(send_times(600ms), ElementsAre(500));
  EXPECT_THAT(take_events(), ElementsAre("request INVITE 1"));
}

TEST_F(ServerTest, TheUserMayAnswerFromWithin) {
  when_requested = [&](TransactionId, const Message&) { EXPECT_TRUE(respond(503)); };
  receive(invite.text());
  EXPECT_THAT(sent_lines(), ElementsAre("SIP/2.0 100 Trying", "SIP/2.0 503 Whatever"));
}

TEST_F(ServerTest, ClientIdsCannotBeAnswered) {
  const auto id = layer.send_request(Method::Bye, "z9hG4bKx", "BYE", peer);
  EXPECT_FALSE(layer.respond(id, 200, "x"));
  EXPECT_FALSE(layer.respond(0, 200, "x"));
  EXPECT_FALSE(layer.respond(id + 1, 200, "x"));
}

struct FullServerTest : ServerTest {
  FullServerTest() : ServerTest({.live = 3, .retry_after_seconds = 7}) {}
  void receive_number(int i) {
    invite.call_id = "call-" + std::to_string(i);
    invite.via = "SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bK-" + std::to_string(i);
    receive(invite.text());
  }
};

TEST_F(FullServerTest, TheLimitRefusesNewCallsFirst) {
  for (int i = 0; i < 4; ++i)
    receive_number(i);
  EXPECT_EQ(layer.size(), 3u);
  const auto refusal = Message::parse(sender.take().back().bytes);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status(), 503);
  EXPECT_EQ(refusal->header(HeaderId::RetryAfter), "7");
  take_events();

  invite.method = "BYE";
  invite.to += ";tag=t";
  for (int i = 10; i < 14; ++i)
    receive_number(i);
  EXPECT_THAT(take_events(), ElementsAre("request BYE 4", "request BYE 5", "request BYE 6"));
  EXPECT_EQ(layer.size(), 6u);
  EXPECT_EQ(metrics.counter("warp_sip_transaction_refused_total", "").value(), 2u);
}

TEST_F(ServerTest, NothingImpossibleHappened) {
  receive(invite.text());
  receive(ack());
  respond(180);
  receive(cancel());
  respond(487);
  receive(ack());
  receive(ack());
  receive(invite.text());
  invite.method = "OPTIONS";
  receive(invite.text());
  respond(100);
  respond(200);
  receive(invite.text());
  pass(100s);
  EXPECT_EQ(impossible(), 0u);
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_EQ(metrics.gauge("warp_sip_transaction_live", "").value(), 0.0);
}

}  // namespace
}  // namespace warp::sip
