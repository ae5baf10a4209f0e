#include "warp/sip/transport/stream_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream_node.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

std::string answer_to(const StreamRecorder::Seen& seen) {
  return test::response_text(*Message::parse(seen.text), 200, "b");
}

TEST(StreamTransport, ARequestComesInAndItsAnswerGoesBackByTheSameConnection) {
  for (const auto* bind : {"127.0.0.1:0", "[::1]:0"}) {
    StreamNode node(on(bind));
    BareClient client(node.at());
    client.send(options());
    ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 1; }));
    const auto& seen = node.recorder().seen[0];
    EXPECT_EQ(seen.from.remote.port, client.port());
    EXPECT_TRUE(seen.from.reliable());
    EXPECT_NE(seen.from.connection, 0u);
    EXPECT_TRUE(node.transport().alive(seen.from));
    EXPECT_TRUE(node.transport().send(seen.from, answer_to(seen)));
    ASSERT_TRUE(until({&node}, [&] { return !client.heard().empty(); }));
    EXPECT_THAT(client.heard(), StartsWith("SIP/2.0 200 "));
    client.close();
    ASSERT_TRUE(until({&node}, [&] { return node.recorder().lost.size() == 1; }));
    EXPECT_EQ(node.recorder().lost[0].connection, seen.from.connection);
    EXPECT_FALSE(node.transport().alive(seen.from));
    EXPECT_EQ(node.connections(), 0u);
    EXPECT_EQ(node.metric("connections", "transport=\"TCP\""), 0u);
  }
}

TEST(StreamTransport, OneConnectionServesManyRequestsToOnePeer) {
  StreamNode node(on("127.0.0.1:0")), peer(on("127.0.0.1:0"));
  const auto flow = node.transport().flow_towards({peer.at(), SipTransport::Tcp});
  ASSERT_TRUE(flow);
  EXPECT_EQ(node.transport().sent_by(flow->listener), node.at().to_string());
  EXPECT_EQ(node.connections(), 0u) << "nothing is opened before the first send";
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(node.transport().send(*flow, options("call-" + std::to_string(i))));
  ASSERT_TRUE(until({&node, &peer}, [&] { return peer.recorder().seen.size() == 10; }));
  EXPECT_EQ(node.connections(), 1u);
  EXPECT_EQ(peer.connections(), 1u);
  for (const auto& seen : peer.recorder().seen)
    EXPECT_TRUE(peer.transport().send(seen.from, answer_to(seen)));
  ASSERT_TRUE(until({&node, &peer}, [&] { return node.recorder().seen.size() == 10; }));
}

TEST(StreamTransport, NoFamilyNoTransportNoFlow) {
  StreamNode node(on("127.0.0.1:0"));
  EXPECT_FALSE(node.transport().flow_towards({address("[2001:db8::1]:5060"), SipTransport::Tcp}));
  EXPECT_FALSE(node.transport().flow_towards({address("127.0.0.1:5061"), SipTransport::Tls}));
}

TEST(StreamTransport, WhoCannotBeReachedIsToldByItsAddress) {
  StreamNode node(on("127.0.0.1:0"));
  const auto nobody = [] {
    StreamNode gone(on("127.0.0.1:0"));
    return gone.at();
  }();
  const auto flow = *node.transport().flow_towards({nobody, SipTransport::Tcp});
  EXPECT_TRUE(node.transport().send(flow, options())) << "it waits for its connection";
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().lost.size() == 1; }));
  EXPECT_EQ(node.recorder().lost[0].connection, 0u);
  EXPECT_EQ(node.recorder().lost[0].remote, nobody);
  EXPECT_EQ(node.connections(), 0u);
}

TEST(StreamTransport, AMessageReachesItsShardAndIsAnsweredFromThere) {
  StreamNode node(on("127.0.0.1:0"), {}, 2);
  BareClient client(node.at());
  for (unsigned shard = 0; shard < 2; ++shard)
    client.send(options(make_call_id(shard, 1, 2, "h")));
  ASSERT_TRUE(
      until({&node}, [&] { return node.recorder(0).seen.size() + node.recorder(1).seen.size() == 2; }));
  for (unsigned shard = 0; shard < 2; ++shard) {
    ASSERT_EQ(node.recorder(shard).seen.size(), 1u);
    const auto& seen = node.recorder(shard).seen[0];
    EXPECT_TRUE(node.transport(shard).alive(seen.from));
    EXPECT_TRUE(node.transport(shard).send(seen.from, answer_to(seen)));
  }
  ASSERT_TRUE(until({&node}, [&] { return client.heard().find("SIP/2.0", 8) != std::string::npos; }));
  client.reset();
  ASSERT_TRUE(until({&node}, [&] {
    return node.recorder(0).lost.size() + node.recorder(1).lost.size() == 2;
  })) << "both shards used it, both are told";
  // What a shard sends by another's dead connection comes back as lost, too.
  for (unsigned shard = 0; shard < 2; ++shard) {
    const auto& flow = node.recorder(shard).seen[0].from;
    EXPECT_FALSE(node.transport(shard).alive(flow));
    if (node.transport(shard).send(flow, options("late"))) {
      EXPECT_TRUE(until({&node}, [&] { return node.recorder(shard).lost.size() == 2; }));
    }
  }
}

