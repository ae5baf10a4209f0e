// The bare receive-and-send loop: one epoll, one recv and one send a packet, nothing else. The floor that a
// relay in user space is measured against.
//
// bare_relay RELAY_IP PEER_IP FIRST_PEER_PORT CALLS
// Prints "peerA relayA peerB relayB" a call and READY; ends with its standard input.
#include <array>
#include <sys/epoll.h>
#include <vector>

#include "loop.h"

namespace {

struct End {
  int fd = -1;
  End* other = nullptr;
  sockaddr_in peer{};
};

void relay(int epoll) {
  std::array<epoll_event, 512> events;
  std::array<char, 4096> buffer;
  while (true) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const auto* end = static_cast<End*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (end == nullptr) return;
      const auto size = recv(end->fd, buffer.data(), buffer.size(), 0);
      if (size < 0) continue;
      const auto& to = end->other->peer;
      if (sendto(end->other->fd, buffer.data(), static_cast<std::size_t>(size), 0, warp::bench::any(to),
                 sizeof to) < 0)
        continue;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s RELAY_IP PEER_IP FIRST_PEER_PORT CALLS\n", argv[0]);
    return 2;
  }
  const auto first = static_cast<std::uint16_t>(std::atoi(argv[3]));
  std::vector<std::array<End, 2>> calls(static_cast<std::size_t>(std::atoi(argv[4])));
  const int epoll = epoll_create1(0);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    std::array<std::uint16_t, 2> ports{};
    for (std::size_t k = 0; k < 2; ++k) {
      auto& end = calls[i][k];
      end.fd = warp::bench::bound_udp(argv[1], ports[k]);
      end.other = &calls[i][1 - k];
      end.peer = warp::bench::ipv4(argv[2], static_cast<std::uint16_t>(first + 4 * i + 2 * k));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &end;
      if (epoll_ctl(epoll, EPOLL_CTL_ADD, end.fd, &event) != 0) warp::bench::fail("epoll_ctl");
    }
    std::printf("%u %u %u %u\n", static_cast<unsigned>(first + 4 * i), ports[0],
                static_cast<unsigned>(first + 4 * i + 2), ports[1]);
  }
  epoll_event input{};
  input.events = EPOLLIN;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
    warp::bench::fail("epoll_ctl: standard input must be a pipe");
  std::puts("READY");
  std::fflush(stdout);
  relay(epoll);
}
