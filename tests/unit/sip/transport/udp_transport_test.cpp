#include "warp/sip/transport/udp_transport.h"

#include <functional>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/net/udp_socket.h"

#include "support/sip_text.h"
#include "support/wait.h"

namespace warp::sip {
namespace {

domain::SocketAddress address(std::string_view text) {
  return *domain::SocketAddress::parse(text);
}

struct Recorder final : MessageHandler {
  struct Seen {
    std::string call_id;
    Flow from;
  };
  void on_message(Message message, const Flow& from) override {
    seen.push_back({std::string(message.call_id()), from});
    if (then) then(from);
  }
  void on_malformed(const ParseError& error, const Flow&) override { malformed.push_back(error.code); }
  bool admits(const domain::SocketAddress&) override { return admit; }

  std::vector<Seen> seen;
  std::vector<ParseCode> malformed;
  bool admit = true;
  std::function<void(const Flow&)> then;
};

// Two shards on one loopback port and a client socket, driven by hand.
struct Fixture {
  explicit Fixture(std::string_view bind, UdpTransportSettings settings = {}) {
    settings.listeners = {{address(bind), std::nullopt}};
    for (unsigned i = 0; i < 2; ++i) {
      auto opened = UdpTransport::open(loops[i], i, settings, metrics);
      EXPECT_TRUE(opened);
      transports[i] = std::move(*opened);
      settings.listeners = transports[0]->listeners();
    }
    server = settings.listeners[0].bind;
    client = std::move(*net::UdpSocket::open(address(bind)));
  }

  void start() {
    const std::array<UdpTransport*, 2> shards{transports[0].get(), transports[1].get()};
    for (unsigned i = 0; i < 2; ++i)
      transports[i]->start(recorders[i], shards);
  }
  template <class Condition>
  bool until(Condition condition) {
    return test::poll_until({&loops[0], &loops[1]}, condition);
  }
  void send(std::string_view text) {
    EXPECT_EQ(client.send(server, as_bytes(text)), net::UdpSocket::Sent::Yes);
  }
  // What the client gets next. Polls the loops unless threads run them.
  std::string reply(bool threads = false) {
    std::string text;
    const std::initializer_list<net::Loop*> both{&loops[0], &loops[1]}, none{};
    EXPECT_TRUE(test::poll_until(threads ? none : both, [&] {
      for (const auto& datagram : client.receive(batch))
        text.assign(reinterpret_cast<const char*>(datagram.bytes.data()), datagram.bytes.size());
      return !text.empty();
    }));
    return text;
  }
  std::uint64_t metric(const std::string& name, const std::string& labels) const {
    const auto line = "\n" + name + "{" + labels + "} ";
    const auto text = metrics.expose();
    const auto at = text.find(line);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + line.size()));
  }

  SystemClock clock;
  metrics::Registry metrics;
  net::Loop loops[2]{{"shard-0", clock, metrics}, {"shard-1", clock, metrics}};
  Recorder recorders[2];
  std::unique_ptr<UdpTransport> transports[2];
  domain::SocketAddress server;
  net::UdpSocket client;
  net::DatagramBatch batch;
};

struct UdpTransportTest : testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Families, UdpTransportTest, testing::Values("127.0.0.1:0", "[::1]:0"));

TEST_P(UdpTransportTest, EveryMessageReachesTheShardThatOwnsItsCallId) {
  Fixture f(GetParam());
  f.start();
  constexpr std::size_t kMessages = 200;
  for (std::size_t i = 0; i < kMessages; ++i) {
    test::RequestText request;
    request.call_id = i % 2 == 0 ? make_call_id(i / 2 % 2, i, i, "h") : "call-" + std::to_string(i);
    f.send(request.text());
  }
  ASSERT_TRUE(f.until([&] { return f.recorders[0].seen.size() + f.recorders[1].seen.size() == kMessages; }));
  for (unsigned shard = 0; shard < 2; ++shard) {
    EXPECT_GT(f.recorders[shard].seen.size(), kMessages / 4);
    for (const auto& seen : f.recorders[shard].seen) {
      EXPECT_EQ(shard_of(seen.call_id, 2), shard);
      EXPECT_EQ(seen.from.remote, f.client.local());
      EXPECT_EQ(seen.from.local, f.server);
    }
  }
  // One client is one 4-tuple: the kernel gave everything to one shard, which handed the other's part over.
  const auto handed = f.metric("warp_sip_transport_handed_over_total", "shard=\"0\"") +
                      f.metric("warp_sip_transport_handed_over_total", "shard=\"1\"");
  EXPECT_GE(handed, std::min(f.recorders[0].seen.size(), f.recorders[1].seen.size()));
}

