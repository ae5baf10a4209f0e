// StreamNode: the stream transports of one daemon with any number of shards, on real loopback sockets and a
// clock that stands still; and a bare client that misbehaves as a test likes.
#pragma once

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "warp/sip/transport/stream_transport.h"

#include "support/manual_clock.h"
#include "support/sip_text.h"

namespace warp::sip {

inline domain::SocketAddress address(std::string_view text) {
  return *domain::SocketAddress::parse(text);
}

struct StreamRecorder final : MessageHandler {
  struct Seen {
    std::string text, call_id;
    Flow from;
    bool request;
  };
  void on_message(Message message, const Flow& from) override {
    seen.push_back({std::string(message.text()), std::string(message.call_id()), from, message.is_request()});
  }
  void on_malformed(const ParseError&, const Flow&) override { ++malformed; }
  void on_connection_lost(const Flow& flow) override { lost.push_back(flow); }
  bool admits(const domain::SocketAddress&) override { return admit; }

  std::vector<Seen> seen;
  std::vector<Flow> lost;
  int malformed = 0;
  bool admit = true;
};

struct StreamNode {
  explicit StreamNode(StreamSettings settings, const std::vector<TlsProfile>& profiles = {},
                      unsigned shards = 1)
      : tls(*TlsProfiles::load(profiles)), commons(*tls, settings.limits) {
    std::vector<StreamTransport*> all;
    for (unsigned i = 0; i < shards; ++i) {
      loops.push_back(std::make_unique<net::Loop>("shard-" + std::to_string(i), clock, metrics));
      auto opened = StreamTransport::open(*loops.back(), i, settings, commons, log, metrics);
      EXPECT_TRUE(opened) << (opened ? "" : opened.error());
      transports.push_back(std::move(*opened));
      settings.listeners = transports[0]->listeners();
      recorders.push_back(std::make_unique<StreamRecorder>());
      all.push_back(transports.back().get());
    }
    for (unsigned i = 0; i < shards; ++i)
      transports[i]->start(*recorders[i], all);
  }
  ~StreamNode() {
    for (auto& transport : transports)
      transport->stop();
    poll();
  }

  void poll() {
    for (auto& loop : loops)
      loop->poll();
  }
  domain::SocketAddress at(std::size_t listener = 0) const {
    return transports[0]->listeners()[listener].bind;
  }
  StreamTransport& transport(std::size_t shard = 0) { return *transports[shard]; }
  StreamRecorder& recorder(std::size_t shard = 0) { return *recorders[shard]; }
  std::size_t connections() const {
    std::size_t count = 0;
    for (const auto& transport : transports)
      count += transport->connections();
    return count;
  }
  std::uint64_t metric(const std::string& name, const std::string& labels) const {
    const auto line = "\nwarp_sip_transport_" + name + "{" + labels + "} ";
    const auto text = metrics.expose();
    const auto at = text.find(line);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + line.size()));
  }

  test::ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null"}};
  std::unique_ptr<TlsProfiles> tls;
  StreamCommons commons;
  std::vector<std::unique_ptr<net::Loop>> loops;
  std::vector<std::unique_ptr<StreamRecorder>> recorders;
  std::vector<std::unique_ptr<StreamTransport>> transports;
};

template <class Condition>
bool until(std::initializer_list<StreamNode*> nodes, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    for (auto* node : nodes)
      node->poll();
    std::this_thread::yield();
  }
  return true;
}

// Time passes in steps, and sockets have their turns between them.
inline void pass(StreamNode& node, std::chrono::milliseconds time) {
  for (auto left = time; left.count() > 0; left -= std::chrono::milliseconds(500)) {
    node.clock.advance(std::min(left, std::chrono::milliseconds(500)));
    for (int i = 0; i < 3; ++i)
      node.poll();
  }
}

// A plain TCP client.
class BareClient {
 public:
  explicit BareClient(const domain::SocketAddress& to) : socket_(context_) {
    using boost::asio::ip::make_address;
    socket_.connect({make_address(to.ip.to_string()), to.port});
    socket_.non_blocking(true);
  }
  void send(std::string_view text) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(text), error);
  }
  // What has come so far.
  const std::string& heard() {
    std::array<char, 65536> octets;
    boost::system::error_code error;
    while (const auto read = socket_.read_some(boost::asio::buffer(octets), error))
      heard_.append(octets.data(), read);
    ended_ |= error && error != boost::asio::error::would_block;
    return heard_;
  }
  bool ended() {
    heard();
    return ended_;
  }
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }
  void close() { socket_.close(); }
  std::uint16_t port() { return socket_.local_endpoint().port(); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string heard_;
  bool ended_ = false;
};

inline StreamSettings on(std::string_view bind, SipTransport transport = SipTransport::Tcp,
                         std::vector<std::string> profiles = {}) {
  StreamSettings settings;
  settings.listeners = {{address(bind), std::nullopt, transport, std::move(profiles)}};
  return settings;
}

inline std::string options(const std::string& call_id = "call-1",
                           const std::string& via_host = "192.0.2.9:5060") {
  test::RequestText request{.method = "OPTIONS"};
  request.call_id = call_id;
  request.via = "SIP/2.0/TCP " + via_host + ";branch=z9hG4bK-" + call_id;
  return request.text();
}

}  // namespace warp::sip
