// CertificateCache: certificates of those who sign calls, by the URL that their PASSporTs name (x5u). Fetched
// when first asked for, one fetch a URL at a time, kept as long as the server says and we allow; what could
// not be fetched is not asked for again for a while, and one that was had stands meanwhile, for as long as
// the longest lifetime. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/stir/certificate.h"

namespace warp::integrations {

struct FetchedCertificate {
  bool good = false;  // 200 with a whole body
  std::string pem;
  std::optional<std::chrono::seconds> lifetime;  // Cache-Control; 0: not to be kept
};

// Gets what a URL names. Any thread; `done` runs once, on any thread, perhaps before fetch() returns.
class CertificateFetcher {
 public:
  using Done = std::function<void(FetchedCertificate)>;
  virtual ~CertificateFetcher() = default;
  virtual void fetch(std::string url, Done done) = 0;
};

// One certificate with what is known of it.
class KnownCertificate {
 public:
  explicit KnownCertificate(stir::CertificateChain chain) : chain_(std::move(chain)) {}
  const stir::CertificateChain& chain() const { return chain_; }
  // As CertificateChain::check(), which costs two signatures: what was found holds for some minutes and the
  // same trust list.
  stir::CertificateFault check(const std::shared_ptr<const stir::TrustList>& trust, WallTime now) const;

 private:
  const stir::CertificateChain chain_;
  mutable std::mutex mutex_;                                   // guards the three below
  mutable std::shared_ptr<const stir::TrustList> checked_by_;  // kept so that its address is no other's
  mutable WallTime checked_at_{};
  mutable stir::CertificateFault found_ = stir::CertificateFault::Untrusted;
};

// Null: not to be had, or no certificate.
using CertificatePointer = std::shared_ptr<const KnownCertificate>;

struct CertificateCacheSettings {
  std::chrono::seconds lifetime{3600};  // when the server says nothing
  std::chrono::seconds shortest{60}, longest{24 * 3600};
  std::chrono::seconds failure{60};  // until what could not be had is asked for again
  std::size_t most = 4096;           // URLs
  std::size_t most_fetches = 64;     // at once; more fail at once, and are not remembered
};

class CertificateCache {
 public:
  using Waiter = std::function<void(CertificatePointer)>;
  CertificateCache(CertificateFetcher& fetcher, const Clock& clock, metrics::Registry& metrics,
                   CertificateCacheSettings settings = {});

  // The answer when it is known; else nullopt, and `waiter` gets it later, on any thread.
  std::optional<CertificatePointer> get(const std::string& url, Waiter waiter);
  std::size_t size() const;

 private:
  struct Entry {
    CertificatePointer certificate;
    Monotonic until{};   // then it is asked for again
    Monotonic usable{};  // until then it stands while it cannot be had again
    bool fetching = false;
    std::vector<Waiter> waiters;
  };
  void keep(const std::string& url, FetchedCertificate fetched);
  bool make_room(Monotonic now);

  CertificateFetcher& fetcher_;
  const Clock& clock_;
  const CertificateCacheSettings settings_;
  metrics::Counter &hits_, &good_, &failed_, &bad_, &refused_;
  metrics::Gauge& kept_;
  mutable std::mutex mutex_;  // guards the two below
  std::unordered_map<std::string, Entry> entries_;
  std::size_t fetches_ = 0;
};

}  // namespace warp::integrations
