#include <algorithm>
#include <utility>

#include "warp/calls/health_board.h"
#include "warp/calls/health_machine.h"

namespace warp::calls {

using domain::Health;
using domain::SocketAddress;

namespace {

constexpr std::size_t kMostEndpointAddresses = 32;  // of one endpoint: a name may give new ones for ever
constexpr std::size_t kMostChanges = 10;
constexpr std::array kStates{Health::Up, Health::Down, Health::Open, Health::HalfOpen};

constexpr std::size_t index(Health health) {
  return static_cast<std::size_t>(health);
}

}  // namespace

struct HealthBoard::Target {
  SocketAddress address;
  Health health = Health::Up;
  Monotonic since{};  // of the state
  WallTime since_wall{};
  Monotonic tried_at{};  // half-open: when the call was let through
  bool rested = false;   // open: its trial was not made, the next call may
  bool probed = false, troubled = false;
  std::uint32_t failed_calls = 0, lost_probes = 0, answered_probes = 0;
  std::optional<WallTime> last_probe;
  std::optional<std::chrono::microseconds> rtt;
  std::uint16_t last_status = 0;
  std::vector<HealthChange> changes;  // oldest first
};

HealthBoard::HealthBoard(const Clock& clock, metrics::Registry& metrics, log::Logger& log)
    : clock_(clock),
      log_(log),
      probes_answered_(metrics.counter("warp_target_probes_total",
                                       "OPTIONS sent to endpoints, by whether they showed life.",
                                       {{"outcome", "answered"}})),
      probes_lost_(metrics.counter("warp_target_probes_total",
                                   "OPTIONS sent to endpoints, by whether they showed life.",
                                   {{"outcome", "lost"}})),
      self_(std::make_shared<HealthBoard*>(this)) {
  for (const auto state : kStates) {
    const metrics::Labels label{{"state", std::string(to_string(state))}};
    gauges_[index(state)] = &metrics.gauge(
        "warp_target_health", "Addresses of endpoints that are probed or have failed, by state.", label);
    changes_[index(state)] =
        &metrics.counter("warp_target_health_changes_total", "Changes of an endpoint's health, by new state.",
                         {{"to", std::string(to_string(state))}});
  }
  metrics.on_scrape([weak = std::weak_ptr(self_)] {
    if (const auto board = weak.lock()) (*board)->refresh_gauges();
  });
}

HealthBoard::~HealthBoard() = default;

HealthBoard::Target* HealthBoard::find(Stripe& part, std::int64_t endpoint, const SocketAddress& address) {
  const auto found = part.endpoints.find(endpoint);
  if (found == part.endpoints.end()) return nullptr;
  const auto target = std::find_if(found->second.begin(), found->second.end(),
                                   [&](const Target& one) { return one.address == address; });
  return target == found->second.end() ? nullptr : &*target;
}

HealthBoard::Target* HealthBoard::make(Stripe& part, std::int64_t endpoint, const SocketAddress& address) {
  if (auto* known = find(part, endpoint, address)) return known;
  auto& targets = part.endpoints[endpoint];
  if (targets.size() >= kMostEndpointAddresses) {
    const auto idle = std::find_if(targets.begin(), targets.end(),
                                   [](const Target& one) { return !one.probed && !one.troubled; });
    if (idle == targets.end()) return nullptr;
    targets.erase(idle);
  }
  auto& target = targets.emplace_back();
  target.address = address;
  target.since = clock_.now();
  target.since_wall = clock_.wall();
  return &target;
}

// Keeps `troubled_` equal to the number of targets that admit() must look at.
void HealthBoard::count(Target& target) {
  const bool troubled = target.health != Health::Up || target.failed_calls > 0;
  if (troubled == std::exchange(target.troubled, troubled)) return;
  if (troubled)
    troubled_.fetch_add(1, std::memory_order_relaxed);
  else
    troubled_.fetch_sub(1, std::memory_order_relaxed);
}

void HealthBoard::forget(const Target& target) {
  if (target.troubled) troubled_.fetch_sub(1, std::memory_order_relaxed);
}

void HealthBoard::apply(std::int64_t endpoint, Target& target, HealthEvent event, std::string_view cause,
                        Monotonic now) {
  const auto next = next_health(target.health, event);
  const auto before = std::exchange(target.health, next);
  count(target);
  if (next == before) return;
  target.since = now;
  target.since_wall = clock_.wall();
  target.rested = false;
  if (next == Health::Up) target.failed_calls = target.lost_probes = 0;
  count(target);
  if (target.changes.size() >= kMostChanges) target.changes.erase(target.changes.begin());
  target.changes.push_back({target.since_wall, next, cause});
  changes_[index(next)]->add();
  const bool worse = next == Health::Down || next == Health::Open;
  const auto level = worse ? log::Level::Warning : log::Level::Info;
  if (log_.enabled(level))
    log_.write(level, "health.changed",
               {{"endpoint", endpoint},
                {"address", target.address.to_string()},
                {"from", to_string(before)},
                {"to", to_string(next)},
                {"cause", cause}});
}

bool HealthBoard::admit(std::int64_t endpoint, const SocketAddress& address,
                        const domain::HealthPolicy& policy, Monotonic now) {
  if (troubled_.load(std::memory_order_relaxed) == 0) return true;
  auto& part = stripe(endpoint);
  const std::lock_guard lock(part.mutex);
  Target* target = find(part, endpoint, address);
  if (target == nullptr) return true;
  switch (target->health) {
    case Health::Up:
      return true;
    case Health::Down:
      return false;
    case Health::Open:
      if (!target->rested && now - target->since < policy.rest) return false;
      apply(endpoint, *target, HealthEvent::RestOver, "rest", now);
      target->tried_at = now;
      return true;
    case Health::HalfOpen:
      // Whose outcome never came does not hold the others up for ever.
      if (now - target->tried_at < policy.rest) return false;
      target->tried_at = now;
      return true;
  }
  return true;
}

void HealthBoard::report(std::int64_t endpoint, const SocketAddress& address,
                         const domain::HealthPolicy& policy, Outcome outcome, Monotonic now) {
  const bool failed = outcome == Outcome::Failed;
  if (!failed && troubled_.load(std::memory_order_relaxed) == 0) return;
  if (failed && policy.open_after == 0) return;
  auto& part = stripe(endpoint);
  const std::lock_guard lock(part.mutex);
  Target* target = failed ? make(part, endpoint, address) : find(part, endpoint, address);
  if (target == nullptr) return;
  const bool trial = target->health == Health::HalfOpen;
  const auto send = [&](HealthEvent event, std::string_view cause) {
    apply(endpoint, *target, event, cause, now);
  };
  switch (outcome) {
    case Outcome::Answered:
      target->failed_calls = 0;
      return send(HealthEvent::CallAnswered, trial ? "trial" : "calls");
    case Outcome::Failed:
      target->failed_calls = std::min<std::uint32_t>(target->failed_calls + 1, 1'000'000);
      count(*target);
      if (trial) return send(HealthEvent::TrialFailed, "trial");
      if (target->failed_calls >= policy.open_after) send(HealthEvent::CallsFailed, "calls");
      return;
    case Outcome::Unused:
      if (!trial) return;
      send(HealthEvent::TrialUnused, "unused");
      target->rested = true;
      return;
  }
}

bool HealthBoard::shows_life(std::uint16_t status) {
  return status >= 200 && status != 408 && (status < 502 || status > 504);
}

void HealthBoard::probed(std::int64_t endpoint, const SocketAddress& address,
                         const domain::HealthPolicy& policy, const Probe& probe) {
  const bool alive = shows_life(probe.status);
  (alive ? probes_answered_ : probes_lost_).add();
  const auto now = clock_.now();
  auto& part = stripe(endpoint);
  const std::lock_guard lock(part.mutex);
  Target* target = make(part, endpoint, address);
  if (target == nullptr) return;
  target->probed = true;
  target->last_probe = clock_.wall();
  target->last_status = probe.status;
  const auto counted = [](std::uint32_t count) { return std::min<std::uint32_t>(count + 1, 1'000'000); };
  if (alive) {
    target->rtt = probe.rtt;
    target->lost_probes = 0;
    target->answered_probes = counted(target->answered_probes);
    if (target->answered_probes >= policy.up_after)
      apply(endpoint, *target, HealthEvent::ProbesAnswered, "probes", now);
  } else {
    target->answered_probes = 0;
    target->lost_probes = counted(target->lost_probes);
    if (target->lost_probes >= policy.down_after)
      apply(endpoint, *target, HealthEvent::ProbesLost, "probes", now);
  }
}

void HealthBoard::unwatch(std::int64_t endpoint, const SocketAddress& address) {
  auto& part = stripe(endpoint);
  const std::lock_guard lock(part.mutex);
  Target* target = find(part, endpoint, address);
  if (target == nullptr) return;
  target->probed = false;
  target->lost_probes = target->answered_probes = 0;
  apply(endpoint, *target, HealthEvent::ProbesEnded, "unwatched", clock_.now());
}

void HealthBoard::keep_only(std::span<const std::int64_t> endpoints) {
  for (auto& part : stripes_) {
    const std::lock_guard lock(part.mutex);
    std::erase_if(part.endpoints, [&](const auto& entry) {
      if (std::binary_search(endpoints.begin(), endpoints.end(), entry.first)) return false;
      for (const auto& target : entry.second)
        forget(target);
      return true;
    });
  }
}

std::vector<TargetState> HealthBoard::of(std::int64_t endpoint) const {
  std::vector<TargetState> out;
  const auto& part = stripe(endpoint);
  const std::lock_guard lock(part.mutex);
  const auto found = part.endpoints.find(endpoint);
  if (found == part.endpoints.end()) return out;
  for (const auto& target : found->second)
    out.push_back({endpoint,
                   target.address,
                   target.health,
                   target.since_wall,
                   target.probed,
                   target.failed_calls,
                   target.lost_probes,
                   target.last_probe,
                   target.rtt,
                   target.last_status,
                   {target.changes.rbegin(), target.changes.rend()}});
  return out;
}

std::size_t HealthBoard::reset(std::int64_t endpoint) {
  std::size_t changed = 0;
  auto& part = stripe(endpoint);
  const std::lock_guard lock(part.mutex);
  const auto found = part.endpoints.find(endpoint);
  if (found == part.endpoints.end()) return 0;
  for (auto& target : found->second) {
    if (target.health != Health::Up) ++changed;
    target.failed_calls = target.lost_probes = target.answered_probes = 0;
    apply(endpoint, target, HealthEvent::Reset, "operator", clock_.now());
  }
  return changed;
}

void HealthBoard::refresh_gauges() {
  std::array<double, kStates.size()> counts{};
  for (const auto& part : stripes_) {
    const std::lock_guard lock(part.mutex);
    for (const auto& [endpoint, targets] : part.endpoints)
      for (const auto& target : targets)
        counts[index(target.health)] += 1;
  }
  for (const auto state : kStates)
    gauges_[index(state)]->set(counts[index(state)]);
}

}  // namespace warp::calls
