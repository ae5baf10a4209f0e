// Dtls: one DTLS-SRTP association (RFC 5764) on a media stream, over OpenSSL with memory BIOs: datagrams in,
// datagrams out, keys at the end. DTLS 1.2, ECDHE alone; the peer's certificate is believed by its
// fingerprint (RFC 8122).
//
// One thread. Nothing before the handshake is done changes anything outside. Cheap refusal first: a datagram
// that does not look like a DTLS record is dropped; a server answers a ClientHello with a HelloVerifyRequest
// before it keeps state for it (the cookie binds the source); at most kMostHandshakes datagrams are looked at
// in one handshake.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/domain/media_port.h"

namespace warp::media {

// The daemon's certificate: ECDSA P-256, self-signed, made at start, or kept in a file so that it outlives a
// restart.
class DtlsIdentity {
 public:
  static std::shared_ptr<const DtlsIdentity> make();  // null: OpenSSL refused
  virtual ~DtlsIdentity() = default;
  virtual const domain::MediaFingerprint& fingerprint() const = 0;
};

class Dtls {
 public:
  static constexpr unsigned kMostDatagrams = 400;
  static constexpr std::chrono::seconds kTimeLimit{20};

  enum class State : std::uint8_t { Waiting, Handshaking, Done, Failed };
  enum class Failure : std::uint8_t { None, Fingerprint, NoProfile, Alert, TimedOut, TooMuch };
  // Sends one datagram to where the peer is.
  class Out {
   public:
    virtual ~Out() = default;
    virtual void datagram(std::span<const std::byte> bytes) = 0;
  };
  struct Keys {
    domain::SrtpKeys send, receive;
  };

  static std::unique_ptr<Dtls> make(std::shared_ptr<const DtlsIdentity> identity,
                                    const domain::DtlsTerms& terms, Monotonic now);
  virtual ~Dtls() = default;
  // Active: the ClientHello goes out. Passive: nothing.
  virtual void start(Out& out, Monotonic now) = 0;
  virtual void receive(std::span<const std::byte> datagram, const domain::SocketAddress& source, Out& out,
                       Monotonic now) = 0;
  // Retransmissions and the time limit; called at least every 50 ms while Handshaking.
  virtual void tick(Out& out, Monotonic now) = 0;
  virtual State state() const = 0;
  virtual Failure failure() const = 0;
  virtual const Keys& keys() const = 0;  // when Done
};

}  // namespace warp::media
