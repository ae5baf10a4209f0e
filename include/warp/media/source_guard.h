// SourceGuard: whose packets one side of a stream believes, and where that side's packets go.
//
// Fixed side (no symmetric RTP): a packet is believed when its source IP is the signalled one, whatever its
// port; packets go to the signalled address, always. Many carriers' gateways send from another port than the
// one where they receive, and change it in mid-call when their media server changes; an attacker who can
// forge the IP can forge the port too, so the port would protect little and break much.
//
// Symmetric side (a peer behind NAT): the address is learned from the packets. Two packets in sequence, of
// one SSRC, from one address are needed; then that address alone is believed and is where packets go, until
// set_signalled() brings a new one. Against spray and races:
//   - up to kCandidates sources are watched at a time, one place being kept for the signalled IP; a fresh one
//   is never
//     pushed out by a newcomer;
//   - packets of a stranger are withheld until it is learned; those of the signalled IP pass at once;
//   - for kTakeover after a stranger was learned, the signalled IP takes over when it passes the same test:
//   who answers
//     from where the signalling said has the better claim.
//
// A value owned by one thread; time comes in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "warp/base/clock.h"
#include "warp/domain/address.h"
#include "warp/rtp/packet.h"

namespace warp::media {

class SourceGuard {
 public:
  static constexpr std::size_t kCandidates = 4;
  static constexpr std::chrono::milliseconds kCandidateFresh{100};
  static constexpr std::chrono::milliseconds kTakeover{2000};

  enum class Verdict : std::uint8_t {
    Accept,
    Learned,   // accept; destination() has changed
    Withheld,  // a stranger under test
    Refuse,
  };

  // Port 0: nothing is believed. The same address and mode again change nothing.
  void set_signalled(const domain::SocketAddress& address, bool symmetric);

  // What an earlier process had learned of a symmetric side; set_signalled() came before.
  void assume(const domain::SocketAddress& source, Monotonic now) {
    if (symmetric_ && signalled_.port != 0) lock(source, now);
  }

  Verdict check(const domain::SocketAddress& source, const rtp::Header& header, Monotonic now) {
    if (locked_) {
      if (source == learned_) return Verdict::Accept;
    } else if (!symmetric_) {
      return source.ip == signalled_.ip && signalled_.port != 0 ? Verdict::Accept : Verdict::Refuse;
    }
    return learn(source, header, now);
  }

  // ICE has found out where the peer is, whatever was signalled or learned.
  void nominate(const domain::SocketAddress& source, Monotonic now) {
    if (!locked_ || learned_ != source) lock(source, now);
  }

  // RTCP is believed from the IP that RTP is believed from, on any port.
  bool trusts_ip(const domain::IpAddress& ip) const {
    return signalled_.port != 0 && ip == (locked_ ? learned_.ip : signalled_.ip);
  }

  // The destination will not move by itself any more.
  bool settled(Monotonic now) const {
    return !symmetric_ || (locked_ && (learned_.ip == signalled_.ip || now - locked_at_ > kTakeover));
  }

  bool symmetric() const { return symmetric_; }
  bool learned() const { return locked_; }
  const domain::SocketAddress& signalled() const { return signalled_; }
  const domain::SocketAddress& destination() const { return locked_ ? learned_ : signalled_; }

 private:
  struct Candidate {
    domain::SocketAddress source;
    std::uint32_t ssrc = 0;
    std::uint16_t next_sequence = 0;
    bool used = false;
    Monotonic seen{};
  };

  Verdict learn(const domain::SocketAddress& source, const rtp::Header& header, Monotonic now);
  Candidate* place_for(const domain::SocketAddress& source, bool signalled_ip, Monotonic now);
  void lock(const domain::SocketAddress& source, Monotonic now);

  domain::SocketAddress signalled_, learned_;
  bool symmetric_ = false;
  bool locked_ = false;
  Monotonic locked_at_{};
  std::array<Candidate, kCandidates> candidates_;  // the first is for the signalled IP
};

}  // namespace warp::media
