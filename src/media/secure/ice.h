// IceLite: the answering half of ICE (RFC 8445 §2.5): connectivity checks are authenticated and answered, the
// nominated pair is where media goes, and only where a valid check came from are DTLS and RTP believed (RFC
// 8445 §11). Consent (RFC 7675): a peer whose checks have stopped for 30 s has withdrawn it.
//
// Several nominated pairs (a peer that nominates with every check): that of the highest priority, or the
// newest when nominations of the other have stopped for kRenomination.
//
// A value of one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/domain/address.h"
#include "warp/domain/media_terms.h"

namespace warp::media {

class IceLite {
 public:
  static constexpr std::size_t kMostPairs = 8;
  static constexpr std::chrono::seconds kConsent{30};
  static constexpr std::chrono::seconds kRenomination{3};
  static constexpr std::size_t kMostResponse = 256;

  explicit IceLite(domain::IceTerms terms);

  struct Answer {
    std::size_t size = 0;    // of the response in `out`; 0: nothing is answered
    bool nominated = false;  // this source is the one now
  };
  // A STUN message from `source`: a Binding request with FINGERPRINT, USERNAME of our ufrag and the peer's
  // (when it is known already) and MESSAGE-INTEGRITY is answered by success, ICE-CONTROLLED by 487, unknown
  // attributes by 420, one without credentials by 400, with wrong ones by 401, anything else by nothing.
  Answer receive(std::span<const std::byte> message, const domain::SocketAddress& source,
                 std::span<std::byte> out, Monotonic now);
  // After a restart: where the nominated pair was before it. Consent is counted from now.
  void resume(const domain::SocketAddress& source, Monotonic now);
  bool valid(const domain::SocketAddress& source) const;  // a check from there was good
  std::optional<domain::SocketAddress> nominated() const;
  bool consent(Monotonic now) const;
  const domain::IceTerms& terms() const { return terms_; }

 private:
  struct Pair {
    domain::SocketAddress source;
    Monotonic checked{}, nominated{};
    std::uint32_t priority = 0;
    bool used = false;
  };
  bool ours(std::string_view username) const;
  Pair& pair_of(const domain::SocketAddress& source, Monotonic now);
  bool nominate(const Pair& pair, Monotonic now);
  domain::IceTerms terms_;
  std::array<Pair, kMostPairs> pairs_;
  std::optional<std::size_t> nominated_;
};

}  // namespace warp::media
