// Transactions over streams, and those that change from one to the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/transaction_bench.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

struct StreamTransactions : testing::Test, test::TransactionBench {
  StreamTransactions() {
    peer.transport = SipTransport::Tcp;
    peer.connection = 7;
  }
  TransactionId start(const std::string& method, const Flow& to, const std::string& extra = {}) {
    test::RequestText request{.method = method};
    request.via = "SIP/2.0/UDP 192.0.2.1:5060;branch=" + layer.new_branch() + ";rport";
    request.extra = extra;
    text = request.text();
    return layer.send_request(method_from(method), Message::parse(text)->via().branch, text, to);
  }
  Flow towards() const {
    Flow flow = peer;
    flow.connection = 0;
    return flow;
  }
  // What the transport says when that connection is gone, or could not be had.
  void lose(Flow flow, std::uint64_t connection) {
    flow.connection = connection;
    layer.connection_lost(flow);
  }
  std::string answer(int status) { return test::response_text(*Message::parse(text), status, "b"); }
  bool respond(int status) {
    return layer.respond(last_request, static_cast<std::uint16_t>(status),
                         test::response_text(*Message::parse(last_text), status, "t"));
  }
  std::vector<std::string> sent_lines() { return sender.lines(sender.take()); }

  std::string text;
};

TEST_F(StreamTransactions, NothingIsSentTwice) {
  start("INVITE", towards());
  EXPECT_THAT(send_times(31s), IsEmpty());
  pass(1100ms);
  EXPECT_THAT(take_events(), ElementsAre("timeout 1"));
  start("OPTIONS", towards());
  EXPECT_THAT(send_times(31s), IsEmpty());
  pass(1100ms);
  EXPECT_THAT(take_events(), ElementsAre("timeout 2"));
  EXPECT_EQ(impossible(), 0u);
}

TEST_F(StreamTransactions, ClientsEndWithTheirFinalAnswer) {
  start("INVITE", towards());
  receive(answer(486));
  EXPECT_THAT(sent_lines(),
              ElementsAre("INVITE sip:15550100@192.0.2.1 SIP/2.0", "ACK sip:15550100@192.0.2.1 SIP/2.0"));
  start("OPTIONS", towards());
  receive(answer(200));
  pass(8ms);
  EXPECT_EQ(layer.size(), 0u) << "timers D and K are zero";
  start("INVITE", towards());
  receive(answer(200));
  pass(1s);
  EXPECT_EQ(layer.size(), 1u) << "timer M is not: other 2xx may come";
}

TEST_F(StreamTransactions, ServersEndWithTheirFinalAnswer) {
  test::RequestText options{.method = "OPTIONS"};
  receive(options.text());
  pass(10s);
  EXPECT_EQ(layer.size(), 1u) << "the user has its time";
  EXPECT_TRUE(respond(200));
  pass(8ms);
  EXPECT_EQ(layer.size(), 0u) << "timer J is zero";

  test::RequestText invite;
  receive(invite.text());
  EXPECT_TRUE(respond(486));
  EXPECT_THAT(send_times(2s), IsEmpty()) << "timer G does not run";
  auto ack = invite;
  ack.method = "ACK";
  ack.to += ";tag=t";
  receive(ack.text());
  pass(8ms);
  EXPECT_EQ(layer.size(), 0u) << "timer I is zero";
  EXPECT_EQ(impossible(), 0u);
}

TEST_F(StreamTransactions, ALostConnectionFailsWhatNobodyAnswered) {
  start("INVITE", towards());
  start("OPTIONS", towards());
  auto elsewhere = towards();
  elsewhere.peer = 3;
  start("OPTIONS", elsewhere);
  take_events();
  lose(towards(), 7);
  EXPECT_THAT(take_events(), ElementsAre("error 1", "error 2"));
  EXPECT_EQ(layer.size(), 1u) << "another peer's connection";
}

TEST_F(StreamTransactions, ALostConnectionEndsNothingThatIsAnswered) {
  start("INVITE", towards());
  receive(answer(180));
  take_events();
  lose(towards(), 7);
  EXPECT_THAT(take_events(), IsEmpty());
  receive(answer(486));  // by another connection (RFC 3261 §18.2.2)
  EXPECT_THAT(take_events(), ElementsAre("response 486 1"));
  lose(towards(), 7);
  start("INVITE", towards());
  receive(answer(200));
  lose(towards(), 7);
  start("OPTIONS", towards());
  receive(answer(200));
  lose(towards(), 7);
  EXPECT_EQ(impossible(), 0u);
}

TEST_F(StreamTransactions, WhoAsksByOneConnectionFailsWithThatOneAlone) {
  start("OPTIONS", peer);
  lose(peer, 8);
  EXPECT_EQ(layer.size(), 1u);
  lose(peer, 7);
  EXPECT_THAT(take_events(), ElementsAre("error 1"));
}

struct LargeRequests : StreamTransactions {
  LargeRequests() {
    peer = Flow{*domain::SocketAddress::parse("192.0.2.9:5060"),
                *domain::SocketAddress::parse("192.0.2.1:5060")};
    sender.large_by_tcp = true;
  }
  const std::string filler = "Subject: " + std::string(1300, 'x') + "\r\n";
};

TEST_F(LargeRequests, GoByTcpAndSayIt) {
  start("INVITE", peer, filler);
  start("INVITE", peer);
  const auto sent = sender.take();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].flow.transport, SipTransport::Tcp);
  const auto message = Message::parse(sent[0].bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->via().transport, "TCP");
  EXPECT_EQ(message->via().branch, Message::parse(sent[0].bytes)->via().branch);
  EXPECT_TRUE(message->via().rport_asked);
  EXPECT_EQ(sent[1].flow.transport, SipTransport::Udp);
  EXPECT_THAT(send_times(400ms), IsEmpty());
}

TEST_F(LargeRequests, GoByUdpWhenThereIsNoConnection) {
  start("INVITE", peer, filler);
  const auto first = sender.take();
  ASSERT_EQ(first.size(), 1u);
  lose(first[0].flow, 0);
  const auto second = sender.take();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].flow.transport, SipTransport::Udp);
  EXPECT_EQ(second[0].bytes, text);
  EXPECT_THAT(send_times(1600ms), ElementsAre(500, 1500)) << "with UDP's timers";
  receive(answer(180));
  receive(answer(486));
  EXPECT_THAT(take_events(), ElementsAre("response 180 1", "response 486 1"));
  EXPECT_THAT(sender.take().back().bytes, StartsWith("ACK "));
  EXPECT_EQ(impossible(), 0u);
}

TEST_F(LargeRequests, FailWhenTheirConnectionIsLostLater) {
  start("INVITE", peer, filler);
  lose(sender.take()[0].flow, 7);
  EXPECT_THAT(take_events(), ElementsAre("error 1")) << "the peer may have it";
}

}  // namespace
}  // namespace warp::sip
