// A deck's lines as parse_deck_csv reads them.
#include <cstdio>

#include "warp/rating/deck_csv.h"

namespace warp::rating {
namespace {

using domain::Jurisdiction;

std::string jurisdictions_of(domain::Jurisdictions set) {
  if (set == domain::kAllJurisdictions) return "ALL";
  std::string text;
  for (unsigned one = 0; one < 7; ++one) {
    if ((set >> one & 1u) == 0) continue;
    if (!text.empty()) text += '|';
    text += domain::to_string(static_cast<Jurisdiction>(one));
  }
  return text;
}

std::string time_of(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto micros = (time - day).count();
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(micros / 3'600'000'000), static_cast<int>(micros / 60'000'000 % 60),
                static_cast<int>(micros / 1'000'000 % 60));
  std::string out = text;
  if (micros % 1'000'000 != 0) {
    std::snprintf(text, sizeof text, ".%06d", static_cast<int>(micros % 1'000'000));
    out += text;
  }
  return out + 'Z';
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"; ") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text)
    out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

std::string deck_csv_header() {
  return "prefix,jurisdictions,schedule,per_minute,setup_fee,attempt_fee,surcharge,free_seconds,"
         "initial_increment,increment,minimum_seconds,effective_from,effective_to,blocked\n";
}

void append_deck_csv_line(std::string& out, const domain::Rate& rate,
                          const std::map<std::uint16_t, std::string>& schedule_names) {
  const auto schedule = schedule_names.find(rate.schedule);
  const auto money = [&](Money amount) { out += amount.to_string() + ','; };
  const auto number = [&](std::uint32_t value) { out += std::to_string(value) + ','; };
  out += rate.prefix + ',' + jurisdictions_of(rate.jurisdictions) + ',';
  if (rate.schedule != 0)
    out += schedule == schedule_names.end() ? '#' + std::to_string(rate.schedule) : quoted(schedule->second);
  out += ',';
  money(rate.per_minute);
  money(rate.setup_fee);
  money(rate.attempt_fee);
  money(rate.surcharge);
  number(rate.free_seconds);
  number(rate.initial_increment);
  number(rate.increment);
  number(rate.minimum_seconds);
  out += time_of(rate.effective_from) + ',';
  if (rate.effective_to) out += time_of(*rate.effective_to);
  out += rate.blocked ? ",yes\n" : ",no\n";
}

}  // namespace warp::rating
