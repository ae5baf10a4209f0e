#include "warp/net/udp_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/udp.h>
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

// Of one datagram among those that are joined, so that it fits into any link's packet; and of all of them, as
// much as UDP can carry.
constexpr std::size_t kLargestJoined = 1200, kLargestRun = 65'000;
constexpr std::size_t kSentAtOnce = 64;  // messages; also the most segments that the kernel takes

// How many from the first can go as segments of one: to one peer, of one length, but for a shorter last one.
std::size_t run_of(std::span<const Datagram> datagrams) {
  const auto& first = datagrams.front();
  const std::size_t length = first.bytes.size();
  if (length == 0 || length > kLargestJoined) return 1;
  std::size_t count = 1, octets = length;
  while (count < datagrams.size()) {
    const auto& next = datagrams[count];
    octets += next.bytes.size();
    if (next.bytes.empty() || next.bytes.size() > length || octets > kLargestRun || next.peer != first.peer)
      break;
    ++count;
    if (next.bytes.size() < length) break;
  }
  return count;
}

// What sendmmsg is given for some datagrams, each in a message of its own or joined with its neighbours.
struct Outgoing {
  std::array<sockaddr_storage, kSentAtOnce> names;
  std::array<iovec, kSentAtOnce> vectors;
  std::array<mmsghdr, kSentAtOnce> headers;
  struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> bytes;
  };
  std::array<Control, kSentAtOnce> controls;

  // At most kSentAtOnce; returns the number of messages.
  std::size_t fill(std::span<const Datagram> datagrams, bool join) {
    std::size_t messages = 0;
    for (std::size_t at = 0; at < datagrams.size(); ++messages) {
      const std::size_t count = join ? run_of(datagrams.subspan(at)) : 1;
      for (std::size_t i = at; i < at + count; ++i)
        // sendmmsg takes iovecs without const but reads only.
        vectors[i] = {const_cast<std::byte*>(datagrams[i].bytes.data()), datagrams[i].bytes.size()};
      headers[messages] = {};
      auto& header = headers[messages].msg_hdr;
      header.msg_name = &names[messages];
      header.msg_namelen = to_sockaddr(datagrams[at].peer, names[messages]);
      header.msg_iov = &vectors[at];
      header.msg_iovlen = count;
      if (count > 1) cut(messages, static_cast<std::uint16_t>(datagrams[at].bytes.size()));
      at += count;
    }
    return messages;
  }
  bool joined(std::size_t message) const { return headers[message].msg_hdr.msg_iovlen > 1; }

 private:
  void cut(std::size_t message, std::uint16_t length) {
    auto& header = headers[message].msg_hdr;
    header.msg_control = controls[message].bytes.data();
    header.msg_controllen = controls[message].bytes.size();
    cmsghdr* const segment = CMSG_FIRSTHDR(&header);
    segment->cmsg_level = IPPROTO_UDP;
    segment->cmsg_type = UDP_SEGMENT;
    segment->cmsg_len = CMSG_LEN(sizeof length);
    std::memcpy(CMSG_DATA(segment), &length, sizeof length);
  }
};

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
  socket.join_sends_ = options.join_sends;
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

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), join_sends_(other.join_sends_), local_(other.local_) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(join_sends_, other.join_sends_);
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
  Outgoing out;
  bool join = join_sends_;
  std::size_t done = 0;
  while (done < datagrams.size()) {
    const auto part = datagrams.subspan(done, std::min(kSentAtOnce, datagrams.size() - done));
    const std::size_t count = out.fill(part, join);
    const int sent = ::sendmmsg(fd_, out.headers.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    for (int i = 0; i < sent; ++i)
      done += out.headers[static_cast<std::size_t>(i)].msg_hdr.msg_iovlen;
    const std::size_t taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (taken == count) continue;
    // A device that computes no checksums takes no segments, a short path none of this length: one by one.
    if (!out.joined(taken)) return done;
    join = false;
  }
  return done;
}

}  // namespace warp::net
