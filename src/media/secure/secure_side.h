// SecureSide: what one side of a stream owns when its datagrams are not plain: SRTP both ways, and the DTLS
// association and the ICE checks that it may need first.
//
// make() and restore() belong to any thread, before the object is handed to the worker; all else to the
// worker, which puts a new one in the place of an old one with take_over(). Nothing is allocated per packet
// by this class; a new SSRC and the end of a handshake allocate.
//
// A datagram that came: control() first. NotMine: then believes(source), then unprotect(). What is Refused or
// Taken goes no further.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "warp/domain/media_port.h"
#include "warp/srtp/session.h"

#include "secure/dtls.h"
#include "secure/ice.h"

namespace warp::media {

class SecureSide {
 public:
  // Packets of the new keys after which those of the old are refused: what is under way while keys change.
  static constexpr unsigned kOverlap = 64;
  // Handshakes of unproven sources that may fail; then only a proven one is listened to.
  static constexpr unsigned kMostStrangers = 32;

  // Whether terms ask for one.
  static bool wanted(const domain::MediaTerms& terms);
  // Null: keys of the wrong length, keys one way alone, or DTLS without an identity.
  static std::unique_ptr<SecureSide> make(const domain::MediaTerms& terms,
                                          std::shared_ptr<const DtlsIdentity> identity, Monotonic now);
  // What of `before` is the same goes on: SRTP of unchanged keys with its sequences, an association of
  // unchanged DTLS terms with its keys, checks of unchanged ICE terms.
  void take_over(SecureSide& before);

  // In place; the new size. BadKey: there are no keys yet. Exhausted: the peer goes on beyond its key's
  // lifetime. Without SDES and DTLS everything passes as it is.
  Result<std::size_t, srtp::Error> unprotect(std::span<std::byte> packet);
  Result<std::size_t, srtp::Error> unprotect_rtcp(std::span<std::byte> packet);
  Result<std::size_t, srtp::Error> protect(std::span<std::byte> buffer, std::size_t size);
  Result<std::size_t, srtp::Error> protect_rtcp(std::span<std::byte> buffer, std::size_t size);

  // NotMine: RTP or RTCP. Taken: STUN or DTLS, dealt with or dropped. Nominated: Taken, and
  // ice()->nominated() is where media goes. Secured, Failed: Taken, and the handshake ended so; each once.
  // Anew: Taken, and a handshake that an unproven source broke is forgotten; start() comes again.
  enum class Control : std::uint8_t { NotMine, Taken, Nominated, Secured, Failed, Anew };
  // What is answered goes through `out` to `source`. `proven`: the source is where signalling or checks say
  // that the peer is; another one cannot make the handshake fail.
  Control control(std::span<const std::byte> datagram, const domain::SocketAddress& source, Dtls::Out& out,
                  Monotonic now, bool proven = true);
  // The handshake, once the peer's address is known; `out` sends there.
  Control start(Dtls::Out& out, Monotonic now);
  // At least every 50 ms while handshaking(), now and then after it. Taken: nothing new.
  Control tick(Dtls::Out& out, Monotonic now);
  bool handshaking() const { return dtls_ && dtls_->state() == Dtls::State::Handshaking; }
  // With ICE only sources of good checks are believed.
  bool believes(const domain::SocketAddress& source) const { return !ice_ || ice_->valid(source); }
  bool ready() const { return plain_ || (send_ && receive_); }

  const Dtls* dtls() const { return dtls_.get(); }  // null: none, or its keys were restored
  const IceLite* ice() const { return ice_ ? &*ice_ : nullptr; }

  // Suite None: no keys yet.
  domain::SrtpMemory memory() const;
  // Right after make(). Keys that the terms have by SDES must be the same, or that direction begins anew;
  // keys that DTLS made are taken, and there is no handshake any more.
  void restore(const domain::SrtpMemory& memory);
  // With restore(): where the peer's media came from before, so that it need not wait for its next check.
  // Nothing without ICE.
  void resume(const domain::SocketAddress& source, Monotonic now);
  // True once whenever memory() should be written down again.
  bool moved();

 private:
  struct Way {
    domain::SrtpKeys keys;
    std::unique_ptr<srtp::Session> session;
    std::uint64_t packets = 0, reports = 0;  // received
    explicit operator bool() const { return session != nullptr; }
    bool open(const domain::SrtpKeys& with, srtp::Direction direction);
  };
  using Unprotect = Result<std::size_t, srtp::Error> (srtp::Session::*)(std::span<std::byte>);
  Result<std::size_t, srtp::Error> opened(std::span<std::byte> packet, Unprotect how);
  static Result<std::size_t, srtp::Error> counted(Way& way, std::span<std::byte> packet, Unprotect how);
  Control handshake_news();
  Control begin_anew(Monotonic now);
  std::uint32_t changes() const;

  bool plain_ = false;
  std::optional<domain::DtlsTerms> dtls_terms_;
  std::shared_ptr<const DtlsIdentity> identity_;  // shared with all associations of the daemon
  std::unique_ptr<Dtls> dtls_;
  unsigned strangers_ = 0;  // whose handshakes failed
  bool told_ = false;       // how the handshake ended
  std::optional<IceLite> ice_;
  Way send_, receive_, before_;  // before_: keys that were received until now
  unsigned passed_ = 0;          // packets of the new keys
  std::uint32_t written_ = 0;    // changes() at the last moved()
  std::uint32_t turns_ = 0;      // keys that came and went
};

}  // namespace warp::media
