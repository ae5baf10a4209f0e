#include "quiet.h"

#include <algorithm>
#include <cctz/civil_time.h>
#include <map>

namespace warp::messaging {
namespace {

constexpr std::chrono::hours kFarthest{48};

int minute_of_day(const cctz::time_zone& zone, WallTime when) {
  const auto civil = cctz::convert(when, zone);
  return civil.hour() * 60 + civil.minute();
}

}  // namespace

bool QuietBook::Hours::holds(int minute) const {
  if (from <= to) return minute >= from && minute < to;
  return minute >= from || minute < to;
}

QuietBook::QuietBook(const domain::MessagingCatalogue& catalogue) {
  PrefixTable<Hours>::Sorted everybodys;
  std::unordered_map<CustomerId, PrefixTable<Hours>::Sorted> own;
  for (const auto& row : catalogue.quiet_hours) {
    const auto key = rating::PrefixKey::parse(row.prefix);
    if (!row.enabled || !key) continue;
    auto& target = row.customer ? own[*row.customer] : everybodys;
    target.insert_or_assign(*key, Hours{row.from_minute, row.to_minute});
  }
  everybodys_ = PrefixTable<Hours>(std::move(everybodys));
  for (auto& [customer, sorted] : own)
    own_.emplace(customer, PrefixTable<Hours>(std::move(sorted)));
  if (!empty()) load_zones(catalogue);
}

void QuietBook::load_zones(const domain::MessagingCatalogue& catalogue) {
  zones_.push_back(cctz::utc_time_zone());
  std::map<std::string, std::size_t> places;
  PrefixTable<Clocks>::Sorted sorted;
  for (const auto& row : catalogue.zones) {
    const auto key = rating::PrefixKey::parse(row.prefix);
    if (!key) continue;
    auto [place, fresh] = places.emplace(row.zone, 0);
    if (fresh) {
      cctz::time_zone zone;
      if (cctz::load_time_zone(row.zone, &zone)) {
        place->second = zones_.size();
        zones_.push_back(zone);
      }
    }
    sorted[*key].push_back(place->second);
  }
  clocks_ = PrefixTable<Clocks>(std::move(sorted));
}

const QuietBook::Hours* QuietBook::hours_of(CustomerId customer, std::string_view recipient) const {
  if (const auto found = own_.find(customer); found != own_.end()) return found->second.find(recipient);
  return everybodys_.find(recipient);
}

WallTime QuietBook::end_of(const Hours& hours, const cctz::time_zone& zone, WallTime when) {
  const auto civil = cctz::convert(when, zone);
  const bool tomorrow = civil.hour() * 60 + civil.minute() >= hours.to;
  const auto day = cctz::civil_day(civil) + (tomorrow ? 1 : 0);
  const auto end = cctz::civil_second(day.year(), day.month(), day.day()) + hours.to * 60;
  const auto found = zone.lookup(end);
  const auto moment = found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.post;
  return std::chrono::time_point_cast<WallTime::duration>(moment);
}

std::optional<WallTime> QuietBook::quiet_until(CustomerId customer, std::string_view recipient,
                                               WallTime when) const {
  if (empty()) return std::nullopt;
  const auto* hours = hours_of(customer, recipient);
  if (!hours || hours->from == hours->to) return std::nullopt;
  static const Clocks kUtc{0};
  const auto* clocks = clocks_.find(recipient);
  if (!clocks) clocks = &kUtc;
  auto until = when;
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto clock : *clocks) {
      if (!hours->holds(minute_of_day(zones_[clock], until))) continue;
      const auto end = end_of(*hours, zones_[clock], until);
      if (end <= until || end - when > kFarthest) return WallTime::max();
      until = end;
      moved = true;
    }
  }
  return until == when ? std::nullopt : std::optional(until);
}

}  // namespace warp::messaging
