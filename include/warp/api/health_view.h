// HealthView: what the API asks of the health of endpoints. Implemented in `app` over the calls' board. Any
// thread; must not block.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/target_health.h"

namespace warp::api {

struct HealthRow {
  std::string address;
  domain::Health health = domain::Health::Up;
  WallTime since{};
  bool probed = false;
  std::uint32_t failed_calls = 0, lost_probes = 0;  // in a row
  std::optional<WallTime> last_probe;
  std::optional<std::chrono::microseconds> rtt;
  std::uint16_t last_status = 0;  // 0: the last probe had no answer
  struct Change {
    WallTime at{};
    domain::Health to = domain::Health::Up;
    std::string_view cause;
  };
  std::vector<Change> changes;  // newest first
};

class HealthView {
 public:
  virtual ~HealthView() = default;
  // The addresses of an endpoint that are watched or have failed; none: nothing speaks against it.
  virtual std::vector<HealthRow> of(std::int64_t endpoint) const = 0;
  virtual void reset(std::int64_t endpoint) = 0;
};

}  // namespace warp::api
