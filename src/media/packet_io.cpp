#include "packet_io.h"

#include <cerrno>

namespace warp::media {

PacketIo::PacketIo() {
  for (std::size_t i = 0; i < kBatch; ++i) {
    receive_parts_[i] = {buffers_[i].data(), kBufferBytes};
    receive_[i] = {};
    receive_[i].msg_hdr.msg_name = &sources_[i];
    receive_[i].msg_hdr.msg_iov = &receive_parts_[i];
    receive_[i].msg_hdr.msg_iovlen = 1;
    send_[i] = {};
    send_[i].msg_hdr.msg_iov = &send_parts_[i];
    send_[i].msg_hdr.msg_iovlen = 1;
  }
}

Forward PacketIo::decide(const Socket& socket, std::size_t index, std::size_t size, const Arrival& arrival) {
  if (socket.side == nullptr) return {Drop::Idle, -1, nullptr, nullptr};
  if (size > kBufferBytes) return {Drop::TooLong, -1, nullptr, nullptr};
  return relay(socket, {buffers_[index], size}, to_address(sources_[index], socket.v6), arrival);
}

void PacketIo::count_received(std::size_t size, BatchCounts& counts) const {
  ++counts.packets_received;
  counts.octets_received += size;
}

void PacketIo::count_sent(const Forward& forward, std::size_t size, BatchCounts& counts) {
  ++counts.packets_sent;
  counts.octets_sent += size;
  if (forward.counts_for == nullptr) return;
  forward.counts_for->counters.packets_sent.add(1);
  forward.counts_for->counters.octets_sent.add(size);
}

void PacketIo::relay_one(Socket& socket, const Arrival& arrival, BatchCounts& counts) {
  socklen_t length = sizeof sources_[0];
  const auto received = recvfrom(socket.fd, buffers_[0].data(), kBufferBytes, MSG_DONTWAIT | MSG_TRUNC,
                                 &sources_[0].any, &length);
  if (received < 0) return;
  const auto size = static_cast<std::size_t>(received);
  count_received(size, counts);
  const auto forward = decide(socket, 0, size, arrival);
  if (forward.drop != Drop::None) {
    ++counts.dropped[static_cast<std::size_t>(forward.drop)];
    return;
  }
  if (forward.fd < 0) return;
  if (send_one(forward, std::span(buffers_[0]).first(size)) < 0)
    ++counts.dropped[static_cast<std::size_t>(Drop::SendFailed)];
  else
    count_sent(forward, size, counts);
}

ssize_t PacketIo::send_one(const Forward& forward, std::span<const std::byte> data) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (forward.to != nullptr)
    return sendto(forward.fd, data.data(), data.size(), kFlags, forward.to->data(), forward.to->length());
  const auto sent = send(forward.fd, data.data(), data.size(), kFlags);
  // An ICMP answer to an earlier packet stands in the way of this one, once.
  if (sent < 0 && errno == ECONNREFUSED) return send(forward.fd, data.data(), data.size(), kFlags);
  return sent;
}

void PacketIo::relay_all(Socket& socket, const Arrival& arrival, BatchCounts& counts) {
  for (int round = 0; round < kRounds; ++round) {
    for (auto& message : receive_)
      message.msg_hdr.msg_namelen = sizeof(SourceBuffer);
    const int received = recvmmsg(socket.fd, receive_.data(), kBatch, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    if (received <= 0) return;
    std::size_t to_send = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
      const std::size_t size = receive_[i].msg_len;
      count_received(size, counts);
      const auto forward = decide(socket, i, size, arrival);
      if (forward.drop != Drop::None) {
        ++counts.dropped[static_cast<std::size_t>(forward.drop)];
        continue;
      }
      if (forward.fd < 0) continue;
      forwards_[to_send] = forward;
      send_parts_[to_send] = {buffers_[i].data(), size};
      auto& header = send_[to_send].msg_hdr;
      header.msg_name = forward.to == nullptr ? nullptr : const_cast<sockaddr*>(forward.to->data());
      header.msg_namelen = forward.to == nullptr ? 0 : forward.to->length();
      ++to_send;
    }
    send_batch(to_send, counts);
    if (static_cast<std::size_t>(received) < kBatch) return;
  }
}

void PacketIo::send_batch(std::size_t count, BatchCounts& counts) {
  std::size_t at = 0;
  while (at < count) {
    std::size_t run = 1;
    while (at + run < count && forwards_[at + run].fd == forwards_[at].fd)
      ++run;
    const int sent =
        sendmmsg(forwards_[at].fd, &send_[at], static_cast<unsigned>(run), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) {
      // The first of the run is the one that failed; the rest gets its own chance.
      ++counts.dropped[static_cast<std::size_t>(Drop::SendFailed)];
      ++at;
      continue;
    }
    for (std::size_t i = at; i < at + static_cast<std::size_t>(sent); ++i)
      count_sent(forwards_[i], send_parts_[i].iov_len, counts);
    at += static_cast<std::size_t>(sent);
  }
}

}  // namespace warp::media
