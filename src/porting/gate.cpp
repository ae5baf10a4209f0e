#include "warp/porting/gate.h"

#include <algorithm>

namespace warp::porting {

std::string_view to_string(LoaStatus status) {
  switch (status) {
    case LoaStatus::Current:
      return "current";
    case LoaStatus::Missing:
      return "missing";
    case LoaStatus::Stale:
      return "stale";
    case LoaStatus::NotRequired:
      return "not_required";
  }
  return "";
}

LoaStatus loa_status(bool on_net, WallTime changed_at, std::optional<WallTime> signed_at) {
  if (on_net) return LoaStatus::NotRequired;
  if (!signed_at) return LoaStatus::Missing;
  return *signed_at < changed_at ? LoaStatus::Stale : LoaStatus::Current;
}

Gate judge(const std::vector<GateGroup>& groups, const std::vector<State>& states) {
  Gate gate;
  for (const auto& group : groups)
    if (group.loa == LoaStatus::Missing || group.loa == LoaStatus::Stale)
      gate.unsigned_groups.push_back(group);
  const auto any = [&](auto what) { return std::any_of(states.begin(), states.end(), what); };
  if (!gate.unsigned_groups.empty())
    gate.reason = "loa_required";
  else if (states.empty())
    gate.reason = "no_numbers";
  else if (!any(before_submission))
    gate.reason = "already_submitted";
  else if (any([](State one) { return one == State::ValidationError; }))
    gate.reason = "validation_errors";
  else if (any([](State one) { return one == State::Draft || one == State::Validating; }))
    gate.reason = "not_validated";
  return gate;
}

}  // namespace warp::porting
