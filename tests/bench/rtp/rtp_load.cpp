// Paced RTP (G.711, 20 ms) through a relay: both ends of every call in one thread.
//
// rtp_load PEER_IP RELAY_IP SECONDS   (calls as "peerA relayA peerB relayB" lines on standard input)
// Prints one JSON object: packets sent and received in each direction, and the time on the way in
// microseconds, from the stamp in the payload to the kernel's receive stamp, so that this program's own waits
// do not count.
#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <vector>

#include "loop.h"

namespace {

constexpr std::size_t kPayload = 160, kHeader = 12, kPacket = kHeader + kPayload;
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

struct End {
  int fd = -1;
  bool b = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0, ssrc = 0;
};

class Load {
 public:
  Load(const std::string& peer_ip, const std::string& relay_ip) : epoll_(epoll_create1(0)) {
    unsigned ports[4];
    while (std::scanf("%u %u %u %u", &ports[0], &ports[1], &ports[2], &ports[3]) == 4)
      for (unsigned k = 0; k < 2; ++k)
        add(peer_ip, static_cast<std::uint16_t>(ports[2 * k]), relay_ip,
            static_cast<std::uint16_t>(ports[2 * k + 1]), k == 1);
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts_[i] = {buffers_[i].data(), buffers_[i].size()};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_control = controls_[i].data();
    }
  }

  void run(int seconds) {
    prctl(PR_SET_TIMERSLACK, 1000);
    const auto start = nanoseconds(CLOCK_MONOTONIC);
    const auto ticks = static_cast<std::size_t>(seconds) * 50 * kSlices;
    latencies_.reserve(ends_.size() * 50 * static_cast<std::size_t>(seconds) / kSample + 1024);
    for (std::size_t tick = 0; tick < ticks; ++tick) {
      const auto due = start + static_cast<std::int64_t>(tick) * kSliceNs;
      const timespec until{due / 1'000'000'000, due % 1'000'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      for (std::size_t i = tick % kSlices; i < ends_.size(); i += kSlices)
        send_frame(ends_[i]);
      if (tick % kReceiveEvery == 0) receive();
    }
    const timespec rest{0, 50'000'000};
    for (int i = 0; i < 4; ++i) {
      clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nullptr);
      receive();
    }
  }

  void report() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto percentile = [&](double part) {
      if (latencies_.empty()) return 0.0;
      const auto at = static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1));
      return static_cast<double>(latencies_[at]) / 1000.0;
    };
    std::printf(
        "{\"calls\":%zu,\"sent_a\":%llu,\"received_at_b\":%llu,\"sent_b\":%llu,\"received_at_a\":%llu,"
        "\"latency_us\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f}}\n",
        ends_.size() / 2, sent_[0], received_[1], sent_[1], received_[0], percentile(0.5), percentile(0.99),
        percentile(0.999));
  }

 private:
  void add(const std::string& ip, std::uint16_t port, const std::string& relay_ip, std::uint16_t relay_port,
           bool b) {
    End end;
    end.fd = warp::bench::bound_udp(ip, port);
    end.b = b;
    end.ssrc = static_cast<std::uint32_t>(0x10000 + ends_.size());
    const int on = 1, room = 1 << 20;
    setsockopt(end.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    setsockopt(end.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    const auto relay = warp::bench::ipv4(relay_ip, relay_port);
    if (connect(end.fd, warp::bench::any(relay), sizeof relay) != 0) warp::bench::fail("connect");
    ends_.push_back(end);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = ends_.size() - 1;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, end.fd, &event) != 0) warp::bench::fail("epoll_ctl");
  }

  void send_frame(End& end) {
    std::array<unsigned char, kPacket> packet;
    packet.fill(0xd5);
    packet[0] = 0x80;
    packet[1] = 0;
    const auto put = [&](std::size_t at, std::uint32_t value, int octets) {
      for (int i = 0; i < octets; ++i)
        packet[at + static_cast<std::size_t>(i)] =
            static_cast<unsigned char>(value >> (8 * (octets - 1 - i)));
    };
    put(2, end.sequence++, 2);
    put(4, end.timestamp, 4);
    put(8, end.ssrc, 4);
    end.timestamp += kPayload;
    const auto now = nanoseconds(CLOCK_REALTIME);
    std::memcpy(packet.data() + kHeader, &now, sizeof now);
    if (send(end.fd, packet.data(), packet.size(), 0) == static_cast<ssize_t>(kPacket)) ++sent_[end.b];
  }

  void receive() {
    int ready;
    do {
      ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
      for (int i = 0; i < ready; ++i)
        receive_from(ends_[events_[static_cast<std::size_t>(i)].data.u64]);
    } while (ready == static_cast<int>(events_.size()));
  }

  void receive_from(const End& end) {
    for (auto& message : messages_)
      message.msg_hdr.msg_controllen = kControl;
    const int got = recvmmsg(end.fd, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < got; ++i) {
      auto& message = messages_[static_cast<std::size_t>(i)];
      if (message.msg_len != kPacket) continue;
      if (++received_[end.b] % kSample != 0) continue;
      std::int64_t stamp;
      std::memcpy(&stamp, buffers_[static_cast<std::size_t>(i)].data() + kHeader, sizeof stamp);
      const auto* control = CMSG_FIRSTHDR(&message.msg_hdr);
      if (control == nullptr || control->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec at{};
      std::memcpy(&at, CMSG_DATA(control), sizeof at);
      latencies_.push_back(at.tv_sec * 1'000'000'000ll + at.tv_nsec - stamp);
    }
  }

  int epoll_;
  std::deque<End> ends_;
  std::array<epoll_event, 512> events_{};
  std::array<std::array<char, 2048>, kBatch> buffers_{};
  alignas(cmsghdr) std::array<std::array<char, kControl>, kBatch> controls_{};
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<unsigned long long, 2> sent_{}, received_{};
  std::vector<std::int64_t> latencies_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s PEER_IP RELAY_IP SECONDS < calls\n", argv[0]);
    return 2;
  }
  Load load(argv[1], argv[2]);
  load.run(std::atoi(argv[3]));
  load.report();
}
