#include "campaign_limits.h"

#include <algorithm>

namespace warp::messaging {
namespace {

constexpr std::chrono::nanoseconds kMinute = std::chrono::minutes(1);

std::int64_t day_of(WallTime wall) {
  return std::chrono::floor<std::chrono::days>(wall).time_since_epoch().count();
}
std::uint64_t count_of(std::int64_t tally_day, std::uint64_t segments, WallTime wall) {
  return tally_day == day_of(wall) ? segments : 0;
}

}  // namespace

CampaignLimits::Tally& CampaignLimits::tally_of(Tallies& tallies, std::string_view carrier) {
  const auto found = tallies.find(carrier);
  return found != tallies.end() ? found->second : tallies[std::string(carrier)];
}

bool CampaignLimits::fits(const domain::CampaignLimit& limit, const Tally& tally, std::uint32_t segments,
                          Moment at) {
  if (limit.per_day && count_of(tally.day, tally.segments, at.wall) + segments > *limit.per_day) return false;
  if (!limit.per_minute) return true;
  // A message larger than a minute's worth goes when the bucket is full.
  const auto share = kMinute / *limit.per_minute * std::min(segments, *limit.per_minute);
  const auto owed =
      std::min<std::chrono::nanoseconds>(std::max(tally.due - at.now, kMinute * 0), kMinute * 60);
  return owed <= kMinute - share;
}

bool CampaignLimits::take(const domain::Campaign& campaign, std::string_view carrier, std::uint32_t segments,
                          Moment at) {
  auto& tallies = campaigns_[campaign.id];
  const auto meant = [&](const domain::CampaignLimit& limit) {
    return limit.carrier.empty() || limit.carrier == carrier;
  };
  for (const auto& limit : campaign.limits)
    if (meant(limit) && !fits(limit, tally_of(tallies, limit.carrier), segments, at)) return false;
  for (const auto& limit : campaign.limits) {
    if (!limit.per_minute || !meant(limit)) continue;
    auto& due = tally_of(tallies, limit.carrier).due;
    due = std::max(due, at.now) + kMinute / *limit.per_minute * segments;
  }
  count(campaign.id, carrier, segments, at.wall);
  return true;
}

void CampaignLimits::count(CampaignId campaign, std::string_view carrier, std::uint64_t segments,
                           WallTime wall) {
  auto& tallies = campaigns_[campaign];
  const auto add = [&](std::string_view whose) {
    auto& tally = tally_of(tallies, whose);
    tally.segments = count_of(tally.day, tally.segments, wall) + segments;
    tally.day = day_of(wall);
  };
  add("");
  if (!carrier.empty()) add(carrier);
}

void CampaignLimits::give_back(CampaignId campaign, std::string_view carrier, std::uint64_t segments,
                               WallTime wall) {
  const auto found = campaigns_.find(campaign);
  if (found == campaigns_.end()) return;
  const auto take_off = [&](std::string_view whose) {
    auto& tally = tally_of(found->second, whose);
    if (tally.day == day_of(wall)) tally.segments -= std::min(tally.segments, segments);
  };
  take_off("");
  if (!carrier.empty()) take_off(carrier);
}

std::uint64_t CampaignLimits::today(CampaignId campaign, std::string_view carrier, WallTime wall) const {
  const auto found = campaigns_.find(campaign);
  if (found == campaigns_.end()) return 0;
  const auto tally = found->second.find(carrier);
  return tally == found->second.end() ? 0 : count_of(tally->second.day, tally->second.segments, wall);
}

}  // namespace warp::messaging
