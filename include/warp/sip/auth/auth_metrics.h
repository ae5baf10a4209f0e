// AuthMetrics: how requests authenticate, counted wherever it is done. The same handles for the same
// registry.
#pragma once

#include <array>
#include <string>

#include "warp/base/metrics.h"
#include "warp/sip/auth/digest_server.h"

namespace warp::sip {

struct AuthMetrics {
  explicit AuthMetrics(metrics::Registry& registry)
      : challenges(registry.counter("warp_sip_auth_challenges_total", "Digest challenges sent.")) {
    for (std::size_t i = 0; i < verdicts_.size(); ++i)
      verdicts_[i] = &registry.counter("warp_sip_auth_verdicts_total",
                                       "Digest credentials that were looked at, by verdict.",
                                       {{"verdict", std::string(to_string(static_cast<DigestVerdict>(i)))}});
  }
  metrics::Counter& of(DigestVerdict verdict) const { return *verdicts_[static_cast<std::size_t>(verdict)]; }

  metrics::Counter& challenges;

 private:
  std::array<metrics::Counter*, 4> verdicts_{};
};

}  // namespace warp::sip
