// Ethernet frames with RTP, built octet by octet, and what their checksums should be.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "warp/domain/address.h"

namespace warp::media::testing {

using Frame = std::vector<std::uint8_t>;

inline domain::SocketAddress at(std::string_view text) {
  return domain::SocketAddress::parse(text).value();
}

inline void put16(Frame& frame, std::size_t offset, std::size_t value) {
  frame[offset] = static_cast<std::uint8_t>(value >> 8);
  frame[offset + 1] = static_cast<std::uint8_t>(value);
}
inline std::uint16_t get16(const Frame& frame, std::size_t offset) {
  return static_cast<std::uint16_t>(frame[offset] << 8 | frame[offset + 1]);
}

inline std::uint32_t sum16(std::span<const std::uint8_t> octets, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < octets.size(); ++i)
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(octets[i] << 8) : octets[i];
  return sum;
}
inline std::uint16_t folded(std::uint32_t sum) {
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

inline constexpr std::size_t kIp = 14;
inline std::size_t udp_at(const Frame& frame) {
  return kIp + (frame[kIp] >> 4 == 6 ? 40u : 20u);
}
// The sum over the UDP datagram and its pseudo-header: 0xffff when the checksum in it is right.
inline std::uint16_t udp_sum(const Frame& frame) {
  const std::span<const std::uint8_t> all(frame);
  const bool v6 = frame[kIp] >> 4 == 6;
  const auto udp = all.subspan(udp_at(frame));
  const auto addresses = v6 ? all.subspan(kIp + 8, 32) : all.subspan(kIp + 12, 8);
  return folded(sum16(udp, sum16(addresses, static_cast<std::uint32_t>(udp.size()) + 17)));
}
inline std::uint16_t ip_sum(const Frame& frame) {
  return folded(sum16(std::span<const std::uint8_t>(frame).subspan(kIp, 20)));
}

inline Frame udp_frame(const domain::SocketAddress& from, const domain::SocketAddress& to,
                       const Frame& payload, std::uint8_t ttl = 64) {
  const bool v6 = to.ip.v6;
  const std::size_t ip = v6 ? 40 : 20, size = ip + 8 + payload.size();
  Frame frame(kIp + size);
  put16(frame, 12, v6 ? 0x86dd : 0x0800);
  const std::size_t octets = v6 ? 16 : 4, first = v6 ? kIp + 8 : kIp + 12;
  for (std::size_t i = 0; i < octets; ++i) {
    frame[first + i] = from.ip.bytes[i];
    frame[first + octets + i] = to.ip.bytes[i];
  }
  if (v6) {
    frame[kIp] = 0x60;
    frame[kIp + 3] = 0x42;  // of the flow label
    put16(frame, kIp + 4, 8 + payload.size());
    frame[kIp + 6] = 17;
    frame[kIp + 7] = ttl;
  } else {
    frame[kIp] = 0x45;
    put16(frame, kIp + 2, size);
    frame[kIp + 8] = ttl;
    frame[kIp + 9] = 17;
    put16(frame, kIp + 10, static_cast<std::uint16_t>(~ip_sum(frame)));
  }
  const auto udp = kIp + ip;
  put16(frame, udp, from.port);
  put16(frame, udp + 2, to.port);
  put16(frame, udp + 4, 8 + payload.size());
  std::copy(payload.begin(), payload.end(), frame.begin() + static_cast<std::ptrdiff_t>(udp + 8));
  put16(frame, udp + 6, static_cast<std::uint16_t>(~udp_sum(frame)));
  return frame;
}

inline Frame rtp(std::uint16_t sequence, std::uint8_t type = 0, std::uint32_t ssrc = 0x01020304) {
  Frame out(172, 0xd5);
  out[0] = 0x80;
  out[1] = type;
  put16(out, 2, sequence);
  put16(out, 8, ssrc >> 16);
  put16(out, 10, ssrc & 0xffff);
  return out;
}

}  // namespace warp::media::testing
