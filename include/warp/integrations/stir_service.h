// StirService: STIR/SHAKEN for calls: signs with the operator's key, verifies against the trust list
// (RFC 8224 §6, RFC 8588, RFC 8946, ATIS-1000074). Any thread; see domain::CallAuthenticity for who is
// answered where.
//
// A signature costs some 30 µs and a verification with a known certificate some 80 µs of the caller's
// thread: less than handing them to another and back would be worth.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/domain/call_authenticity.h"
#include "warp/integrations/certificate_cache.h"

namespace warp::integrations {

struct StirFiles {
  std::string key_file, certificate_file;  // PEM; both empty: nothing is signed
  std::string x5u;                         // where the world gets the certificate
  std::string trust_file;                  // PEM; empty: nothing is verified
};

// What the files hold, checked.
struct StirMaterial {
  std::shared_ptr<const stir::PrivateKey> key;  // null: nothing is signed
  std::string x5u;
  WallTime certificate_ends{};
  std::shared_ptr<const stir::TrustList> trust;  // null: nothing is verified

  // The error is a sentence for people: which file, and what is wrong with it.
  static Result<StirMaterial, std::string> load(const StirFiles& files);
};

struct StirSettings {
  std::chrono::seconds freshness{60};     // of iat, both ways (RFC 8224 §4)
  std::size_t most_remembered = 200'000;  // signatures, against replays
  CertificateCacheSettings certificates{};
};

class StirService final : public domain::CallAuthenticity {
 public:
  // All outlive the service.
  struct Needs {
    CertificateFetcher& fetcher;
    const Clock& clock;
    metrics::Registry& metrics;
  };
  StirService(StirMaterial material, StirSettings settings, const Needs& needs);
  ~StirService() override;

  void use(StirMaterial material);  // from the next call on

  void sign(domain::SignRequest request, Executor& where,
            std::function<void(std::vector<std::string>)> done) override;
  void verify(domain::VerifyRequest request, Executor& where,
              std::function<void(domain::Verification)> done) override;
  bool can_sign() const override { return can_sign_.load(std::memory_order_relaxed); }
  bool can_verify() const override { return can_verify_.load(std::memory_order_relaxed); }

 private:
  struct Job;
  struct Metrics;
  class Replays;
  std::shared_ptr<const StirMaterial> material() const;
  void judge(Job& job);
  void count(const domain::Verification& verification);

  const StirSettings settings_;
  const Clock& clock_;
  const std::unique_ptr<Metrics> metrics_;
  const std::unique_ptr<Replays> replays_;
  CertificateCache cache_;
  std::atomic<bool> can_sign_{false}, can_verify_{false};
  mutable std::mutex mutex_;  // guards material_
  std::shared_ptr<const StirMaterial> material_;
};

}  // namespace warp::integrations
