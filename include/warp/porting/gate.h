// The gate before submission: every group of numbers that another carrier loses has a letter of authorisation
// that is younger than its last change, and the numbers can be submitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/porting/life.h"

namespace warp::porting {

enum class LoaStatus : std::uint8_t { Current, Missing, Stale, NotRequired };
std::string_view to_string(LoaStatus status);  // current, missing, stale, not_required

// `signed_at`: when the newest letter that is in force was made.
LoaStatus loa_status(bool on_net, WallTime changed_at, std::optional<WallTime> signed_at);

struct GateGroup {
  std::string spid;
  std::size_t tn_count = 0;
  LoaStatus loa = LoaStatus::Missing;
};

struct Gate {
  std::vector<GateGroup> unsigned_groups;  // `reason`: loa_required
  std::string reason;                      // empty: it may be submitted
};
// `states` are those of all numbers of the request.
Gate judge(const std::vector<GateGroup>& groups, const std::vector<State>& states);

}  // namespace warp::porting
