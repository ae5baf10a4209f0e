// IceLite: the answering half of ICE (RFC 8445 §2.5): connectivity checks are authenticated and answered, the
// nominated pair is where media goes, and only where a valid check came from are DTLS and RTP believed (RFC
// 8445 §11). Consent (RFC 7675): a peer whose checks have stopped for 30 s has withdrawn it.
//
// A value of one thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "warp/base/clock.h"
#include "warp/domain/address.h"
#include "warp/domain/media_terms.h"

namespace warp::media {

class IceLite {
 public:
  static constexpr std::size_t kMostPairs = 8;
  static constexpr std::chrono::seconds kConsent{30};
  static constexpr std::size_t kMostResponse = 256;

  explicit IceLite(domain::IceTerms terms);

  struct Answer {
    std::size_t size = 0;    // of the response in `out`; 0: nothing is answered
    bool nominated = false;  // this source is the one now
  };
  // A STUN message from `source`: a Binding request with our ufrag, the peer's, USERNAME, MESSAGE-INTEGRITY
  // and FINGERPRINT is answered by success, ICE-CONTROLLED by 487, a bad one by 400 or 401, anything else by
  // nothing.
  Answer receive(std::span<const std::byte> message, const domain::SocketAddress& source,
                 std::span<std::byte> out, Monotonic now);
  bool valid(const domain::SocketAddress& source) const;  // a check from there was good
  std::optional<domain::SocketAddress> nominated() const;
  bool consent(Monotonic now) const;
  const domain::IceTerms& terms() const { return terms_; }

 private:
  struct Pair {
    domain::SocketAddress source;
    Monotonic checked{};
    bool used = false;
  };
  domain::IceTerms terms_;
  std::array<Pair, kMostPairs> pairs_;
  std::optional<std::size_t> nominated_;
};

}  // namespace warp::media