// RFC 3261 §18.2.2.
TEST(StreamTransport, AnAnswerWhoseConnectionIsGoneGoesToTheViasPort) {
  StreamNode node(on("127.0.0.1:0")), peer(on("127.0.0.1:0"));
  BareClient client(node.at());
  client.send(options("call-1", peer.at().to_string()));
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 1; }));
  client.close();
  ASSERT_TRUE(until({&node}, [&] { return node.connections() == 0; }));
  const auto& seen = node.recorder().seen[0];
  EXPECT_TRUE(node.transport().send(seen.from, answer_to(seen)));
  ASSERT_TRUE(until({&node, &peer}, [&] { return peer.recorder().seen.size() == 1; }));
  EXPECT_FALSE(peer.recorder().seen[0].request);
  EXPECT_FALSE(node.transport().send(seen.from, options("call-2"))) << "a request has no such second way";
}

TEST(StreamTransport, PingsAreAnswered) {
  StreamNode node(on("127.0.0.1:0"));
  BareClient client(node.at());
  client.send("\r\n\r\n");
  ASSERT_TRUE(until({&node}, [&] { return client.heard() == "\r\n"; }));
  client.send(options());
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 1; }));
}

TEST(StreamTransport, WhatCannotBeFramedIsAnsweredAndClosed) {
  StreamNode node(on("127.0.0.1:0"));
  BareClient client(node.at());
  auto text = options();
  text.replace(text.find("Content-Length: 0\r\n"), 19, "");
  client.send(text);
  ASSERT_TRUE(until({&node}, [&] { return client.ended(); }));
  EXPECT_THAT(client.heard(), StartsWith("SIP/2.0 400 Bad Request (No Content-Length)"));
  client.close();
  EXPECT_TRUE(until({&node}, [&] { return node.connections() == 0; }));
  EXPECT_EQ(node.metric("framing_errors_total", "fault=\"no_content_length\""), 1u);

  BareClient large(node.at());
  text = options();
  text.replace(text.find("Content-Length: 0\r\n"), 19, "Content-Length: 70000\r\n");
  large.send(text);
  ASSERT_TRUE(until({&node}, [&] { return large.ended(); }));
  EXPECT_THAT(large.heard(), StartsWith("SIP/2.0 513 Message Too Large"));
}

TEST(StreamTransport, ABadMessageIsAnsweredAndTheNextIsServed) {
  StreamNode node(on("127.0.0.1:0"));
  BareClient client(node.at());
  auto bad = options();
  bad.replace(bad.find("Max-Forwards: 70"), 16, "Max-Forwards: x!");
  client.send(bad + options("call-2"));
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 1 && !client.heard().empty(); }));
  EXPECT_EQ(node.recorder().malformed, 1);
  EXPECT_THAT(client.heard(), StartsWith("SIP/2.0 400"));
}

TEST(StreamTransport, OneOctetASecondIsCutOff) {
  StreamNode node(on("127.0.0.1:0"));
  BareClient client(node.at());
  client.send(options("first"));
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 1; }));
  const auto text = options();
  for (std::size_t i = 0; i < 12 && node.connections() > 0; ++i) {
    client.send(text.substr(i, 1));
    pass(node, 1s);
  }
  EXPECT_TRUE(until({&node}, [&] { return client.ended(); }));
  EXPECT_EQ(node.metric("connections_closed_total", "reason=\"slow_sender\""), 1u);
}

TEST(StreamTransport, SilenceIsCutOff) {
  auto settings = on("127.0.0.1:0");
  settings.limits.idle = 60s;
  StreamNode node(settings);
  BareClient silent(node.at()), quiet(node.at()), kept(node.at());
  quiet.send(options("a"));
  kept.send(options("b"));
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 2 && node.connections() == 3; }));
  pass(node, 31s);
  EXPECT_TRUE(until({&node}, [&] { return silent.ended(); }));
  EXPECT_EQ(node.metric("connections_closed_total", "reason=\"no_message\""), 1u);
  kept.send("\r\n\r\n");
  ASSERT_TRUE(until({&node}, [&] { return !kept.heard().empty(); }));
  pass(node, 31s);
  EXPECT_TRUE(until({&node}, [&] { return quiet.ended(); }));
  EXPECT_FALSE(kept.ended());
  EXPECT_EQ(node.metric("connections_closed_total", "reason=\"idle\""), 1u);
}

TEST(StreamTransport, WhoTakesNothingIsCutOff) {
  auto settings = on("127.0.0.1:0");
  settings.limits.write_octets = 256 * 1024;
  StreamNode node(settings);
  BareClient client(node.at());
  client.send(options());
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 1; }));
  const auto flow = node.recorder().seen[0].from;
  const std::string large(64 * 1024, 'x');
  int sent = 0;
  while (sent < 10'000 && node.transport().send(flow, large)) {
    ++sent;
    node.poll();
  }
  EXPECT_LT(sent, 10'000);
  EXPECT_EQ(node.metric("connections_closed_total", "reason=\"slow_reader\""), 1u);
  EXPECT_TRUE(node.recorder().lost.empty()) << "not from within send";
  EXPECT_TRUE(until({&node}, [&] { return node.recorder().lost.size() == 1; }));
}

