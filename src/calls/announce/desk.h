// AnnouncementDesk: what a shard counts of clips and recordings. Owned by the Context, used on its thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"

namespace warp::calls {

enum class Announcement : std::uint8_t { Ringback, Refusal, CutOff, HoldMusic };
inline constexpr std::size_t kAnnouncements = 4;

struct AnnouncementDesk {
  explicit AnnouncementDesk(metrics::Registry& registry);

  std::array<metrics::Counter*, kAnnouncements> played{};
  metrics::Counter &missing, &unplayable, &too_many, &recorded, &not_recorded;
  std::unordered_map<std::string, Monotonic> told;  // of clips that are missing, and when
  unsigned refusals = 0;                            // heard just now
};

}  // namespace warp::calls
