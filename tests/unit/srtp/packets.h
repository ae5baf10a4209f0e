// Packets and keys for the tests of SRTP.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/srtp/session.h"

namespace warp::srtp {

using Bytes = std::vector<std::byte>;

inline constexpr std::array kSuites{Suite::AesCm128Sha1_80, Suite::AesCm128Sha1_32, Suite::AesCm256Sha1_80,
                                    Suite::AesCm256Sha1_32, Suite::AeadAes128Gcm,   Suite::AeadAes256Gcm};

inline Bytes unhex(std::string_view text) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return out;
}

inline Bytes key_of(Suite suite, unsigned seed = 1) {
  Bytes key(key_octets(suite));
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::byte>(i * 7 + seed);
  return key;
}

inline std::unique_ptr<Session> session(Suite suite, Direction direction, unsigned seed = 1) {
  auto made = Session::make(suite, key_of(suite, seed), direction);
  EXPECT_TRUE(made.has_value());
  return made ? std::move(*made) : nullptr;
}

inline Bytes rtp(std::uint16_t sequence, std::uint32_t ssrc = 0x1234, std::size_t payload = 160) {
  Bytes packet(12 + payload, std::byte{0xab});
  ByteWriter writer(packet);
  writer.u16(0x8000);
  writer.u16(sequence);
  writer.u32(sequence * 160u);
  writer.u32(ssrc);
  return packet;
}

inline Bytes rtcp(std::uint32_t ssrc = 0x1234) {
  Bytes packet(28, std::byte{0x5a});
  ByteWriter writer(packet);
  writer.u32(0x80c80006u);
  writer.u32(ssrc);
  return packet;
}

// Empty: refused.
inline Bytes sealed(Session& sender, Bytes packet) {
  const auto size = packet.size();
  packet.resize(size + kOverhead);
  const auto grown = sender.protect(packet, size);
  packet.resize(grown ? *grown : 0);
  return packet;
}
inline Bytes sealed_rtcp(Session& sender, Bytes packet) {
  const auto size = packet.size();
  packet.resize(size + kOverhead);
  const auto grown = sender.protect_rtcp(packet, size);
  packet.resize(grown ? *grown : 0);
  return packet;
}
inline Bytes opened(Session& receiver, Bytes packet) {
  const auto size = receiver.unprotect(packet);
  packet.resize(size ? *size : 0);
  return packet;
}
inline Bytes opened_rtcp(Session& receiver, Bytes packet) {
  const auto size = receiver.unprotect_rtcp(packet);
  packet.resize(size ? *size : 0);
  return packet;
}
inline Error refusal(Session& receiver, Bytes packet) {
  const auto size = receiver.unprotect(packet);
  EXPECT_FALSE(size.has_value());
  return size ? Error{} : size.error();
}
inline Error refusal_rtcp(Session& receiver, Bytes packet) {
  const auto size = receiver.unprotect_rtcp(packet);
  EXPECT_FALSE(size.has_value());
  return size ? Error{} : size.error();
}

}  // namespace warp::srtp
