// HealthPolicy: how endpoints of a trunk or provider are watched, and when they are left alone.
#pragma once

#include <bitset>

#include "warp/domain/policy/fields.h"

namespace warp::domain {

// Final answers of 300 to 699.
class StatusSet {
 public:
  // "503", "5xx"; what is neither is left out.
  static StatusSet of(const std::vector<std::string>& codes);
  static bool is_code(std::string_view text);
  bool has(std::uint16_t status) const {
    return status >= kFirst && status < kFirst + kCount && set_[status - kFirst];
  }

 private:
  static constexpr std::uint16_t kFirst = 300, kCount = 400;
  std::bitset<kCount> set_;
};

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

  // What `failover_codes` say; the routing snapshot has it made once.
  StatusSet failover = StatusSet::of(failover_codes);
  void compile() { failover = StatusSet::of(failover_codes); }
};

// Names and bounds of every field.
void describe(HealthPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
