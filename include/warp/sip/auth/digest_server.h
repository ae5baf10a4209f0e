// DigestServer: challenges, and what comes back on them (RFC 7616, RFC 8760, RFC 3261 §22).
//
// A nonce carries its time and random bits, sealed with the site's key, the realm and the address that it was
// given to: whoever has the key verifies it, nothing is kept for one that was not used. What is kept is a
// window of counts for each nonce that was used by somebody who knows a secret, so that a request counts once
// in this process; when their number reaches its limit, older nonces turn stale and none is forgotten.
//
// Whoever is not known costs and is told the same as whoever is known and is wrong. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/random.h"
#include "warp/domain/address.h"
#include "warp/sip/auth/challenge.h"

namespace warp::sip {

struct DigestServerSettings {
  std::string key;  // of the site, the same on every node; 16 octets or more
  std::chrono::seconds nonce_lifetime{300};
  // In the order in which they are offered.
  std::vector<DigestAlgorithm> algorithms{DigestAlgorithm::Sha256, DigestAlgorithm::Md5};
  std::size_t nonces = 65'536;  // used ones that are remembered
};

enum class DigestVerdict : std::uint8_t {
  Accepted,
  Stale,     // right, but the nonce is too old, of another site, or went to another address
  Replayed,  // right, but the nonce's count was used before
  Wrong,     // or unknown, or for another request
};
std::string_view to_string(DigestVerdict verdict);

struct Verification {
  DigestVerdict verdict = DigestVerdict::Wrong;
  unsigned hashes = 0;  // how much was computed: the same for every request
};

// The request that credentials came with.
struct DigestSubject {
  std::string_view method, request_uri;
  domain::IpAddress client;  // where it came from
};

class DigestServer {
 public:
  DigestServer(DigestServerSettings settings, WallTime started);
  ~DigestServer();

  // `secret` is null for a user who is not known or may not.
  Verification verify(const DigestCredentials& credentials, const DigestSubject& subject,
                      const DigestSecret* secret, WallTime now);
  // Values of WWW-Authenticate, one an algorithm, in the order of the settings.
  std::vector<std::string> challenges(std::string_view realm, bool stale, const domain::IpAddress& client,
                                      WallTime now, IdSource& ids) const;

  std::size_t nonces() const;  // remembered ones

 private:
  struct Nonce;
  class Counts;
  class Seal;
  std::string make_nonce(std::string_view realm, const domain::IpAddress& client, WallTime now,
                         IdSource& ids) const;
  bool open_nonce(const DigestCredentials& said, const domain::IpAddress& client, Nonce& nonce,
                  unsigned& hashes) const;
  bool offers(DigestAlgorithm algorithm) const;

  const DigestServerSettings settings_;
  const DigestSecret nobody_;
  const std::unique_ptr<const Seal> seal_;
  std::unique_ptr<Counts> counts_;
};

}  // namespace warp::sip
