// HealthBoard: the health of every endpoint's addresses, fed by probes and by calls. One for all shards.
//
// A target is up until it shows otherwise. `down_after` probes lost in a row take it out and `up_after`
// answered ones bring it back; `open_after` calls in a row that failed open its circuit, which lets one call
// try after `rest`. While every target is up, admit() and a good report() cost one atomic load.
//
// Metrics: warp_target_health{state} (targets that are watched or have failed), warp_target_health_changes_
// total{to}, warp_target_probes_total{outcome}. Log: health.changed.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/target_health.h"

namespace warp::calls {

enum class HealthEvent : std::uint8_t;

struct HealthChange {
  WallTime at{};
  domain::Health to = domain::Health::Up;
  std::string_view cause;  // probes, calls, trial, unwatched, operator
};

struct TargetState {
  std::int64_t endpoint = 0;
  domain::SocketAddress address;
  domain::Health health = domain::Health::Up;
  WallTime since{};
  bool probed = false;
  std::uint32_t failed_calls = 0, lost_probes = 0;  // in a row
  std::optional<WallTime> last_probe;
  std::optional<std::chrono::microseconds> rtt;  // of the last probe that was answered
  std::uint16_t last_status = 0;                 // of the last probe; 0: no answer
  std::vector<HealthChange> changes;             // the last few, newest first
};

class HealthBoard final : public domain::TargetHealth {
 public:
  HealthBoard(const Clock& clock, metrics::Registry& metrics, log::Logger& log);
  ~HealthBoard() override;

  bool admit(std::int64_t endpoint, const domain::SocketAddress& address, const domain::HealthPolicy& policy,
             Monotonic now) override;
  void report(std::int64_t endpoint, const domain::SocketAddress& address, const domain::HealthPolicy& policy,
              Outcome outcome, Monotonic now) override;

  struct Probe {
    std::uint16_t status = 0;  // of the final answer; 0: none came
    std::chrono::microseconds rtt{0};
  };
  void probed(std::int64_t endpoint, const domain::SocketAddress& address, const domain::HealthPolicy& policy,
              const Probe& probe);
  // Nobody probes it any more: what probes said does not hold.
  void unwatch(std::int64_t endpoint, const domain::SocketAddress& address);
  // Forgets all others. `endpoints` is sorted.
  void keep_only(std::span<const std::int64_t> endpoints);

  std::vector<TargetState> of(std::int64_t endpoint) const;
  // All its addresses are up again. How many were not.
  std::size_t reset(std::int64_t endpoint);

  // Does a final answer to OPTIONS show that calls may go there? All do but 408, 502, 503 and 504.
  static bool shows_life(std::uint16_t status);

 private:
  struct Target;
  using Targets = std::vector<Target>;
  static constexpr std::size_t kStripes = 16;
  struct Stripe {
    mutable std::mutex mutex;  // guards `endpoints`
    std::unordered_map<std::int64_t, Targets> endpoints;
  };

  Stripe& stripe(std::int64_t endpoint) { return stripes_[static_cast<std::size_t>(endpoint) % kStripes]; }
  const Stripe& stripe(std::int64_t endpoint) const {
    return stripes_[static_cast<std::size_t>(endpoint) % kStripes];
  }
  static Target* find(Stripe& stripe, std::int64_t endpoint, const domain::SocketAddress& address);
  Target* make(Stripe& stripe, std::int64_t endpoint, const domain::SocketAddress& address);
  void apply(std::int64_t endpoint, Target& target, HealthEvent event, std::string_view cause, Monotonic now);
  void count(Target& target);
  void forget(const Target& target);
  void refresh_gauges();

  const Clock& clock_;
  log::Logger& log_;
  std::array<Stripe, kStripes> stripes_;
  // Targets that are not up, or have failed calls behind them.
  std::atomic<std::size_t> troubled_{0};
  std::array<metrics::Gauge*, 4> gauges_{};
  std::array<metrics::Counter*, 4> changes_{};
  metrics::Counter& probes_answered_;
  metrics::Counter& probes_lost_;
  std::shared_ptr<HealthBoard*> self_;  // for the scrape, which may outlive us
};

}  // namespace warp::calls
