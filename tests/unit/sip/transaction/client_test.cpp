#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/transaction_bench.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct ClientTest : testing::Test, test::TransactionBench {
  TransactionId start(const std::string& method, const std::string& extra = {}) {
    branch = layer.new_branch();
    test::RequestText request{.method = method};
    request.via = "SIP/2.0/UDP 192.0.2.1:5060;branch=" + branch;
    request.extra = extra;
    text = request.text();
    return layer.send_request(method_from(method), branch, text, peer);
  }
  std::string answer(int status, const std::string& tag = "b") {
    return test::response_text(*Message::parse(text), status, tag);
  }
  std::vector<std::string> sent_lines() { return sender.lines(sender.take()); }

  std::string branch, text;
};

TEST_F(ClientTest, InviteRetransmitsOnTimerAAndGivesUpOnTimerB) {
  start("INVITE");
  EXPECT_EQ(sender.sent.size(), 1u);
  EXPECT_THAT(send_times(40s), ElementsAre(500, 1500, 3500, 7500, 15'500, 31'500));
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(ClientTest, InviteTimesOutExactlyAfter64T1) {
  start("INVITE");
  pass(31'996ms);
  EXPECT_THAT(take_events(), IsEmpty());
  pass(4ms);
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
}

TEST_F(ClientTest, ASilencedInviteIsNotSentAgainAndStillTakesAnAnswer) {
  const auto id = start("INVITE");
  pass(700ms);
  sender.take();
  layer.silence(id);
  EXPECT_THAT(send_times(30s), IsEmpty());
  receive(answer(200));
  EXPECT_THAT(take_events(), ElementsAre("response 200 1"));
}

TEST_F(ClientTest, ASilencedInviteTimesOut64T1Later) {
  const auto id = start("INVITE");
  pass(10s);
  layer.silence(id);
  pass(31'990ms);
  EXPECT_THAT(take_events(), IsEmpty());
  pass(20ms);
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(ClientTest, ASilencedRequestIsNotSentAgainAndTimesOutAsIfItWere) {
  const auto id = start("INFO");
  pass(700ms);
  sender.take();
  layer.silence(id);
  EXPECT_THAT(send_times(31s), IsEmpty());
  pass(1s);
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(ClientTest, OneThatRingsIsNotSilenced) {
  const auto id = start("INVITE");
  receive(answer(180));
  layer.silence(id);
  pass(100s);
  EXPECT_THAT(take_events(), ElementsAre("response 180 1"));
}

TEST_F(ClientTest, AProvisionalAnswerStopsRetransmissionsAnd100ComesOnce) {
  start("INVITE");
  receive(answer(100, ""));
  receive(answer(100, ""));
  receive(answer(180));
  receive(answer(100, ""));
  receive(answer(180));
  EXPECT_THAT(take_events(), ElementsAre("response 100 1", "response 180 1", "response 180 1"));
  EXPECT_THAT(send_times(60s), IsEmpty());
  EXPECT_EQ(layer.size(), 1u);
}

TEST_F(ClientTest, AFailureIsAckedWithTheSameBranchAndAgainForEveryCopy) {
  start("INVITE", "Route: <sip:192.0.2.9;lr>\r\n");
  sender.take();
  receive(answer(486));
  EXPECT_THAT(take_events(), ElementsAre("response 486 1"));
  ASSERT_EQ(sender.sent.size(), 1u);
  const auto ack = Message::parse(sender.sent[0].bytes);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->method(), Method::Ack);
  EXPECT_EQ(ack->request_uri(), "sip:15550100@192.0.2.1");
  EXPECT_EQ(ack->via().branch, branch);
  EXPECT_EQ(ack->to().tag, "b");
  EXPECT_EQ(ack->from().tag, "a");
  EXPECT_EQ(ack->cseq().number, 1u);
  EXPECT_EQ(ack->header(HeaderId::Route), "<sip:192.0.2.9;lr>");
  EXPECT_EQ(sender.sent[0].flow.remote, peer.remote);
  const auto first = sender.take()[0].bytes;
  receive(answer(486));
  receive(answer(180));
  ASSERT_EQ(sender.sent.size(), 1u);
  EXPECT_EQ(sender.sent[0].bytes, first);
  EXPECT_THAT(take_events(), IsEmpty());
  pass(31'996ms);
  EXPECT_EQ(layer.size(), 1u);
  pass(4ms);
  EXPECT_EQ(layer.size(), 0u);
}

TEST_F(ClientTest, EverySuccessComesToTheUserUntilTimerM) {
  start("INVITE");
  sender.take();
  receive(answer(200));
  receive(answer(200));
  receive(answer(200, "fork"));
  receive(answer(180));
  EXPECT_THAT(take_events(), ElementsAre("response 200 1", "response 200 1", "response 200 1"));
  EXPECT_THAT(send_times(31'996ms), IsEmpty());
  receive(answer(200));
  EXPECT_THAT(take_events(), ElementsAre("response 200 1"));
  pass(4ms);
  EXPECT_EQ(layer.size(), 0u);
  receive(answer(200));
  EXPECT_THAT(take_events(), ElementsAre("stray 200"));
}

TEST_F(ClientTest, ASuccessAfterAFailureIsAStray) {
  start("INVITE");
  receive(answer(486));
  receive(answer(200, "other"));
  EXPECT_THAT(take_events(), ElementsAre("response 486 1", "stray 200"));
}

TEST_F(ClientTest, NonInviteRetransmitsOnTimerEAndGivesUpOnTimerF) {
  start("BYE");
  EXPECT_THAT(send_times(40s),
              ElementsAre(500, 1500, 3500, 7500, 11'500, 15'500, 19'500, 23'500, 27'500, 31'500));
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
  EXPECT_EQ(layer.size(), 0u);
}

TEST_F(ClientTest, NonInviteInProceedingRepeatsEveryT2) {
  start("OPTIONS");
  pass(100ms);
  receive(answer(100, ""));
  EXPECT_THAT(send_times(17s), ElementsAre(400, 4400, 8400, 12'400, 16'400));
  receive(answer(200));
  EXPECT_THAT(take_events(), ElementsAre("response 100 1", "response 200 1"));
}

TEST_F(ClientTest, NonInviteAbsorbsCopiesUntilTimerK) {
  start("BYE");
  receive(answer(200));
  receive(answer(200));
  EXPECT_THAT(take_events(), ElementsAre("response 200 1"));
  EXPECT_THAT(send_times(4996ms), IsEmpty());
  EXPECT_EQ(layer.size(), 1u);
  pass(4ms);
  EXPECT_EQ(layer.size(), 0u);
}

TEST_F(ClientTest, CancelWaitsForTheFirstProvisionalAnswer) {
  const auto id = start("INVITE");
  layer.cancel(id, "WARP;cause=1001;text=\"cancelled\"");
  layer.cancel(id, "twice");
  EXPECT_THAT(sent_lines(), ElementsAre("INVITE sip:15550100@192.0.2.1 SIP/2.0"));
  receive(answer(180));
  const auto sent = sender.take();
  ASSERT_EQ(sent.size(), 1u);
  const auto cancel = Message::parse(sent[0].bytes);
  ASSERT_TRUE(cancel);
  EXPECT_EQ(cancel->method(), Method::Cancel);
  EXPECT_EQ(cancel->via().branch, branch);
  EXPECT_EQ(cancel->cseq().number, 1u);
  EXPECT_EQ(cancel->to().tag, "");
  EXPECT_EQ(cancel->header(HeaderId::Reason), "WARP;cause=1001;text=\"cancelled\"");
  receive(test::response_text(*cancel, 200, "b"));
  receive(answer(487));
  EXPECT_THAT(take_events(), ElementsAre("response 180 1", "response 487 1"));
  EXPECT_THAT(sent_lines(), ElementsAre("ACK sip:15550100@192.0.2.1 SIP/2.0"));
}

TEST_F(ClientTest, ACancelledInviteWithoutFinalAnswerEndsAfter64T1) {
  const auto id = start("INVITE");
  receive(answer(180));
  pass(10s);
  layer.cancel(id, "");
  take_events();
  pass(31'996ms);
  EXPECT_THAT(take_events(), IsEmpty());
  pass(4ms);
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
  EXPECT_EQ(layer.size(), 0u);
}

TEST_F(ClientTest, TimerCCancelsAndALateSuccessIsAStray) {
  start("INVITE");
  receive(answer(180));
  sender.take();
  pass(179'996ms);
  EXPECT_THAT(take_events(), ElementsAre("response 180 1"));
  pass(4ms);
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
  EXPECT_THAT(sent_lines(), ElementsAre("CANCEL sip:15550100@192.0.2.1 SIP/2.0"));
  receive(answer(200));
  EXPECT_THAT(take_events(), ElementsAre("stray 200"));
  pass(60s);
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(ClientTest, AnAbandonedTransactionIsSilentButStillAcks) {
  const auto id = start("INVITE");
  layer.abandon(id);
  sender.take();
  receive(answer(180));
  receive(answer(486));
  EXPECT_THAT(take_events(), IsEmpty());
  EXPECT_THAT(sent_lines(), ElementsAre("ACK sip:15550100@192.0.2.1 SIP/2.0"));
  layer.abandon(start("BYE"));
  pass(40s);
  EXPECT_THAT(take_events(), IsEmpty());
  EXPECT_EQ(layer.size(), 0u);
}

TEST_F(ClientTest, AFailureToSendIsReportedLaterAndOnce) {
  sender.failing = true;
  start("INVITE");
  start("BYE");
  EXPECT_THAT(take_events(), IsEmpty());
  pass(4ms);
  EXPECT_THAT(take_events(), ElementsAre("error 1", "error 2"));
  EXPECT_EQ(layer.size(), 0u);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(ClientTest, ARetransmissionThatCannotBeSentEndsIt) {
  start("BYE");
  sender.failing = true;
  pass(500ms);
  EXPECT_THAT(take_events(), ElementsAre("error 1"));
  EXPECT_EQ(layer.size(), 0u);
}

TEST_F(ClientTest, ResponsesOfOthersAreDropped) {
  start("BYE");
  const auto mine = text;
  text.replace(text.find(branch), branch.size(), "z9hG4bKstranger");
  receive(answer(200));
  text = mine;
  text.replace(text.find("CSeq: 1 BYE"), 11, "CSeq: 1 INFO");
  text.replace(0, 3, "INFO");
  receive(answer(200));
  EXPECT_THAT(take_events(), IsEmpty());
  EXPECT_EQ(layer.size(), 1u);
}

TEST_F(ClientTest, IdsAndBranchesAreNeverReused) {
  std::vector<TransactionId> seen;
  std::vector<std::string> branches;
  for (int i = 0; i < 50; ++i) {
    seen.push_back(start("BYE"));
    branches.push_back(branch);
    receive(answer(200));
    pass(5s);
  }
  std::sort(seen.begin(), seen.end());
  std::sort(branches.begin(), branches.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(std::unique(branches.begin(), branches.end()), branches.end());
  EXPECT_EQ(branches[0].substr(0, 7), "z9hG4bK");
}

TEST_F(ClientTest, TheUserMayActFromWithinAnAnswer) {
  const auto id = start("INVITE");
  when_answered = [&](TransactionId, const Message& response) {
    if (response.status() == 180) layer.cancel(id, "");
    if (response.status() == 487)
      for (int i = 0; i < 600; ++i)  // makes pool and tables grow
        start("OPTIONS");
  };
  receive(answer(180));
  receive(answer(487));
  EXPECT_THAT(take_events(), ElementsAre("response 180 1", "response 487 1"));
  EXPECT_EQ(layer.size(), 602u);
  EXPECT_EQ(layer.send_request(Method::Ack, "z9hG4bKx", "", peer), 0u);
}

TEST_F(ClientTest, NothingImpossibleHappened) {
  start("INVITE");
  for (const int status : {100, 180, 200, 200, 486, 180, 100})
    receive(answer(status));
  start("INVITE");
  for (const int status : {486, 100, 200, 486})
    receive(answer(status));
  start("BYE");
  for (const int status : {100, 200, 100, 486})
    receive(answer(status));
  pass(200s);
  EXPECT_EQ(impossible(), 0u);
  EXPECT_EQ(layer.size(), 0u);
}

}  // namespace
}  // namespace warp::sip