TEST_P(UdpTransportTest, AnswersToABatchLeaveInOrderAndNoRequestOvertakesThem) {
  Fixture f(GetParam());
  const std::string id = make_call_id(0, 1, 1, "h");
  constexpr std::size_t kMessages = 150;  // more than leave at once
  for (unsigned shard = 0; shard < 2; ++shard)
    f.recorders[shard].then = [&f, shard](const Flow& from) {
      const auto count = f.recorders[shard].seen.size();
      EXPECT_TRUE(f.transports[shard]->send(from, "SIP/2.0 200 " + std::to_string(count)));
      if (count % 40 != 0) return;
      EXPECT_TRUE(f.transports[shard]->send(from, "OPTIONS " + std::to_string(count)));
    };
  f.start();
  test::RequestText request;
  request.call_id = id;
  for (std::size_t i = 0; i < kMessages; ++i)
    f.send(request.text());
  std::vector<std::string> got, wanted;
  for (std::size_t i = 1; i <= kMessages; ++i) {
    wanted.push_back("SIP/2.0 200 " + std::to_string(i));
    if (i % 40 == 0) wanted.push_back("OPTIONS " + std::to_string(i));
  }
  EXPECT_TRUE(f.until([&] {
    for (const auto& datagram : f.client.receive(f.batch))
      got.emplace_back(reinterpret_cast<const char*>(datagram.bytes.data()), datagram.bytes.size());
    return got.size() >= wanted.size();
  }));
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(f.metric("warp_sip_transport_datagrams_total", "direction=\"out\",shard=\"0\"") +
                f.metric("warp_sip_transport_datagrams_total", "direction=\"out\",shard=\"1\""),
            wanted.size());
}

TEST_P(UdpTransportTest, AnswersWithoutAPlaceAllArriveAndHoldNothingUp) {
  Fixture f(GetParam());
  constexpr std::size_t kMessages = 150;
  const auto refusal = [](std::size_t number) {
    std::string text = "SIP/2.0 503 " + std::to_string(number);
    return text.append(number % 7 == 0 ? 420 : 400, ' ');
  };
  for (unsigned shard = 0; shard < 2; ++shard)
    f.recorders[shard].then = [&f, &refusal, shard](const Flow& from) {
      const auto count = f.recorders[shard].seen.size();
      if (count % 40 == 0)
        EXPECT_TRUE(f.transports[shard]->send(from, "OPTIONS"));
      else
        EXPECT_TRUE(f.transports[shard]->send_unordered(from, refusal(count)));
    };
  f.start();
  test::RequestText request;
  request.call_id = make_call_id(0, 1, 1, "h");
  for (std::size_t i = 0; i < kMessages; ++i)
    f.send(request.text());
  std::multiset<std::string> got, wanted;
  for (std::size_t i = 1; i <= kMessages; ++i)
    wanted.insert(i % 40 == 0 ? "OPTIONS" : refusal(i));
  EXPECT_TRUE(f.until([&] {
    for (const auto& datagram : f.client.receive(f.batch))
      got.emplace(reinterpret_cast<const char*>(datagram.bytes.data()), datagram.bytes.size());
    return got.size() >= wanted.size();
  }));
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(f.metric("warp_sip_transport_datagrams_total", "direction=\"out\",shard=\"0\"") +
                f.metric("warp_sip_transport_datagrams_total", "direction=\"out\",shard=\"1\""),
            wanted.size());
  // Outside of a batch nothing would send what is kept.
  EXPECT_TRUE(f.transports[0]->send_unordered({f.client.local(), f.server, 0}, refusal(1)));
  EXPECT_EQ(f.reply(), refusal(1));
}

