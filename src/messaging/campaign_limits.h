// CampaignLimits: how much of a campaign its carriers still take: a token bucket that holds a minute's worth,
// and a count of the day (UTC). Counts are kept for every campaign, so that a limit that is set at noon
// knows of the morning.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/domain/messaging_catalogue.h"

namespace warp::messaging {

class CampaignLimits {
 public:
  struct Moment {
    Monotonic now;
    WallTime wall;
  };
  // Takes `segments` of it, or nothing and says no. `carrier`: the recipient's; empty: not known.
  bool take(const domain::Campaign& campaign, std::string_view carrier, std::uint32_t segments, Moment at);
  // What goes whatever the limits.
  void count(CampaignId campaign, std::string_view carrier, std::uint64_t segments, WallTime wall);
  // What was taken and did not go: to the day; the minute passes by itself.
  void give_back(CampaignId campaign, std::string_view carrier, std::uint64_t segments, WallTime wall);
  std::uint64_t today(CampaignId campaign, std::string_view carrier, WallTime wall) const;

 private:
  struct Tally {
    std::int64_t day = 0;
    std::uint64_t segments = 0;
    Monotonic due{};  // the bucket is full again
  };
  using Tallies = std::map<std::string, Tally, std::less<>>;  // by carrier; empty: of all together
  static Tally& tally_of(Tallies& tallies, std::string_view carrier);
  static bool fits(const domain::CampaignLimit& limit, const Tally& tally, std::uint32_t segments, Moment at);

  std::unordered_map<CampaignId, Tallies> campaigns_;
};

}  // namespace warp::messaging
