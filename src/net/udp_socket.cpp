#include "warp/net/udp_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "warp/net/sockaddr.h"

namespace warp::net {
namespace {

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool configure(int fd, bool v6, const UdpOptions& options) {
  return (!v6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
         (!options.reuse_port || set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
         (!options.timestamps || set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1)) &&
         (options.receive_buffer <= 0 || set_option(fd, SOL_SOCKET, SO_RCVBUF, options.receive_buffer)) &&
         (options.send_buffer <= 0 || set_option(fd, SOL_SOCKET, SO_SNDBUF, options.send_buffer));
}

}  // namespace

constexpr std::chrono::seconds kLongestWait{10};

struct DatagramBatch::Impl {
  std::unique_ptr<std::byte[]> memory = std::make_unique_for_overwrite<std::byte[]>(kDatagrams * kOctets);
  std::array<sockaddr_storage, kDatagrams> names;
  std::array<iovec, kDatagrams> vectors;
  std::array<mmsghdr, kDatagrams> headers{};
  std::array<Datagram, kDatagrams> datagrams;
  // Of the first message alone: the oldest says how long the queue is.
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(timespec))> control;
  std::chrono::nanoseconds waited{};

  Impl() {
    for (std::size_t i = 0; i < kDatagrams; ++i) {
      vectors[i] = {memory.get() + i * kOctets, kOctets};
      auto& header = headers[i].msg_hdr;
      header.msg_name = &names[i];
      header.msg_iov = &vectors[i];
      header.msg_iovlen = 1;
    }
    headers[0].msg_hdr.msg_control = control.data();
  }

  void read_stamp() {
    waited = {};
    const cmsghdr* stamp = CMSG_FIRSTHDR(&headers[0].msg_hdr);
    if (stamp == nullptr || stamp->cmsg_level != SOL_SOCKET || stamp->cmsg_type != SCM_TIMESTAMPNS) return;
    timespec arrived{}, now{};
    std::memcpy(&arrived, CMSG_DATA(stamp), sizeof arrived);
    ::clock_gettime(CLOCK_REALTIME, &now);
    const auto since = std::chrono::seconds(now.tv_sec - arrived.tv_sec) +
                       std::chrono::nanoseconds(now.tv_nsec - arrived.tv_nsec);
    // The wall clock may have been set in between.
    waited = std::clamp<std::chrono::nanoseconds>(since, {}, kLongestWait);
  }
};

DatagramBatch::DatagramBatch() : impl_(std::make_unique<Impl>()) {}
DatagramBatch::~DatagramBatch() = default;
DatagramBatch::DatagramBatch(DatagramBatch&&) noexcept = default;
DatagramBatch& DatagramBatch::operator=(DatagramBatch&&) noexcept = default;

std::chrono::nanoseconds DatagramBatch::waited() const {
  return impl_->waited;
}

Result<UdpSocket, boost::system::error_code> UdpSocket::open(const domain::SocketAddress& bind,
                                                             const UdpOptions& options) {
  const int fd =
      ::socket(bind.ip.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  if (fd < 0) return last_error();
  UdpSocket socket(fd, bind);
  const auto name = to_sockaddr(bind);
  if (!configure(fd, bind.ip.v6, options) || ::bind(fd, name.get(), name.length) != 0) return last_error();
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return last_error();
  if (const auto local = from_sockaddr(bound, length)) socket.local_ = *local;
  return socket;
}

UdpSocket::~UdpSocket() {
  if (fd_ >= 0) ::close(fd_);
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), local_(other.local_) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(local_, other.local_);
  return *this;
}

std::span<const Datagram> UdpSocket::receive(DatagramBatch& batch) {
  auto& in = *batch.impl_;
  for (auto& header : in.headers)
    header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  in.headers[0].msg_hdr.msg_controllen = in.control.size();
  int count;
  do {
    count = ::recvmmsg(fd_, in.headers.data(), DatagramBatch::kDatagrams, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count > 0) in.read_stamp();
  std::size_t kept = 0;
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const auto peer = from_sockaddr(in.names[index], in.headers[index].msg_hdr.msg_namelen);
    if (!peer) continue;
    in.datagrams[kept++] = {
        {static_cast<const std::byte*>(in.vectors[index].iov_base), in.headers[index].msg_len}, *peer};
  }
  return {in.datagrams.data(), kept};
}

UdpSocket::Sent UdpSocket::send(const domain::SocketAddress& to, std::span<const std::byte> bytes) {
  sockaddr_storage name;
  const auto length = to_sockaddr(to, name);
  for (;;) {
    const auto sent = ::sendto(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&name), length);
    if (sent >= 0) return Sent::Yes;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return Sent::WouldBlock;
    if (errno != EINTR) return Sent::Failed;
  }
}

std::size_t UdpSocket::send_batch(std::span<const Datagram> datagrams) {
  constexpr std::size_t kAtOnce = 64;
  std::array<sockaddr_storage, kAtOnce> names;
  std::array<iovec, kAtOnce> vectors;
  std::array<mmsghdr, kAtOnce> headers;
  std::size_t done = 0;
  while (done < datagrams.size()) {
    const auto count = std::min(kAtOnce, datagrams.size() - done);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& datagram = datagrams[done + i];
      // sendmmsg takes iovecs without const but reads only.
      vectors[i] = {const_cast<std::byte*>(datagram.bytes.data()), datagram.bytes.size()};
      headers[i] = {};
      headers[i].msg_hdr.msg_name = &names[i];
      headers[i].msg_hdr.msg_namelen = to_sockaddr(datagram.peer, names[i]);
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = ::sendmmsg(fd_, headers.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return done;
    done += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < count) return done;
  }
  return done;
}

}  // namespace warp::net
