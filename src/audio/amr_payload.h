// RTP payloads of AMR (RFC 4867 §4): bandwidth-efficient and octet-aligned, without CRC, interleaving or
// robust sorting, of one channel. Frames are held as the library takes them: the table-of-contents octet,
// then the frame's bits from the most significant one on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "warp/audio/codec.h"

namespace warp::audio {

inline constexpr unsigned kAmrFrameMs = 20;
inline constexpr std::size_t kAmrMostFrames = kLongestMs / kAmrFrameMs;
inline constexpr std::uint8_t kAmrModes = 8;
inline constexpr std::uint8_t kAmrSilence = 8;  // a silence descriptor
inline constexpr std::uint8_t kAmrNoData = 15;
inline constexpr std::uint8_t kAmrNoRequest = 15;

struct AmrFrame {
  std::uint8_t type = kAmrNoData;
  bool good = true;                                          // Q
  std::array<std::uint8_t, 32> octets{kAmrNoData << 3 | 4};  // [0]: type and Q, as in a file (RFC 4867 §5.3)
};

struct AmrPayload {
  std::uint8_t request = kAmrNoRequest;  // CMR
  std::size_t count = 0;
  std::array<AmrFrame, kAmrMostFrames> frames{};
};

// Bits of a frame; nullopt: a type that is reserved or another codec's.
std::optional<std::size_t> amr_frame_bits(std::uint8_t type);
// How many frames the table of contents names; 0: it is none of AMR, or the payload's length is not what it
// asks for.
std::size_t amr_frame_count(std::span<const std::byte> payload, bool octet_aligned);
// Into `to`, which is reused. False as amr_frame_count() is 0.
bool parse_amr(std::span<const std::byte> payload, bool octet_aligned, AmrPayload& to);
// Returns the octets written; 0: `out` is too small, or there is no frame.
std::size_t write_amr(const AmrPayload& payload, bool octet_aligned, std::span<std::byte> out);

}  // namespace warp::audio
