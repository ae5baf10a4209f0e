#include "warp/sip/transport/transports.h"

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/net/udp_socket.h"

#include "stream_node.h"
#include "support/wait.h"

namespace warp::sip {
namespace {

struct Edge {
  explicit Edge(LargeRequests large = LargeRequests::Tcp, bool with_tcp = true)
      : tls(*TlsProfiles::load({})), commons(*tls, {}), loop("shard-0", clock, metrics) {
    SipTransportsSettings settings;
    // Streams first: the index of Flow has UDP's first all the same.
    if (with_tcp) settings.listeners.push_back({address("127.0.0.1:0"), {}, SipTransport::Tcp, {}});
    settings.listeners.push_back({address("127.0.0.1:0"), address("192.0.2.1:0"), SipTransport::Udp, {}});
    settings.large = large;
    all = std::move(*SipTransports::open(loop, 0, settings, commons, log, metrics));
    SipTransports* const shards[] = {all.get()};
    all->start(recorder, shards);
  }
  ~Edge() {
    all->stop();
    loop.poll();
  }

  test::ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null"}};
  std::unique_ptr<TlsProfiles> tls;
  StreamCommons commons;
  net::Loop loop;
  StreamRecorder recorder;
  std::unique_ptr<SipTransports> all;
};

TEST(SipTransports, EveryTransportHasItsListener) {
  Edge edge;
  const auto listeners = edge.all->listeners();
  ASSERT_EQ(listeners.size(), 2u);
  EXPECT_EQ(listeners[0].transport, SipTransport::Udp);
  EXPECT_EQ(listeners[1].transport, SipTransport::Tcp);
  const auto udp = edge.all->flow_to(address("127.0.0.1:9"));
  const auto tcp = edge.all->flow_towards({address("127.0.0.1:9"), SipTransport::Tcp});
  ASSERT_TRUE(udp && tcp);
  EXPECT_EQ(udp->listener, 0);
  EXPECT_EQ(tcp->listener, 1);
  EXPECT_EQ(edge.all->sent_by(0).substr(0, 10), "192.0.2.1:");
  EXPECT_EQ(edge.all->sent_by(1), listeners[1].bind.to_string());
  EXPECT_TRUE(edge.all->alive(*udp));
}

TEST(SipTransports, NamesAndPeersOfListenersHoldForStreamsAndForTheNextShard) {
  Edge edge(LargeRequests::Tcp, false);
  SipTransportsSettings settings;
  settings.listeners = {
      {address("127.0.0.1:0"), {}, SipTransport::Tcp, {}, "in.example.net", {}},
      {address("127.0.0.1:0"), {}, SipTransport::Tcp, {}, {}, {*domain::Cidr::parse("10.0.0.0/8")}}};
  auto all = SipTransports::open(edge.loop, 1, settings, edge.commons, edge.log, edge.metrics);
  ASSERT_TRUE(all) << all.error();
  const auto shown = (*all)->listeners();
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ((*all)->sent_by(0), "in.example.net:" + std::to_string(shown[0].bind.port));
  EXPECT_EQ(shown[0].advertise_name, "in.example.net");
  EXPECT_EQ(shown[1].peers, settings.listeners[1].peers);
  EXPECT_EQ((*all)->flow_towards({address("10.0.0.1:9"), SipTransport::Tcp})->listener, 1);
  EXPECT_EQ((*all)->flow_towards({address("127.0.0.1:9"), SipTransport::Tcp})->listener, 0);
  (*all)->stop();
  edge.loop.poll();
}

TEST(SipTransports, LargeRequestsGoByTcpWhereTheyMay) {
  Edge edge;
  const auto udp = *edge.all->flow_to(address("127.0.0.1:9"));
  EXPECT_EQ(edge.all->choose(udp, 1300).transport, SipTransport::Udp);
  const auto large = edge.all->choose(udp, 1301);
  EXPECT_EQ(large.transport, SipTransport::Tcp);
  EXPECT_TRUE(large.by_size);
  EXPECT_EQ(large.remote, udp.remote);

  Edge without(LargeRequests::Tcp, false), told(LargeRequests::Udp);
  EXPECT_EQ(without.all->choose(udp, 5000).transport, SipTransport::Udp);
  EXPECT_EQ(told.all->choose(udp, 5000).transport, SipTransport::Udp);
}

TEST(SipTransports, WhoTookNoConnectionIsLeftAloneForAWhile) {
  Edge edge;
  const auto nobody = [] {
    StreamNode gone(on("127.0.0.1:0"));
    return gone.at();
  }();
  const auto udp = *edge.all->flow_to(nobody);
  ASSERT_TRUE(edge.all->send(edge.all->choose(udp, 5000), options()));
  ASSERT_TRUE(test::poll_until({&edge.loop}, [&] { return edge.recorder.lost.size() == 1; }));
  EXPECT_EQ(edge.all->choose(udp, 5000).transport, SipTransport::Udp);
  edge.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(edge.all->choose(udp, 5000).transport, SipTransport::Tcp);
}

TEST(SipTransports, AnOccupiedAddressIsNamed) {
  Edge edge;
  SipTransportsSettings settings;
  settings.listeners = {{address("192.0.2.55:5060"), {}, SipTransport::Tcp, {}}};
  const auto opened = SipTransports::open(edge.loop, 0, settings, edge.commons, edge.log, edge.metrics);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().substr(0, 19), "TCP 192.0.2.55:5060");
}

TEST(SipTransports, StunIsAnsweredOnTheSipPort) {
  Edge edge;
  auto client = std::move(*net::UdpSocket::open(address("127.0.0.1:0")));
  const std::string request = std::string("\0\1\0\0\x21\x12\xa4\x42", 8) + "123456789012";
  client.send(edge.all->listeners()[0].bind, as_bytes(request));
  client.send(edge.all->listeners()[0].bind, as_bytes(std::string_view("\r\n\r\n")));
  net::DatagramBatch batch;
  std::string heard;
  std::size_t count = 0;
  ASSERT_TRUE(test::poll_until({&edge.loop}, [&] {
    for (const auto& datagram : client.receive(batch)) {
      heard.assign(reinterpret_cast<const char*>(datagram.bytes.data()), datagram.bytes.size());
      ++count;
    }
    return count > 0;
  }));
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(heard.substr(0, 2), std::string("\1\1"));
  EXPECT_EQ(heard.size(), 32u);
}

struct Tap final : MessageTap {
  void on_message(Way way, const Flow&, std::string_view bytes) override {
    seen.push_back((way == Way::In ? "in " : "out ") + std::string(bytes.substr(0, 7)));
  }
  std::vector<std::string> seen;
};

TEST(SipTransports, ATapSeesMessagesOfEveryTransport) {
  Edge edge;
  Tap tap;
  edge.all->set_tap(&tap);
  BareClient client(edge.all->listeners()[1].bind);
  client.send("\r\n\r\n" + options());
  ASSERT_TRUE(test::poll_until({&edge.loop}, [&] { return edge.recorder.seen.size() == 1; }));
  const auto& seen = edge.recorder.seen[0];
  edge.all->send(seen.from, test::response_text(*Message::parse(seen.text), 200, "b"));
  edge.all->send(*edge.all->flow_to(edge.all->listeners()[0].bind), options("by-udp"));
  ASSERT_TRUE(test::poll_until({&edge.loop}, [&] { return edge.recorder.seen.size() == 2; }));
  EXPECT_EQ(tap.seen, (std::vector<std::string>{"in OPTIONS", "out SIP/2.0", "out OPTIONS", "in OPTIONS"}));
}

}  // namespace
}  // namespace warp::sip
