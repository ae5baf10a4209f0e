// HealthPolicy: how endpoints of a trunk or provider are watched, and when they are left alone.
#pragma once

#include "warp/domain/policy/fields.h"

namespace warp::domain {

struct HealthPolicy {
  bool probe = false;  // OPTIONS to each endpoint
  std::chrono::seconds probe_interval{30};
  std::chrono::milliseconds probe_timeout{4000};
  std::uint32_t down_after = 3, up_after = 2;  // probes in a row
  // The circuit: opens after so many calls in a row that failed as FailoverPolicy says, tries one call again
  // after the rest.
  std::uint32_t open_after = 10;  // 0: never
  std::chrono::seconds rest{30};
  std::vector<std::string> failover_codes{"408", "430", "500", "502", "503", "504", "580"};  // next endpoint
};

// Names and bounds of every field.
void describe(HealthPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
