#include "routes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <span>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace warp::media {
namespace {

constexpr timeval kAnswerWithin{1, 0};

int netlink_socket(std::uint32_t groups) {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_groups = groups;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0) return fd;
  ::close(fd);
  return -1;
}

std::size_t octets_of(const domain::IpAddress& ip) {
  return ip.v6 ? 16 : 4;
}

// The question as it is sent: both addresses as attributes.
struct RouteQuestion {
  alignas(NLMSG_ALIGNTO) std::array<std::byte, 128> data{};
  std::size_t size = 0;

  RouteQuestion(const domain::IpAddress& to, const domain::IpAddress& from, std::uint32_t sequence) {
    nlmsghdr header{};
    header.nlmsg_type = RTM_GETROUTE;
    header.nlmsg_flags = NLM_F_REQUEST;
    header.nlmsg_seq = sequence;
    rtmsg route{};
    route.rtm_family = to.v6 ? AF_INET6 : AF_INET;
    route.rtm_dst_len = route.rtm_src_len = static_cast<std::uint8_t>(octets_of(to) * 8);
    size = NLMSG_HDRLEN;
    put(&route, sizeof route);
    attribute(RTA_DST, to);
    attribute(RTA_SRC, from);
    header.nlmsg_len = static_cast<std::uint32_t>(size);
    std::memcpy(data.data(), &header, sizeof header);
  }

 private:
  void put(const void* what, std::size_t octets) {
    std::memcpy(data.data() + size, what, octets);
    size += NLMSG_ALIGN(octets);
  }
  void attribute(unsigned short type, const domain::IpAddress& ip) {
    const rtattr head{static_cast<unsigned short>(RTA_LENGTH(octets_of(ip))), type};
    put(&head, sizeof head);
    put(ip.bytes.data(), octets_of(ip));
  }
};

domain::IpAddress address_of(std::span<const std::byte> octets, bool v6) {
  domain::IpAddress out;
  out.v6 = v6;
  std::memcpy(out.bytes.data(), octets.data(), std::min(octets.size(), octets_of(out)));
  return out;
}

std::uint16_t most_octets_of(int socket, unsigned interface) {
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(interface);
  if (ioctl(socket, SIOCGIFNAME, &request) != 0 || ioctl(socket, SIOCGIFMTU, &request) != 0) return 0;
  return static_cast<std::uint16_t>(std::clamp(request.ifr_mtu, 0, 65535));
}

template <class T>
T read_as(std::span<const std::byte> from) {
  T out{};
  std::memcpy(&out, from.data(), std::min(from.size(), sizeof out));
  return out;
}

// `answer` begins behind the netlink header.
std::optional<Route> read_route(std::span<const std::byte> answer, const domain::IpAddress& to) {
  const auto head = read_as<rtmsg>(answer);
  if (head.rtm_type != RTN_UNICAST && head.rtm_type != RTN_LOCAL) return std::nullopt;
  Route route;
  route.next_hop = to;
  route.local = head.rtm_type == RTN_LOCAL;
  for (auto at = NLMSG_ALIGN(sizeof head); at + sizeof(rtattr) <= answer.size();) {
    const auto attribute = read_as<rtattr>(answer.subspan(at));
    if (attribute.rta_len < sizeof attribute || at + attribute.rta_len > answer.size()) break;
    const auto value = answer.subspan(at + sizeof attribute, attribute.rta_len - sizeof attribute);
    if (attribute.rta_type == RTA_OIF) route.interface = read_as<std::uint32_t>(value);
    if (attribute.rta_type == RTA_GATEWAY) route.next_hop = address_of(value, to.v6);
    if (attribute.rta_type == RTA_VIA && value.size() > 2)
      route.next_hop = address_of(value.subspan(2), read_as<std::uint16_t>(value) == AF_INET6);
    at += RTA_ALIGN(attribute.rta_len);
  }
  if (route.interface == 0) return std::nullopt;
  return route;
}

}  // namespace

Routes::Routes() : socket_(netlink_socket(0)) {
  if (socket_ >= 0) setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kAnswerWithin, sizeof kAnswerWithin);
}

Routes::~Routes() {
  if (socket_ >= 0) ::close(socket_);
}

std::optional<Route> Routes::find(const domain::IpAddress& to, const domain::IpAddress& from) {
  std::lock_guard guard(mutex_);
  const RouteQuestion question(to, from, ++sequence_);
  if (::send(socket_, question.data.data(), question.size, 0) < 0) return std::nullopt;
  alignas(NLMSG_ALIGNTO) std::array<std::byte, 4096> answer;
  for (;;) {
    const auto got = ::recv(socket_, answer.data(), answer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof(rtmsg))) return std::nullopt;
    const auto all = std::span<const std::byte>(answer).first(static_cast<std::size_t>(got));
    const auto header = read_as<nlmsghdr>(all);
    if (header.nlmsg_seq != sequence_) continue;  // an answer that came too late
    if (header.nlmsg_type != RTM_NEWROUTE) return std::nullopt;
    auto route = read_route(all.subspan(NLMSG_HDRLEN), to);
    if (route) route->most_octets = most_octets_of(socket_, route->interface);
    return route;
  }
}

RouteWatch::RouteWatch(std::function<void()> changed) : changed_(std::move(changed)) {
  socket_ = netlink_socket(RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_IFADDR |
                           RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_RULE);
  stop_ = eventfd(0, EFD_CLOEXEC);
  if (socket_ < 0 || stop_ < 0) return;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return;
  }
}

RouteWatch::~RouteWatch() {
  if (thread_.joinable()) {
    eventfd_write(stop_, 1);
    thread_.join();
  }
  if (socket_ >= 0) ::close(socket_);
  if (stop_ >= 0) ::close(stop_);
}

void RouteWatch::run() {
  std::array<pollfd, 2> ready{pollfd{socket_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
  std::array<std::byte, 16384> ignored;
  changed_();  // what happened before the socket listened
  for (;;) {
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    if (ready[0].revents == 0) continue;
    // What changed does not matter, nor whether the queue ran over: everything is looked up again.
    while (::recv(socket_, ignored.data(), ignored.size(), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
      ;
    changed_();
    if (::poll(&ready[1], 1, static_cast<int>(kPause.count())) > 0) return;
  }
}

}  // namespace warp::media
