// Cost of a refusal: calls too many at a shard that sheds, through real sockets on the loopback: INVITE in,
// 503 out, ACK in. Prints the CPU time of the shard's thread alone, its share of the kernel's work in it, by
// how many lie in the queue when it is read; "cold": with something else in the caches each time.
//
//   refusal_bench [rounds]
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "warp/base/bytes.h"
#include "warp/calls/call_engine.h"
#include "warp/calls/guard.h"
#include "warp/net/udp_socket.h"
#include "warp/sip/transport/udp_transport.h"

#include "support/catalogue_builder.h"
#include "support/fake_media.h"
#include "support/fake_records.h"

namespace warp {
namespace {

constexpr std::size_t kCallers = 2;

const std::string kSdp =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n";

domain::SocketAddress any_port() {
  return *domain::SocketAddress::parse("127.0.0.1:0");
}

sip::UdpTransportSettings one_listener() {
  sip::UdpTransportSettings settings;
  settings.listeners.push_back({.bind = any_port()});
  return settings;
}

// Overloaded from its first batch on, whatever the kernel says: none but a call a second gets in.
struct Shard final : sip::MessageHandler {
  Shard() {
    world.plan(1, {test::rate("1", "0.01")});
    world.customer(1, 1, 1);
    world.trunk(1, 1);
    world.acl("127.0.0.1/32", 1);
    snapshots.publish(routing::Snapshot::compile(world.catalogue, nullptr));
    std::array<sip::UdpTransport*, 1> shards{transport.get()};
    transport->start(*this, shards);
  }
  ~Shard() override { transport->stop(); }

  static calls::Settings settings() {
    calls::Settings settings;
    settings.overload.least_calls = 1;
    return settings;
  }
  void on_message(sip::Message message, const sip::Flow& from) override {
    if (engine.passes(message, from)) layer.receive(std::move(message), from);
  }
  void on_malformed(const sip::ParseError&, const sip::Flow&) override { std::abort(); }
  bool admits(const domain::SocketAddress& source) override { return guard.admits(source.ip); }
  bool wants(std::string_view bytes, const sip::Flow& from) override { return engine.wants(bytes, from); }
  void on_queue_delay(std::chrono::nanoseconds) override { engine.on_queue_delay(std::chrono::seconds(2)); }

  SystemClock clock;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  net::Loop loop{"bench", clock, metrics};
  std::unique_ptr<sip::UdpTransport> transport =
      std::move(*sip::UdpTransport::open(loop, 0, one_listener(), metrics));
  SeededIdSource ids{7};
  routing::SnapshotHolder snapshots;
  test::FakeMedia media;
  test::FakeRecords records;
  calls::Limits limits;
  test::CatalogueBuilder world;
  calls::Guard guard{{}, [](const domain::IpAddress&) { return false; }, clock, 42, log, metrics};
  sip::TransactionLayer layer{*transport, loop.wheel(), ids, sip::TransactionTimers{}, metrics};
  calls::CallEngine engine{dependencies(), 0, settings()};

 private:
  calls::CallEngine::Dependencies dependencies() {
    calls::CallEngine::Dependencies all{layer,     *transport, loop.wheel(), loop,   clock, ids,
                                        snapshots, media,      records,      limits, log,   metrics};
    all.guard = &guard;
    return all;
  }
};

std::string head(std::string_view method, const std::string& port, const std::string& number,
                 const std::string& to_tag) {
  return std::string(method) +
         " sip:+12125550123@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:" + port +
         ";branch=z9hG4bK-2173-" + number + "-0\r\nFrom: <sip:+12025550100@127.0.0.1:" + port +
         ">;tag=2173c" + number + "\r\nTo: <sip:+12125550123@127.0.0.1:5060>" + to_tag +
         "\r\nCall-ID: " + number + "-2173@127.0.0.1\r\nCSeq: 1 " + std::string(method) +
         "\r\nMax-Forwards: 70\r\n";
}

struct Caller {
  net::UdpSocket socket = std::move(*net::UdpSocket::open(any_port(), {.receive_buffer = 4 << 20}));
  net::DatagramBatch batch;
  std::string port = std::to_string(socket.local().port);

  void send(const domain::SocketAddress& to, const std::string& text) {
    if (socket.send(to, as_bytes(text)) != net::UdpSocket::Sent::Yes) std::abort();
  }
  void call_and_acknowledge(const domain::SocketAddress& to, unsigned number) {
    const std::string text = std::to_string(number);
    send(to, head("INVITE", port, text, {}) + "Contact: <sip:+12025550100@127.0.0.1:" + port +
                 ">\r\nContent-Type: application/sdp\r\nContent-Length: " + std::to_string(kSdp.size()) +
                 "\r\n\r\n" + kSdp);
    send(to, head("ACK", port, text, ";tag=s0123456789abcdef") + "Content-Length: 0\r\n\r\n");
  }
  std::size_t refusals() {
    std::size_t count = 0;
    for (auto got = socket.receive(batch); !got.empty(); got = socket.receive(batch))
      for (const auto& datagram : got)
        count += std::string_view(reinterpret_cast<const char*>(datagram.bytes.data()), 11) == "SIP/2.0 503";
    return count;
  }
};

double cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// Something else has its turn between two batches.
void cool() {
  static std::vector<unsigned> memory(1 << 20);
  for (std::size_t at = 0; at < memory.size(); at += 16)
    ++memory[at];
}

double median_us(Shard& shard, std::array<Caller, kCallers>& callers, std::size_t queued, int rounds,
                 bool cold) {
  const auto to = shard.transport->listeners()[0].bind;
  std::vector<double> seen;
  unsigned number = 0;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < queued; ++i)
      callers[i % kCallers].call_and_acknowledge(to, ++number);
    if (cold) cool();
    const double start = cpu_us();
    shard.loop.poll();
    const double used = cpu_us() - start;
    std::size_t refused = 0;
    for (auto& caller : callers)
      refused += caller.refusals();
    if (refused == queued) seen.push_back(used / static_cast<double>(queued));
  }
  if (seen.size() < static_cast<std::size_t>(rounds) / 2) std::abort();
  std::nth_element(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(seen.size() / 2), seen.end());
  return seen[seen.size() / 2];
}

}  // namespace
}  // namespace warp

int main(int count, char** words) {
  const int rounds = count > 1 ? std::atoi(words[1]) : 2000;
  warp::Shard shard;
  std::array<warp::Caller, warp::kCallers> callers;
  for (int i = 0; i < 20; ++i) {
    shard.on_queue_delay({});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  for (const bool cold : {false, true})
    for (const std::size_t queued : {1, 4, 16, 48})
      std::printf("%s queued %zu: %.2f us a refusal\n", cold ? "cold" : "warm", queued,
                  warp::median_us(shard, callers, queued, rounds, cold));
  return 0;
}
