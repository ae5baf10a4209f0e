#include "warp/billing/cycle.h"

#include <algorithm>
#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

namespace warp::billing {
namespace {

std::optional<cctz::time_zone> zone_of(const std::string& name) {
  cctz::time_zone zone;
  // An empty name would be that of the machine.
  if (name.empty() || !cctz::load_time_zone(name, &zone)) return std::nullopt;
  return zone;
}

cctz::civil_day day_of(const cctz::time_zone& zone, WallTime when) {
  return cctz::civil_day(zone.lookup(std::chrono::floor<cctz::seconds>(when)).cs);
}

WallTime midnight(const cctz::time_zone& zone, const cctz::civil_day& day) {
  const auto found = zone.lookup(cctz::civil_second(day));
  // `pre` is the moment by the clock before the change: the first of two, or behind a gap.
  return found.kind == cctz::time_zone::civil_lookup::SKIPPED ? WallTime(found.trans) : WallTime(found.pre);
}

cctz::civil_day anchored(const cctz::civil_month& month, unsigned anchor) {
  const auto last = cctz::civil_day(month + 1) - 1;
  return cctz::civil_day(month.year(), month.month(), std::min<int>(static_cast<int>(anchor), last.day()));
}

WallTime monthly(const cctz::time_zone& zone, unsigned anchor, WallTime after) {
  auto month = cctz::civil_month(day_of(zone, after));
  auto edge = midnight(zone, anchored(month, anchor));
  while (edge <= after)
    edge = midnight(zone, anchored(++month, anchor));
  return edge;
}

WallTime weekly(const cctz::time_zone& zone, unsigned anchor, WallTime after) {
  auto day = day_of(zone, after);
  while (static_cast<unsigned>(cctz::get_weekday(day)) + 1 != anchor)
    ++day;
  auto edge = midnight(zone, day);
  while (edge <= after)
    edge = midnight(zone, day += 7);
  return edge;
}

WallTime by_days(const cctz::time_zone& zone, unsigned days, WallTime start, WallTime after) {
  auto day = day_of(zone, start);
  const auto passed = std::max<cctz::diff_t>(0, day_of(zone, after) - day);
  day += passed / days * days;
  auto edge = midnight(zone, day);
  while (edge <= after)
    edge = midnight(zone, day += days);
  return edge;
}

}  // namespace

std::string_view to_string(CycleKind kind) {
  switch (kind) {
    case CycleKind::Monthly:
      return "MONTHLY";
    case CycleKind::Weekly:
      return "WEEKLY";
    case CycleKind::Days:
      return "DAYS";
  }
  return "";
}

std::optional<CycleKind> parse_cycle_kind(std::string_view text) {
  for (const auto kind : {CycleKind::Monthly, CycleKind::Weekly, CycleKind::Days})
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

bool is_zone(std::string_view name) {
  return zone_of(std::string(name)).has_value();
}

std::optional<WallTime> next_edge(const Cycle& cycle, WallTime period_start, WallTime after) {
  const auto zone = zone_of(cycle.zone);
  if (!zone || cycle.anchor < 1 || cycle.anchor > 31) return std::nullopt;
  switch (cycle.kind) {
    case CycleKind::Monthly:
      return monthly(*zone, cycle.anchor, after);
    case CycleKind::Weekly:
      if (cycle.anchor > 7) return std::nullopt;
      return weekly(*zone, cycle.anchor, after);
    case CycleKind::Days:
      return by_days(*zone, cycle.anchor, period_start, std::max(period_start, after));
  }
  return std::nullopt;
}

std::optional<std::int64_t> days_between(const std::string& zone_name, WallTime from, WallTime to) {
  const auto zone = zone_of(zone_name);
  if (!zone) return std::nullopt;
  return std::max<std::int64_t>(0, day_of(*zone, to) - day_of(*zone, from));
}

std::string date_in(const std::string& zone_name, WallTime when) {
  const auto zone = zone_of(zone_name).value_or(cctz::utc_time_zone());
  return cctz::format("%Y-%m-%d", std::chrono::floor<cctz::seconds>(when), zone);
}

}  // namespace warp::billing
