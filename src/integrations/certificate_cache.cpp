#include "warp/integrations/certificate_cache.h"

#include <algorithm>
#include <utility>

namespace warp::integrations {
namespace {

constexpr std::chrono::minutes kCheckHolds{5};
constexpr std::string_view kFetches = "warp_stir_certificate_fetches_total";
constexpr std::string_view kHelp = "Certificates of signers asked for, by what became of it.";

metrics::Counter& counter(metrics::Registry& metrics, std::string result) {
  return metrics.counter(kFetches, kHelp, {{"result", std::move(result)}});
}

}  // namespace

stir::CertificateFault KnownCertificate::check(const std::shared_ptr<const stir::TrustList>& trust,
                                               WallTime now) const {
  {
    const std::lock_guard lock(mutex_);
    if (checked_by_ == trust && now >= checked_at_ && now - checked_at_ < kCheckHolds &&
        (found_ != stir::CertificateFault::None || now <= chain_.not_after()))
      return found_;
  }
  const auto found = chain_.check(*trust, now);
  const std::lock_guard lock(mutex_);
  checked_by_ = trust;
  checked_at_ = now;
  return found_ = found;
}

CertificateCache::CertificateCache(CertificateFetcher& fetcher, const Clock& clock,
                                   metrics::Registry& metrics, CertificateCacheSettings settings)
    : fetcher_(fetcher),
      clock_(clock),
      settings_(settings),
      hits_(counter(metrics, "cached")),
      good_(counter(metrics, "fetched")),
      failed_(counter(metrics, "failed")),
      bad_(counter(metrics, "malformed")),
      refused_(counter(metrics, "too_many")),
      kept_(metrics.gauge("warp_stir_certificates", "URLs of signers' certificates that are remembered.")) {}

std::optional<CertificatePointer> CertificateCache::get(const std::string& url, Waiter waiter) {
  const Monotonic now = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    auto found = entries_.find(url);
    if (found != entries_.end()) {
      Entry& entry = found->second;
      if (entry.fetching) {
        entry.waiters.push_back(std::move(waiter));
        return std::nullopt;
      }
      if (now < entry.until) {
        hits_.add();
        return entry.certificate;
      }
    }
    if (fetches_ >= settings_.most_fetches || (found == entries_.end() && !make_room(now))) {
      refused_.add();
      return CertificatePointer{};
    }
    if (found == entries_.end()) found = entries_.try_emplace(url).first;
    found->second.fetching = true;
    found->second.waiters.push_back(std::move(waiter));
    ++fetches_;
    kept_.set(static_cast<double>(entries_.size()));
  }
  fetcher_.fetch(url, [this, url](FetchedCertificate fetched) { keep(url, std::move(fetched)); });
  return std::nullopt;
}

std::size_t CertificateCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

// Of those that have run out first, else the one that would next.
bool CertificateCache::make_room(Monotonic now) {
  if (entries_.size() < settings_.most) return true;
  std::erase_if(entries_,
                [&](const auto& item) { return !item.second.fetching && item.second.until <= now; });
  if (entries_.size() < settings_.most) return true;
  auto soonest = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at)
    if (!at->second.fetching && (soonest == entries_.end() || at->second.until < soonest->second.until))
      soonest = at;
  if (soonest == entries_.end()) return false;
  entries_.erase(soonest);
  return true;
}

void CertificateCache::keep(const std::string& url, FetchedCertificate fetched) {
  CertificatePointer certificate;
  if (fetched.good)
    if (auto chain = stir::CertificateChain::parse(fetched.pem))
      certificate = std::make_shared<const KnownCertificate>(std::move(*chain));
  (certificate ? good_ : fetched.good ? bad_ : failed_).add();
  const auto lifetime = certificate ? std::clamp(fetched.lifetime.value_or(settings_.lifetime),
                                                 settings_.shortest, settings_.longest)
                                    : settings_.failure;
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[url];
    const Monotonic now = clock_.now();
    if (certificate)
      entry.usable = now + settings_.longest;
    else if (!fetched.good && now < entry.usable)
      certificate = entry.certificate;
    entry.certificate = certificate;
    entry.until = now + lifetime;
    entry.fetching = false;
    waiters = std::exchange(entry.waiters, {});
    --fetches_;
  }
  for (const Waiter& waiter : waiters)
    waiter(certificate);
}

}  // namespace warp::integrations
