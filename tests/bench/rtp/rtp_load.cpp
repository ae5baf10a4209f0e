// Paced RTP (20 ms) through a relay: both ends of every call in one thread, or one side's alone.
//
// rtp_load PEER_IP RELAY_IP SECONDS [warm=SECONDS] [side=a|b] [realtime=PRIORITY] [a=FORMAT b=FORMAT]
// [srtp=SUITE]
// Calls as "peerA relayA peerB relayB [key of the relay, key of B]" lines on standard input.
// FORMAT is "opus:96"; without, G.711 with time stamps. With a suite B speaks SRTP, A does not.
//
// Prints GO when it has warmed up and all was received, then one JSON object: how long it took as a part of
// what it should have, its time on CPU, packets sent and received in each direction, and the time on the way
// in microseconds, from the stamp in the payload to the kernel's receive stamp, so that this program's own
// waits do not count; with formats no times.
#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <iostream>
#include <sched.h>
#include <sstream>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include "arguments.h"
#include "end.h"
#include "secrets.h"

namespace warp::bench {
namespace {

constexpr std::size_t kSlices = 200;  // of a frame: the ends speak spread over its 20 ms, as callers do
constexpr std::int64_t kSliceNs = 20'000'000 / kSlices;
constexpr std::size_t kReceiveEvery = 10;  // slices
constexpr std::size_t kBatch = 16;
constexpr std::size_t kControl = 64;
constexpr std::size_t kSample = 4;  // one latency in so many is kept

std::int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000ll + now.tv_nsec;
}

class Load {
 public:
  Load(std::string peer_ip, std::string relay_ip, const Arguments& arguments)
      : peer_ip_(std::move(peer_ip)),
        relay_ip_(std::move(relay_ip)),
        only_(arguments.text("side")),
        epoll_(epoll_create1(0)) {
    for (std::size_t k = 0; k < 2; ++k) {
      const auto name = arguments.text(k == 0 ? "a" : "b");
      if (name.empty()) continue;
      sides_[k].format = format_named(name);
      sides_[k].voice = coded_voice(sides_[k].format.parameters);
    }
    if (const auto suite = arguments.text("srtp"); !suite.empty()) {
      sides_[1].suite = suite_named(suite);
      if (!sides_[1].suite) fail("suite");
    }
    for (std::string line; std::getline(std::cin, line);)
      add_call(line);
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts_[i] = {buffers_[i].data(), buffers_[i].size()};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_control = controls_[i].data();
    }
  }

  void run(unsigned seconds) {
    const auto start = nanoseconds(CLOCK_MONOTONIC);
    const auto ticks = std::size_t{seconds} * 50 * kSlices;
    latencies_.reserve(ends_.size() * 50 * seconds / kSample + 1024);
    for (std::size_t tick = 0; tick < ticks; ++tick) {
      const auto due = start + static_cast<std::int64_t>(tick) * kSliceNs;
      const timespec until{due / 1'000'000'000, due % 1'000'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      for (std::size_t i = tick % kSlices; i < ends_.size(); i += kSlices)
        send_frame(ends_[i]);
      if (tick % kReceiveEvery == 0) receive();
    }
    pace_ = static_cast<double>(nanoseconds(CLOCK_MONOTONIC) - start) / (seconds * 1e9);
    const timespec rest{0, 50'000'000};
    for (int i = 0; i < 4; ++i) {
      clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nullptr);
      receive();
    }
  }

  void forget() {
    spent_ = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    began_ = nanoseconds(CLOCK_REALTIME);
    sent_ = received_ = {};
    latencies_.clear();
  }

