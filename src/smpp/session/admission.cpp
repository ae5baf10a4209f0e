#include "admission.h"

#include <algorithm>
#include <chrono>

namespace warp::smpp {
namespace {

constexpr std::chrono::seconds kSweepInterval{1};

}  // namespace

Admission::Source Admission::source_of(const domain::IpAddress& ip) {
  auto key = ip;
  if (key.v6) std::fill(key.bytes.begin() + 8, key.bytes.end(), std::uint8_t{0});
  return {key};
}

void Admission::Bucket::settle(Monotonic now, std::chrono::milliseconds refill) {
  const auto passed = std::chrono::duration<double, std::milli>(now - at).count();
  const auto each = static_cast<double>(std::max<std::int64_t>(refill.count(), 1));
  used = std::max(0.0, used - passed / each);
  at = now;
}

Admission::Entry Admission::connect(const Source& source, Monotonic now) {
  if (connections_ >= settings_.max_connections) return Entry::TooMany;
  auto& state = this->state(source, now);
  if (state.unbound >= settings_.max_unbound_per_source) return Entry::TooManyOfSource;
  ++state.unbound;
  ++connections_;
  return Entry::Admitted;
}

void Admission::no_longer_unbound(const Source& source) {
  const auto known = sources_.find(source.key);
  auto& state = known == sources_.end() ? strangers_ : known->second;
  if (state.unbound > 0) --state.unbound;
}

bool Admission::may_bind(const Source& source, Monotonic now) {
  auto& state = this->state(source, now);
  state.attempts.settle(now, settings_.bind_attempt_refill);
  state.failures.settle(now, settings_.bind_failure_refill);
  if (state.attempts.used + 1 > static_cast<double>(settings_.bind_attempts)) return false;
  state.attempts.used += 1;
  return state.failures.used + 1 <= static_cast<double>(settings_.bind_failures);
}

void Admission::bind_failed(const Source& source, Monotonic now) {
  auto& state = this->state(source, now);
  state.failures.settle(now, settings_.bind_failure_refill);
  state.failures.used += 1;
}

Admission::State& Admission::state(const Source& source, Monotonic now) {
  if (const auto known = sources_.find(source.key); known != sources_.end()) return known->second;
  if (sources_.size() >= settings_.max_sources) forget_idle(now);
  if (sources_.size() >= settings_.max_sources) return strangers_;
  return sources_[source.key];
}

void Admission::forget_idle(Monotonic now) {
  if (now - swept_ < kSweepInterval) return;
  swept_ = now;
  for (auto entry = sources_.begin(); entry != sources_.end();) {
    auto& state = entry->second;
    state.attempts.settle(now, settings_.bind_attempt_refill);
    state.failures.settle(now, settings_.bind_failure_refill);
    const bool idle = state.unbound == 0 && state.attempts.used == 0 && state.failures.used == 0;
    entry = idle ? sources_.erase(entry) : std::next(entry);
  }
}

}  // namespace warp::smpp
