// Certificates of STIR (RFC 8226, ATIS-1000080): a chain that was fetched, the list of trusted authorities,
// and what makes a chain good for signing calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/stir/es256.h"

namespace warp::stir {

inline constexpr std::size_t kLongestPem = 64 * 1024;  // of a chain
inline constexpr std::size_t kMostCertificates = 8;    // of a chain

// TN Authorization List (RFC 8226 §9): for what a certificate may speak.
struct TnAuthorization {
  struct Range {
    std::string first;  // digits
    std::uint64_t count = 0;
  };
  std::vector<std::string> service_providers;  // SPC: OCN and the like
  std::vector<Range> ranges;
  std::vector<std::string> numbers;

  // DER. False when it is not as the RFC says, or has more than 1024 entries.
  bool parse(std::string_view der);
  // A service provider speaks for its customers' numbers: which they are is not in the certificate.
  bool covers(std::string_view tn) const;
  bool empty() const { return service_providers.empty() && ranges.empty() && numbers.empty(); }
};

enum class CertificateFault : std::uint8_t {
  None,
  Malformed,      // not PEM certificates, or too many
  Key,            // the first one's key is not on P-256
  Usage,          // not for digital signatures, or an authority's
  Authorization,  // no TN Authorization List, or not for this number
  Untrusted,      // no chain to the trust list
  Expired,        // or not yet valid
};
std::string_view to_string(CertificateFault fault);

// Trusted authorities. Immutable; may be used by several threads.
class TrustList {
 public:
  // PEM certificates, one after the other; text between them is skipped. The error is a sentence for people.
  static Result<TrustList, std::string> parse(std::string_view pem);
  std::size_t size() const { return size_; }

 private:
  friend class CertificateChain;
  TrustList() = default;
  std::shared_ptr<X509_STORE> store_;
  std::size_t size_ = 0;
};

// A leaf with the authorities above it. Immutable; may be used by several threads.
class CertificateChain {
 public:
  static Result<CertificateChain, CertificateFault> parse(std::string_view pem);

  // Key, usage, list and path at `now`. What it says of `now` holds while within the validity of the leaf.
  CertificateFault check(const TrustList& trust, WallTime now) const;

  const PublicKey& key() const { return key_; }
  const TnAuthorization& authorization() const { return authorization_; }
  const std::string& subject() const { return subject_; }  // RFC 2253, at most 256 octets
  WallTime not_before() const { return not_before_; }
  WallTime not_after() const { return not_after_; }

 private:
  CertificateChain() = default;
  CertificateFault check_leaf(WallTime now) const;
  std::vector<std::shared_ptr<X509>> certificates_;  // references of OpenSSL's; the leaf first
  PublicKey key_;
  TnAuthorization authorization_;
  std::string subject_;
  WallTime not_before_{}, not_after_{};
};

}  // namespace warp::stir
