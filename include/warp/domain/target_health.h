// TargetHealth: may a call be sent to this endpoint, and how did the last one fare? Fed by probes and by the
// calls themselves. Any thread; no wait.
#pragma once

#include <cstdint>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/domain/address.h"
#include "warp/domain/sip_policy.h"

namespace warp::domain {

enum class Health : std::uint8_t {
  Up,
  Down,      // probes are lost
  Open,      // the circuit is open after failed calls
  HalfOpen,  // one call is trying
};
std::string_view to_string(Health health);  // up, down, open, half_open

class TargetHealth {
 public:
  virtual ~TargetHealth() = default;
  // True: send it. A circuit whose rest is over lets one call through, whose outcome must be reported.
  virtual bool admit(std::int64_t endpoint, const SocketAddress& address, const HealthPolicy& policy,
                     Monotonic now) = 0;
  enum class Outcome : std::uint8_t {
    Answered,  // any answer that is not one of the failover codes
    Failed,    // a failover code, silence, no connection
    Unused,    // it was admitted and then not tried
  };
  virtual void report(std::int64_t endpoint, const SocketAddress& address, const HealthPolicy& policy,
                      Outcome outcome, Monotonic now) = 0;
};

}  // namespace warp::domain