// As peers write it: either name, any case, with blanks or without, in front of or behind other headers.
std::string with_call_id(std::size_t number, const std::string& id) {
  static const char* const kNames[] = {"Call-ID: ", "i: ", "CALL-ID:", "call-id :  ", "i:"};
  test::RequestText request;
  request.call_id = id;
  auto text = request.text();
  const auto at = text.find("Call-ID: ");
  return text.replace(at, 9, kNames[number % std::size(kNames)]);
}

TEST_P(UdpTransportTest, TheKernelQueuesMessagesForTheirShard) {
  Fixture f(GetParam());
  const std::array<UdpTransport*, 2> shards{f.transports[0].get(), f.transports[1].get()};
  const auto error = UdpTransport::steer(shards);
  if (error == boost::system::errc::operation_not_permitted)
    GTEST_SKIP() << "loading a BPF program needs CAP_BPF here";
  ASSERT_FALSE(error) << error.message();
  f.start();
  constexpr std::size_t kMessages = 200;
  for (std::size_t i = 0; i < kMessages; ++i)
    f.send(with_call_id(i, i % 2 == 0 ? make_call_id(i / 2 % 2, i, i, "h") : "call-" + std::to_string(i)));
  ASSERT_TRUE(f.until([&] { return f.recorders[0].seen.size() + f.recorders[1].seen.size() == kMessages; }));
  for (unsigned shard = 0; shard < 2; ++shard)
    for (const auto& seen : f.recorders[shard].seen)
      EXPECT_EQ(shard_of(seen.call_id, 2), shard);
  EXPECT_EQ(f.metric("warp_sip_transport_handed_over_total", "shard=\"0\""), 0u);
  EXPECT_EQ(f.metric("warp_sip_transport_handed_over_total", "shard=\"1\""), 0u);
}

// What the program cannot see is handed over: nothing is lost for it.
TEST_P(UdpTransportTest, WhatTheKernelCannotReadArrivesAllTheSame) {
  Fixture f(GetParam());
  const std::array<UdpTransport*, 2> shards{f.transports[0].get(), f.transports[1].get()};
  (void)UdpTransport::steer(shards);
  f.start();
  constexpr std::size_t kMessages = 40;
  for (std::size_t i = 0; i < kMessages; ++i) {
    test::RequestText request;
    request.call_id = "call-" + std::to_string(i) + std::string(i % 2 == 0 ? 200 : 0, 'x');
    auto text = request.text();
    if (i % 2 == 1) text.replace(text.find("Call-ID: "), 9, "Call-ID:\r\n ");
    f.send(text);
  }
  f.send("\r\n");
  f.send("Call-ID");
  ASSERT_TRUE(f.until([&] {
    return f.recorders[0].seen.size() + f.recorders[1].seen.size() == kMessages &&
           f.recorders[0].malformed.size() + f.recorders[1].malformed.size() == 1;
  }));
  for (unsigned shard = 0; shard < 2; ++shard)
    for (const auto& seen : f.recorders[shard].seen)
      EXPECT_EQ(shard_of(seen.call_id, 2), shard);
}

TEST_P(UdpTransportTest, SendsFromTheListenerThatWasAsked) {
  Fixture f(GetParam());
  f.start();
  const auto flow = f.transports[1]->flow_to(f.client.local());
  ASSERT_TRUE(flow);
  EXPECT_TRUE(f.transports[1]->send(*flow, "hello"));
  EXPECT_EQ(f.reply(), "hello");
  EXPECT_EQ(f.transports[1]->sent_by(0), f.server.to_string());
  Flow nowhere = *flow;
  nowhere.listener = 9;
  EXPECT_FALSE(f.transports[1]->send(nowhere, "hello"));
}

