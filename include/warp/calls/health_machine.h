// The health of one target as a table: state × event. The board counts and times; what is enough of something
// comes in as an event of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "warp/domain/target_health.h"

namespace warp::calls {

enum class HealthEvent : std::uint8_t {
  CallAnswered,
  CallsFailed,     // as many in a row as open the circuit
  TrialFailed,     // the one call that was let through
  TrialUnused,     // it was not made after all
  RestOver,        // and a call asks
  ProbesLost,      // as many in a row as take it out
  ProbesAnswered,  // as many in a row as bring it back
  ProbesEnded,     // nobody probes it any more
  Reset,           // by an operator
};
inline constexpr std::size_t kHealthEvents = 9;
inline constexpr std::size_t kHealthStates = 4;

namespace detail {
constexpr auto make_health_table() {
  using domain::Health;
  std::array<std::array<Health, kHealthEvents>, kHealthStates> table{};
  const auto at = [&table](Health state, HealthEvent event) -> Health& {
    return table[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
  };
  for (std::size_t state = 0; state < kHealthStates; ++state)
    for (auto& next : table[state])
      next = static_cast<Health>(state);
  for (const auto state : {Health::Up, Health::Down, Health::Open, Health::HalfOpen}) {
    at(state, HealthEvent::ProbesLost) = Health::Down;
    at(state, HealthEvent::Reset) = Health::Up;
  }
  at(Health::Up, HealthEvent::CallsFailed) = Health::Open;
  // Probes took it out and probes bring it back: a call from before says nothing.
  at(Health::Down, HealthEvent::ProbesAnswered) = Health::Up;
  at(Health::Down, HealthEvent::ProbesEnded) = Health::Up;
  // A gateway may answer OPTIONS and drop every call: probes do not close a circuit.
  at(Health::Open, HealthEvent::RestOver) = Health::HalfOpen;
  at(Health::Open, HealthEvent::CallAnswered) = Health::Up;
  at(Health::HalfOpen, HealthEvent::CallAnswered) = Health::Up;
  at(Health::HalfOpen, HealthEvent::TrialFailed) = Health::Open;
  at(Health::HalfOpen, HealthEvent::TrialUnused) = Health::Open;
  return table;
}
inline constexpr auto kHealthTable = make_health_table();
}  // namespace detail

constexpr domain::Health next_health(domain::Health state, HealthEvent event) {
  return detail::kHealthTable[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

}  // namespace warp::calls
