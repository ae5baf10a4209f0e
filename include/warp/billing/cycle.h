// Cycle: when the periods of a billed account or a vendor end. Periods follow each other without gap or
// overlap: the end of one is the beginning of the next, whatever the clocks of the zone do in that night.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"

namespace warp::billing {

enum class CycleKind : std::uint8_t { Monthly, Weekly, Days };
std::string_view to_string(CycleKind kind);  // MONTHLY, WEEKLY, DAYS
std::optional<CycleKind> parse_cycle_kind(std::string_view text);

struct Cycle {
  CycleKind kind = CycleKind::Monthly;
  // MONTHLY: day of the month, one that the month does not have is its last. WEEKLY: 1 Monday to 7 Sunday.
  // DAYS: how many days a period has.
  unsigned anchor = 1;
  std::string zone = "UTC";  // of the IANA database
};

struct Period {
  WallTime start{}, end{};
  friend bool operator==(const Period&, const Period&) = default;
};

bool is_zone(std::string_view name);

// The first edge after `after`, at midnight of the zone (where clocks skip it: the first moment of that day;
// where they repeat it: its first pass). Periods of DAYS are counted from the day of `period_start`. nullopt:
// there is no such zone, or the anchor is not one.
std::optional<WallTime> next_edge(const Cycle& cycle, WallTime period_start, WallTime after);

// Civil days of the zone from the day of `from` up to and without the day of `to`; 0 when that is no later. A
// day of 23 or 25 hours is a day. nullopt: there is no such zone.
std::optional<std::int64_t> days_between(const std::string& zone, WallTime from, WallTime to);

// The day of `when` in the zone, "2026-02-28"; in UTC when there is no such zone.
std::string date_in(const std::string& zone, WallTime when);

}  // namespace warp::billing
