// SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714) over OpenSSL's ciphers: one direction of one peer, any SSRC.
//
// In place. Not thread-safe. A restart: state() tells each SSRC's rollover counter and highest sequence;
// restore() goes on from there, so that a peer that has wrapped is understood at once, and no sequence is
// protected twice. What is restored may be older than what was sent or received: by up to kStateEvery packets
// and kRtcpStateEvery reports an SSRC it makes no difference, which is when changes() grows.
//
// Limits of a restore: nothing at or below the restored index is accepted or sent again, so packets that were
// overtaken just before it are lost; who makes sequences himself goes on above highest + kStateEvery. The
// sender's SRTCP index goes on kRtcpMargin above the old one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "warp/base/result.h"

namespace warp::srtp {

enum class Suite : std::uint8_t {
  AesCm128Sha1_80,
  AesCm128Sha1_32,
  AesCm256Sha1_80,
  AesCm256Sha1_32,
  AeadAes128Gcm,
  AeadAes256Gcm,
};
std::string_view to_string(Suite suite);  // as RFC 4568 and RFC 7714 name it in a=crypto
std::size_t key_octets(Suite suite);      // master key and salt together

enum class Error : std::uint8_t {
  BadKey,     // of the wrong length
  Malformed,  // not RTP or RTCP
  BadTag,     // not authentic
  Replayed,   // seen already, or too old
  NoRoom,     // the buffer ends before the tag does
  Exhausted,  // the key's lifetime
  OutOfMemory,
  TooMany,  // SSRCs that were sent with this key
};
std::string_view to_string(Error error);

enum class Direction : std::uint8_t { Send, Receive };

struct SsrcState {
  std::uint32_t ssrc = 0;
  std::uint32_t rollover = 0;
  std::uint16_t highest = 0;
  std::uint32_t rtcp_index = 0;
};

// What a packet may grow by: tag, SRTCP index.
inline constexpr std::size_t kOverhead = 32;
// SSRCs of one session. A receiver forgets the one that was heard longest ago for a further one; a sender,
// who may use no index of an SSRC twice, refuses.
inline constexpr std::size_t kMostReceived = 64;
inline constexpr std::size_t kMostSent = 256;
inline constexpr std::uint32_t kStateEvery = 8192;
inline constexpr std::uint32_t kRtcpStateEvery = 64;
inline constexpr std::uint32_t kRtcpMargin = 128;

class Session {
 public:
  static Result<std::unique_ptr<Session>, Error> make(Suite suite, std::span<const std::byte> key,
                                                      Direction direction);
  virtual ~Session() = default;

  // `buffer` begins with a packet of `size` octets; the new size. Send only / Receive only: Malformed else.
  // What is refused has changed nothing but the octets of the packet.
  virtual Result<std::size_t, Error> protect(std::span<std::byte> buffer, std::size_t size) = 0;
  virtual Result<std::size_t, Error> unprotect(std::span<std::byte> packet) = 0;
  virtual Result<std::size_t, Error> protect_rtcp(std::span<std::byte> buffer, std::size_t size) = 0;
  virtual Result<std::size_t, Error> unprotect_rtcp(std::span<std::byte> packet) = 0;

  virtual std::vector<SsrcState> state() const = 0;
  // Before the first packet.
  virtual void restore(std::span<const SsrcState> states) = 0;
  // Grows when state() should be written down again.
  virtual std::uint32_t changes() const = 0;
};

}  // namespace warp::srtp