  void report() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto percentile = [&](double part) {
      if (latencies_.empty()) return 0.0;
      const auto at = static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1));
      return static_cast<double>(latencies_[at]) / 1000.0;
    };
    std::printf(
        "{\"calls\":%zu,\"pace\":%.3f,\"cpu_ns\":%lld,\"sent_a\":%llu,\"received_at_b\":%llu,\"sent_b\":%llu,"
        "\"received_at_"
        "a\":%llu,"
        "\"latency_us\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f}}\n",
        only_.empty() ? ends_.size() / 2 : ends_.size(), pace_,
        static_cast<long long>(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - spent_), sent_[0], received_[1],
        sent_[1], received_[0], percentile(0.5), percentile(0.99), percentile(0.999));
  }

 private:
  void add_call(const std::string& line) {
    std::istringstream words(line);
    std::array<std::uint16_t, 4> ports{};
    std::string key_of_relay, key_of_peer;
    if (!(words >> ports[0] >> ports[1] >> ports[2] >> ports[3])) return;
    words >> key_of_relay >> key_of_peer;
    if (only_ != "b") add(ports[0], ports[1], false);
    if (only_ == "a") return;
    End& end = add(ports[2], ports[3], true);
    if (!sides_[1].suite) return;
    auto seal = srtp::Session::make(*sides_[1].suite, unhex(key_of_peer), srtp::Direction::Send);
    auto open = srtp::Session::make(*sides_[1].suite, unhex(key_of_relay), srtp::Direction::Receive);
    if (!seal || !open) fail("keys");
    end.seal = std::move(*seal);
    end.open = std::move(*open);
  }

  End& add(std::uint16_t port, std::uint16_t relay_port, bool b) {
    End& end = ends_.emplace_back();
    end.fd = bound_udp(peer_ip_, port);
    end.b = b;
    end.ssrc = static_cast<std::uint32_t>((b ? 0x20000 : 0x10000) + ends_.size());
    const int on = 1, room = 1 << 20;
    setsockopt(end.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (setsockopt(end.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
      setsockopt(end.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    const auto relay = ipv4(relay_ip_, relay_port);
    if (connect(end.fd, any(relay), sizeof relay) != 0) fail("connect");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &end;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, end.fd, &event) != 0) fail("epoll_ctl");
    return end;
  }

  void send_frame(End& end) {
    std::array<std::byte, kRoom> packet;
    const auto size = end.next(sides_[end.b], nanoseconds(CLOCK_REALTIME), packet);
    if (size > 0 && ::send(end.fd, packet.data(), size, 0) == static_cast<ssize_t>(size)) ++sent_[end.b];
  }

  void receive() {
    int ready;
    do {
      ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
      for (int i = 0; i < ready; ++i)
        receive_from(*static_cast<End*>(events_[static_cast<std::size_t>(i)].data.ptr));
    } while (ready == static_cast<int>(events_.size()));
  }

  void receive_from(const End& end) {
    for (auto& message : messages_)
      message.msg_hdr.msg_controllen = kControl;
    const int got = recvmmsg(end.fd, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < got; ++i) {
      auto& message = messages_[static_cast<std::size_t>(i)];
      auto& buffer = buffers_[static_cast<std::size_t>(i)];
      std::size_t size = 0;
      const auto& side = sides_[end.b];
      if (!end.takes(side, std::span(buffer).first(message.msg_len), size)) continue;
      std::int64_t stamp = began_;
      if (side.voice.empty()) std::memcpy(&stamp, buffer.data() + kHeader, sizeof stamp);
      if (stamp < began_) continue;  // late from the warming up
      if (++received_[end.b] % kSample != 0 || !side.voice.empty()) continue;
      const auto* control = CMSG_FIRSTHDR(&message.msg_hdr);
      if (control == nullptr || control->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec at{};
      std::memcpy(&at, CMSG_DATA(control), sizeof at);
      latencies_.push_back(at.tv_sec * 1'000'000'000ll + at.tv_nsec - stamp);
    }
  }

  const std::string peer_ip_, relay_ip_, only_;
  std::array<Side, 2> sides_;
  int epoll_;
  std::deque<End> ends_;
  std::array<epoll_event, 512> events_{};
  std::array<std::array<std::byte, kRoom>, kBatch> buffers_{};
  alignas(cmsghdr) std::array<std::array<char, kControl>, kBatch> controls_{};
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<unsigned long long, 2> sent_{}, received_{};
  std::vector<std::int64_t> latencies_;
  double pace_ = 1;  // above 1: it could not send in time
  // Before what is measured: time on CPU, and when it begins.
  std::int64_t spent_ = 0, began_ = 0;
};

int run(int argc, char** argv) {
  const Arguments arguments(argc, argv, 4);
  prctl(PR_SET_TIMERSLACK, 1000);
  // Where it may: a load that waits for a core is another load.
  sched_param before_others{};
  before_others.sched_priority = static_cast<int>(arguments.number("realtime", 0));
  if (before_others.sched_priority > 0) sched_setscheduler(0, SCHED_FIFO, &before_others);
  Load load(argv[1], argv[2], arguments);
  if (const auto warm = arguments.number("warm", 0); warm > 0) load.run(warm);
  load.forget();
  std::puts("GO");
  std::fflush(stdout);
  load.run(static_cast<unsigned>(std::atoi(argv[3])));
  load.report();
  return 0;
}

}  // namespace
}  // namespace warp::bench

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s PEER_IP RELAY_IP SECONDS [key=value...] < calls\n", argv[0]);
    return 2;
  }
  return warp::bench::run(argc, argv);
}
