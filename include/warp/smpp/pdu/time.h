// SMPP times (3.4 §7.1.1, 5.0 §4.7.23.4): YYMMDDhhmmsstnnp, absolute with a zone in quarter hours ('+', '-')
// or relative to the SMSC's clock ('R'); and the dates of receipts.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"

namespace warp::smpp {

struct SmppTime {
  bool relative = false;
  // Absolute: UTC, to a tenth of a second, and the zone in which it was written.
  WallTime at{};
  std::int8_t quarter_hours = 0;  // east of UTC, -48..48
  // Relative: years and months count by the calendar, the rest by the clock.
  std::uint8_t years = 0, months = 0;
  std::chrono::seconds span{0};  // days, hours, minutes and seconds

  // The instant that it means when it is read at `now`.
  WallTime resolve(WallTime now) const;
  friend bool operator==(const SmppTime&, const SmppTime&) = default;
};

// Exactly 16 characters. nullopt: not a time, or no such date. Years are 2000–2099.
std::optional<SmppTime> parse_time(std::string_view text);

// "260131235959000+": `at` in the zone given (clamped to ±12 h).
std::string format_absolute(WallTime at, int quarter_hours = 0);
// "000002030405000R": rounded down to a second, at most 99 days and less than one second, days being the
// longest unit that every SMSC takes alike.
std::string format_relative(std::chrono::seconds span);

// Dates of receipts: YYMMDDhhmm, YYMMDDhhmmss, YYYYMMDDhhmm, YYYYMMDDhhmmss. Twelve digits are read with a
// two-digit year unless that is no date. They carry no zone: `quarter_hours` is the sender's.
std::optional<WallTime> parse_receipt_date(std::string_view digits, int quarter_hours = 0);
// YYMMDDhhmm, the form of the standard's appendix B; or with seconds.
std::string format_receipt_date(WallTime at, bool seconds = false, int quarter_hours = 0);

}  // namespace warp::smpp
