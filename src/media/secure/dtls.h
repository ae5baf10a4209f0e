// Dtls: one DTLS-SRTP association (RFC 5764) on a media stream, over OpenSSL with memory BIOs: datagrams in,
// datagrams out, keys at the end. DTLS 1.2, ECDHE alone; the peer's certificate is believed by its
// fingerprint (RFC 8122).
//
// One thread. Nothing before the handshake is done changes anything outside. Cheap refusal first: a datagram
// that does not look like a DTLS record is dropped; a server answers a ClientHello with a HelloVerifyRequest
// before it keeps state for it (the cookie binds the source); at most kMostDatagrams are looked at in one
// handshake. A server talks to one source: whose cookie came back. A ClientHello of another one, or another
// ClientHello of the same (the peer began anew), takes its place in the same way, another's only when the
// handshake has stood still for kStall. After Done a ClientHello is dropped: a new association is agreed in
// signalling, and is a new object.
//
// Time: limits and stalls go by `now`. OpenSSL reads the clock of the machine for its retransmissions and
// lets no one else tell it; only how long to wait is ours (kFirstRetransmission, doubled, at most
// kLastRetransmission), and tick() is when it looks.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/domain/media_port.h"

struct ssl_ctx_st;

namespace warp::media {

// The daemon's certificate: ECDSA P-256, self-signed, made at start, or kept in a file so that it outlives a
// restart. Immutable; shared by all associations, of any thread.
class DtlsIdentity {
 public:
  static std::shared_ptr<const DtlsIdentity> make();  // null: OpenSSL refused
  // The one in the file, made and written there (readable by the owner alone) when there is none that will be
  // good for kRenewal yet. A file that cannot be written costs the fingerprint its next start, no more. Null:
  // OpenSSL refused.
  static constexpr std::chrono::hours kRenewal{24 * 30};
  static std::shared_ptr<const DtlsIdentity> kept_in(const std::filesystem::path& file, WallTime now);
  // Key and certificate as pem() gave them; null: they are not both there, or do not belong together.
  static std::shared_ptr<const DtlsIdentity> from_pem(std::string_view text);
  virtual ~DtlsIdentity() = default;
  virtual const domain::MediaFingerprint& fingerprint() const = 0;
  virtual std::string pem() const = 0;  // secret
  virtual WallTime expires_at() const = 0;
  virtual ssl_ctx_st* context() const = 0;
};

class Dtls {
 public:
  static constexpr unsigned kMostDatagrams = 400;
  static constexpr std::chrono::seconds kTimeLimit{20};  // from start(), or from the cookie's return
  static constexpr std::chrono::seconds kStall{2};
  static constexpr std::chrono::seconds kLinger{
      10};  // a Done that tick() sees after it gives its memory back
  static constexpr std::chrono::milliseconds kFirstRetransmission{250}, kLastRetransmission{2000};
  static constexpr std::size_t kDatagram = 1200;  // none of ours is longer

  enum class State : std::uint8_t { Waiting, Handshaking, Done, Failed };
  enum class Failure : std::uint8_t { None, Fingerprint, NoProfile, Alert, TimedOut, TooMuch };
  // Sends one datagram: within receive() to its `source`, else to where the peer is.
  class Out {
   public:
    virtual ~Out() = default;
    virtual void datagram(std::span<const std::byte> bytes) = 0;
  };
  struct Keys {
    domain::SrtpKeys send, receive;
  };

  static std::unique_ptr<Dtls> make(std::shared_ptr<const DtlsIdentity> identity,
                                    const domain::DtlsTerms& terms, Monotonic now,
                                    std::chrono::microseconds first_retransmission = kFirstRetransmission);
  virtual ~Dtls() = default;
  // Active: the ClientHello goes out. Passive: nothing.
  virtual void start(Out& out, Monotonic now) = 0;
  virtual void receive(std::span<const std::byte> datagram, const domain::SocketAddress& source, Out& out,
                       Monotonic now) = 0;
  // Retransmissions and the time limit; called at least every 50 ms while Handshaking.
  virtual void tick(Out& out, Monotonic now) = 0;
  virtual State state() const = 0;
  virtual Failure failure() const = 0;   // Alert: also whatever else broke the handshake
  virtual const Keys& keys() const = 0;  // when Done
};

std::string_view to_string(Dtls::Failure failure);
// What is worth giving to receive(): a DTLS record stands at its beginning (RFC 7983).
bool is_dtls(std::span<const std::byte> datagram);

}  // namespace warp::media