TEST(UdpTransport, ShardsOnTheirOwnThreadsLoseNothing) {
  struct Counter final : MessageHandler {
    void on_message(Message message, const Flow& from) override {
      wrong += shard_of(message.call_id(), 2) != shard;
      ++count;
      // One in flight: the client sends the next when it has this.
      transport->send(from, message.call_id());
    }
    void on_malformed(const ParseError&, const Flow&) override { ++wrong; }
    UdpTransport* transport = nullptr;
    unsigned shard = 0;
    int count = 0, wrong = 0;
  };
  Fixture f("127.0.0.1:0");
  Counter counters[2];
  const std::array<UdpTransport*, 2> shards{f.transports[0].get(), f.transports[1].get()};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 2; ++i) {
    counters[i].transport = shards[i];
    counters[i].shard = i;
    shards[i]->start(counters[i], shards);
  }
  for (auto& loop : f.loops)
    threads.emplace_back([&loop] { loop.run(); });
  test::RequestText request;
  constexpr int kMessages = 500;
  for (int i = 0; i < kMessages; ++i) {
    request.call_id = "call-" + std::to_string(i);
    f.send(request.text());
    EXPECT_EQ(f.reply(true), request.call_id);
  }
  for (unsigned i = 0; i < 2; ++i)
    f.loops[i].post([&, i] {
      shards[i]->stop();
      f.loops[i].stop();
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(counters[0].count + counters[1].count, kMessages);
  EXPECT_GT(counters[0].count, kMessages / 4);
  EXPECT_GT(counters[1].count, kMessages / 4);
  EXPECT_EQ(counters[0].wrong + counters[1].wrong, 0);
}

TEST(UdpTransport, KeepAlivesAndBannedSourcesAreCountedAndDropped) {
  Fixture f("127.0.0.1:0");
  f.start();
  const auto sum = [&](const std::string& name) {
    return f.metric(name, "shard=\"0\"") + f.metric(name, "shard=\"1\"");
  };
  f.send("\r\n\r\n");
  f.send("");
  EXPECT_TRUE(f.until([&] { return sum("warp_sip_transport_keep_alives_total") == 2; }));
  f.recorders[0].admit = f.recorders[1].admit = false;
  f.send(test::RequestText{}.text());
  EXPECT_TRUE(f.until([&] { return sum("warp_sip_transport_banned_total") == 1; }));
  f.recorders[0].admit = f.recorders[1].admit = true;
  f.send(test::RequestText{}.text());
  EXPECT_TRUE(f.until([&] { return f.recorders[0].seen.size() + f.recorders[1].seen.size() == 1; }));
}

TEST(UdpTransport, AMalformedRequestGetsA400AndHopelessBytesNothing) {
  Fixture f("127.0.0.1:0");
  f.start();
  f.send("garbage that is no SIP\r\n\r\n");
  test::RequestText bad;
  bad.extra = "Max-Forwards: 70\r\nContent-Length: -1\r\n";
  f.send(bad.text());
  const auto response = Message::parse(f.reply());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status(), 400);
  EXPECT_EQ(response->call_id(), bad.call_id);
  EXPECT_EQ(response->via().rport, f.client.local().port);
  EXPECT_FALSE(response->to().tag.empty());
  EXPECT_EQ(f.recorders[0].malformed.size() + f.recorders[1].malformed.size(), 2u);

  test::RequestText ack = bad;
  ack.method = "ACK";
  f.send(ack.text());
  f.send(test::RequestText{}.text());
  EXPECT_TRUE(f.until([&] { return f.recorders[0].seen.size() + f.recorders[1].seen.size() == 1; }));
  EXPECT_TRUE(f.client.receive(f.batch).empty());
}

TEST(UdpTransport, AFullHandoverQueueDropsAndCounts) {
  Fixture f("127.0.0.1:0", {.handover_limit = 10});
  f.start();
  const auto text = test::RequestText{}.text();
  const unsigned owner = shard_of("call-1@192.0.2.9", 2);
  for (int i = 0; i < 15; ++i) {
    Handover one;
    one.bytes = text;
    one.items = {{0, text.size(), {}}};
    f.transports[owner]->deliver(std::move(one));
  }
  EXPECT_TRUE(f.until([&] { return f.recorders[owner].seen.size() == 10; }));
  EXPECT_EQ(f.metric("warp_sip_transport_handover_dropped_total", "shard=\"" + std::to_string(owner) + "\""),
            5u);
}

TEST(UdpTransport, StopEndsReadingButNotSending) {
  Fixture f("127.0.0.1:0");
  f.start();
  f.transports[0]->stop();
  f.transports[1]->stop();
  f.send(test::RequestText{}.text());
  f.loops[0].poll();
  f.loops[1].poll();
  EXPECT_TRUE(f.recorders[0].seen.empty() && f.recorders[1].seen.empty());
  EXPECT_TRUE(f.transports[0]->send(*f.transports[0]->flow_to(f.client.local()), "bye"));
  EXPECT_EQ(f.reply(), "bye");
}