TEST(StreamTransport, ConnectionsAreCountedAndCapped) {
  auto settings = on("127.0.0.1:0");
  settings.limits.connections = 3;
  settings.limits.per_source = 2;
  StreamNode node(settings, {}, 2);
  std::vector<std::unique_ptr<BareClient>> clients;
  for (int i = 0; i < 4; ++i)
    clients.push_back(std::make_unique<BareClient>(node.at()));
  const auto refused = [&](const char* why) {
    return node.metric("connections_refused_total", "reason=\"" + std::string(why) + "\"");
  };
  ASSERT_TRUE(until({&node}, [&] { return refused("source") == 2; }));
  EXPECT_EQ(node.connections(), 2u);
  // Ours count as well.
  StreamNode peer(on("127.0.0.1:0")), other(on("127.0.0.1:0"));
  EXPECT_TRUE(
      node.transport().send(*node.transport().flow_towards({peer.at(), SipTransport::Tcp}), options()));
  EXPECT_FALSE(
      node.transport().send(*node.transport().flow_towards({other.at(), SipTransport::Tcp}), options()));
  EXPECT_EQ(refused("total"), 1u);
  clients.clear();
  ASSERT_TRUE(until({&node, &peer}, [&] { return node.connections() == 1; }));
  BareClient again(node.at());
  ASSERT_TRUE(until({&node, &peer}, [&] { return node.connections() == 2; }));
}

TEST(StreamTransport, TheBannedAreNotHeard) {
  StreamNode node(on("127.0.0.1:0"));
  BareClient before(node.at());
  ASSERT_TRUE(until({&node}, [&] { return node.connections() == 1; }));
  node.recorder().admit = false;
  BareClient after(node.at());
  before.send(options());
  EXPECT_TRUE(until({&node}, [&] { return before.ended() && after.ended(); }));
  EXPECT_TRUE(node.recorder().seen.empty());
  EXPECT_EQ(node.connections(), 0u);
}

TEST(StreamTransport, ConnectionsThatWeOpenedArePingedAndMustAnswer) {
  StreamNode node(on("127.0.0.1:0")), peer(on("127.0.0.1:0"));
  const auto flow = *node.transport().flow_towards({peer.at(), SipTransport::Tcp});
  ASSERT_TRUE(node.transport().send(flow, options()));
  ASSERT_TRUE(until({&node, &peer}, [&] { return peer.recorder().seen.size() == 1; }));
  const auto heard = [](StreamNode& one) {
    return one.metrics.expose().find("warp_sip_transport_stream_keep_alives_total 1\n") != std::string::npos;
  };
  pass(node, 121s);
  ASSERT_TRUE(until({&node, &peer}, [&] { return heard(peer) && heard(node); })) << "a ping and its pong";
  // The peer says nothing any more: it is not polled.
  pass(node, 121s);
  EXPECT_EQ(node.connections(), 1u);
  pass(node, 11s);
  EXPECT_EQ(node.connections(), 0u);
  EXPECT_EQ(node.metric("connections_closed_total", "reason=\"no_pong\""), 1u);
  EXPECT_EQ(node.recorder().lost.size(), 1u);
}

TEST(StreamTransport, APeerThatKnowsNoPingsIsKept) {
  StreamNode node(on("127.0.0.1:0"));
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const domain::SocketAddress there{address("127.0.0.1:0").ip, acceptor.local_endpoint().port()};
  ASSERT_TRUE(node.transport().send(*node.transport().flow_towards({there, SipTransport::Tcp}), options()));
  auto taken = acceptor.accept();
  pass(node, 400s);
  EXPECT_EQ(node.connections(), 1u);
  EXPECT_TRUE(node.recorder().lost.empty());
}

// Idle ones cost memory and a descriptor, nothing more; a small picture of 60,000.
TEST(StreamTransport, ManyIdleConnectionsHarmNobody) {
  auto settings = on("127.0.0.1:0");
  settings.limits.connections = 300;
  settings.limits.per_source = 300;
  StreamNode node(settings, {}, 2);
  std::vector<std::unique_ptr<BareClient>> idle;
  for (int i = 0; i < 299; ++i) {
    idle.push_back(std::make_unique<BareClient>(node.at()));
    node.poll();
  }
  ASSERT_TRUE(until({&node}, [&] { return node.connections() == 299; }));
  BareClient busy(node.at());
  busy.send(options());
  ASSERT_TRUE(
      until({&node}, [&] { return node.recorder(0).seen.size() + node.recorder(1).seen.size() == 1; }));
  pass(node, 31s);
  ASSERT_TRUE(until({&node}, [&] { return node.connections() == 1; }));
  EXPECT_EQ(node.metric("connections_closed_total", "reason=\"no_message\""), 299u);
}

}  // namespace
}  // namespace warp::sip
