#include "warp/smpp/pdu/time.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::smpp {
namespace {

using namespace std::chrono;

constexpr std::size_t kTimeOctets = 16;
constexpr int kZoneLimit = 48;
using Quarters = duration<int, std::ratio<900>>;

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, is_digit);
}

// Two decimal digits; the caller has looked that they are.
unsigned two(std::string_view text, std::size_t at) {
  return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

void put_two(std::string& out, unsigned value) {
  out.push_back(static_cast<char>('0' + value / 10 % 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

struct Civil {
  int year;
  unsigned month, day, hour, minute, second;
};

std::optional<sys_seconds> instant(const Civil& civil) {
  const year_month_day date{year(civil.year), month(civil.month), day(civil.day)};
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 59) return std::nullopt;
  return sys_days(date) + hours(civil.hour) + minutes(civil.minute) + seconds(civil.second);
}

Civil civil(sys_seconds at) {
  const auto days = floor<std::chrono::days>(at);
  const year_month_day date(days);
  const hh_mm_ss clock(at - days);
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<unsigned>(clock.hours().count()),
          static_cast<unsigned>(clock.minutes().count()),
          static_cast<unsigned>(clock.seconds().count())};
}

void put_civil(std::string& out, const Civil& civil, bool seconds) {
  put_two(out, static_cast<unsigned>(civil.year % 100));
  for (const auto part : {civil.month, civil.day, civil.hour, civil.minute})
    put_two(out, part);
  if (seconds) put_two(out, civil.second);
}

std::optional<SmppTime> absolute(std::string_view text, unsigned tenths, int quarter_hours) {
  const auto local = instant({2000 + static_cast<int>(two(text, 0)), two(text, 2), two(text, 4), two(text, 6),
                              two(text, 8), two(text, 10)});
  if (!local) return std::nullopt;
  SmppTime time;
  time.at = *local + milliseconds(100 * tenths) - Quarters(quarter_hours);
  time.quarter_hours = static_cast<std::int8_t>(quarter_hours);
  return time;
}

// "00" for tenths and zone is what the standard wants here; they are not looked at.
std::optional<SmppTime> relative(std::string_view text) {
  if (two(text, 2) > 12 || two(text, 6) > 23 || two(text, 8) > 59 || two(text, 10) > 59) return std::nullopt;
  SmppTime time;
  time.relative = true;
  time.years = static_cast<std::uint8_t>(two(text, 0));
  time.months = static_cast<std::uint8_t>(two(text, 2));
  time.span = days(two(text, 4)) + hours(two(text, 6)) + minutes(two(text, 8)) + seconds(two(text, 10));
  return time;
}

// `text` with a year of `year_digits`, the rest in pairs; seconds may be missing.
std::optional<sys_seconds> compact_date(std::string_view text, std::size_t year_digits) {
  const auto number = parse_number<int>(text.substr(0, year_digits));
  if (!number) return std::nullopt;
  const auto rest = text.substr(year_digits);
  return instant({year_digits == 2 ? 2000 + *number : *number, two(rest, 0), two(rest, 2), two(rest, 4),
                  two(rest, 6), rest.size() > 8 ? two(rest, 8) : 0});
}

int clamp_zone(int quarter_hours) {
  return std::clamp(quarter_hours, -kZoneLimit, kZoneLimit);
}

}  // namespace

WallTime SmppTime::resolve(WallTime now) const {
  if (!relative) return at;
  const auto today = floor<days>(now);
  year_month_day date(today);
  date += std::chrono::years(years) + std::chrono::months(months);
  // 31 January and a month: the last of February.
  if (!date.ok()) date = date.year() / date.month() / last;
  return sys_days(date) + (now - today) + span;
}

std::optional<SmppTime> parse_time(std::string_view text) {
  if (text.size() != kTimeOctets || !all_digits(text.substr(0, kTimeOctets - 1))) return std::nullopt;
  const auto zone = static_cast<int>(two(text, 13));
  const auto tenth = static_cast<unsigned>(text[12] - '0');
  switch (text[15]) {
    case 'R':
      return relative(text);
    case '+':
      return zone <= kZoneLimit ? absolute(text, tenth, zone) : std::nullopt;
    case '-':
      return zone <= kZoneLimit ? absolute(text, tenth, -zone) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string format_absolute(WallTime at, int quarter_hours) {
  const auto zone = clamp_zone(quarter_hours);
  const auto local = at + Quarters(zone);
  const auto second = floor<seconds>(local);
  std::string out;
  out.reserve(kTimeOctets);
  put_civil(out, civil(second), true);
  out.push_back(static_cast<char>('0' + (local - second) / milliseconds(100)));
  put_two(out, static_cast<unsigned>(std::abs(zone)));
  out.push_back(zone < 0 ? '-' : '+');
  return out;
}

std::string format_relative(seconds span) {
  const auto clamped = std::clamp<seconds>(span, seconds(0), days(100) - seconds(1));
  const auto whole_days = floor<days>(clamped);
  const hh_mm_ss clock(clamped - whole_days);
  std::string out = "0000";
  put_two(out, static_cast<unsigned>(whole_days.count()));
  put_two(out, static_cast<unsigned>(clock.hours().count()));
  put_two(out, static_cast<unsigned>(clock.minutes().count()));
  put_two(out, static_cast<unsigned>(clock.seconds().count()));
  return out.append("000R");
}

std::optional<WallTime> parse_receipt_date(std::string_view digits, int quarter_hours) {
  if (!all_digits(digits)) return std::nullopt;
  std::optional<sys_seconds> local;
  if (digits.size() == 10 || digits.size() == 12) local = compact_date(digits, 2);
  if (!local && (digits.size() == 12 || digits.size() == 14)) local = compact_date(digits, 4);
  if (!local) return std::nullopt;
  return WallTime(*local) - Quarters(clamp_zone(quarter_hours));
}

std::string format_receipt_date(WallTime at, bool seconds, int quarter_hours) {
  std::string out;
  put_civil(out, civil(floor<std::chrono::seconds>(at + Quarters(clamp_zone(quarter_hours)))), seconds);
  return out;
}

}  // namespace warp::smpp