TEST(UdpTransport, AdvertisesAndChoosesListeners) {
  SystemClock clock;
  metrics::Registry metrics;
  net::Loop loop("one", clock, metrics);
  UdpTransportSettings settings;
  settings.listeners = {{address("127.0.0.1:0"), std::nullopt},
                        {address("0.0.0.0:0"), address("198.51.100.7:5060")},
                        {address("[::1]:0"), std::nullopt}};
  auto transport = UdpTransport::open(loop, 0, settings, metrics);
  ASSERT_TRUE(transport);
  EXPECT_EQ((*transport)->sent_by(1), "198.51.100.7:5060");
  EXPECT_EQ((*transport)->flow_to(address("127.0.0.2:5060"))->listener, 0);
  EXPECT_EQ((*transport)->flow_to(address("192.0.2.1:5060"))->listener, 1);
  EXPECT_EQ((*transport)->flow_to(address("[::1]:5060"))->listener, 2);
  settings.listeners = {{address("127.0.0.1:0"), std::nullopt}};
  auto v4_only = UdpTransport::open(loop, 1, settings, metrics);
  ASSERT_TRUE(v4_only);
  EXPECT_FALSE((*v4_only)->flow_to(address("[::1]:5060")));
}

TEST(UdpTransport, AListenerMayBeKnownByNameAndBeForSomePeersAlone) {
  SystemClock clock;
  metrics::Registry metrics;
  net::Loop loop("one", clock, metrics);
  const auto networks = [](std::initializer_list<const char*> texts) {
    std::vector<domain::Cidr> out;
    for (const char* text : texts)
      out.push_back(*domain::Cidr::parse(text));
    return out;
  };
  UdpTransportSettings settings;
  settings.listeners = {
      {address("127.0.0.1:0"), std::nullopt, "inside.example.net:5070", networks({"10.0.0.0/8"})},
      {address("127.0.0.1:0"), std::nullopt, "sip.example.net", {}},
      {address("127.0.0.1:0"), std::nullopt, {}, networks({"10.1.0.0/16", "192.0.2.0/24"})}};
  auto transport = UdpTransport::open(loop, 0, settings, metrics);
  ASSERT_TRUE(transport);
  EXPECT_EQ((*transport)->sent_by(0), "inside.example.net:5070");
  const auto port = (*transport)->listeners()[1].bind.port;
  EXPECT_EQ((*transport)->sent_by(1), "sip.example.net:" + std::to_string(port));
  EXPECT_EQ((*transport)->flow_to(address("10.9.0.1:5060"))->listener, 0);
  EXPECT_EQ((*transport)->flow_to(address("10.1.0.1:5060"))->listener, 2) << "the longer network";
  EXPECT_EQ((*transport)->flow_to(address("192.0.2.9:5060"))->listener, 2);
  EXPECT_EQ((*transport)->flow_to(address("203.0.113.9:5060"))->listener, 1);
  settings.listeners.erase(settings.listeners.begin() + 1);
  const auto narrow = UdpTransport::open(loop, 1, settings, metrics);
  ASSERT_TRUE(narrow);
  EXPECT_FALSE((*narrow)->flow_to(address("203.0.113.9:5060"))) << "nobody is for it";
}

TEST(UdpTransport, SaysWhichListenerCannotBeOpened) {
  SystemClock clock;
  metrics::Registry metrics;
  net::Loop loop("one", clock, metrics);
  auto taken = net::UdpSocket::open(address("127.0.0.1:0"));
  ASSERT_TRUE(taken);
  UdpTransportSettings settings;
  settings.listeners = {{address("127.0.0.1:0"), std::nullopt}, {taken->local(), std::nullopt}};
  const auto transport = UdpTransport::open(loop, 0, settings, metrics);
  ASSERT_FALSE(transport);
  EXPECT_EQ(transport.error().listener, 1u);
  EXPECT_EQ(transport.error().error, boost::system::errc::address_in_use);
}

}  // namespace
}  // namespace warp::sip
