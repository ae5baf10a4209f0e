// Health: what /health and /ready say, and what the watchdog asks. Thread-safe.
//
// Alive (/health): every loop has answered a ping within kStuckAfter; else 503, and the supervisor restarts
// us. Ready (/ready): started, not draining nor held, routing loaded, journal writable; else 503. Postgres or
// Redis away does not take readiness (calls go on from the snapshot and the journal); it is shown as
// degraded.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/base/metrics.h"

namespace warp::app {

enum class Phase : std::uint8_t { Starting, Ready, Draining };
std::string_view to_string(Phase phase);

class Health {
 public:
  static constexpr std::chrono::seconds kStuckAfter{10};

  Health(const Clock& clock, metrics::Registry& metrics);

  void set_phase(Phase phase);
  Phase phase() const { return phase_.load(std::memory_order_relaxed); }
  // Somebody wants no new calls here for a while: not ready, and the phase that is shown is draining.
  void hold(bool on) { held_.store(on, std::memory_order_relaxed); }

  // A part that is needed (it takes readiness) or merely wanted. `ok` is called from any thread. Before start
  // only.
  void add_part(std::string name, bool needed, std::function<bool()> ok);
  // A loop to be pinged. Before start only.
  void watch(std::string name, Executor& loop);

  void ping();  // about once a second
  bool alive() const;
  bool ready() const;
  std::string health_json() const;
  std::string ready_json() const;

 private:
  struct Part {
    std::string name;
    bool needed;
    std::function<bool()> ok;
    metrics::Gauge* gauge;
  };
  // Shared with the pings under way, which may outlive the monitor at shutdown.
  struct Pulse {
    std::atomic<Monotonic::rep> answered_at{0};
    std::atomic<bool> asked{false};
  };
  struct Watched {
    std::string name;
    Executor* loop;
    std::shared_ptr<Pulse> pulse;
  };
  bool answers(const Watched& watched) const;

  const Clock& clock_;
  metrics::Registry& metrics_;
  std::atomic<Phase> phase_{Phase::Starting};
  std::atomic<bool> held_{false};
  std::vector<Part> parts_;
  std::vector<Watched> loops_;
};

}  // namespace warp::app
