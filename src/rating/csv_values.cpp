#include "csv_values.h"

#include <algorithm>
#include <cstdio>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::rating {
namespace {

constexpr std::uint32_t kMaxSeconds = 86'400;
constexpr std::size_t kMaxDigits = 15;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

ValueFault not_an_amount(std::string_view text) {
  const auto quoted = shown(text);
  const auto comma = text.find(',');
  if (comma != std::string_view::npos && text.find('.') == std::string_view::npos) {
    std::string pointed(text);
    pointed[comma] = '.';
    return {quoted + " is not an amount", "write it with a point: " + shown(pointed)};
  }
  if (text.find_first_of("eE") != std::string_view::npos)
    return {quoted + " is not an amount",
            "write it without an exponent; a spreadsheet cell formatted as text "
            "keeps the digits"};
  const auto point = text.find('.');
  if (point != std::string_view::npos && text.size() - point - 1 > 9 && all_digits(text.substr(point + 1)))
    return {quoted + " has more than nine decimals", "round it to nine decimals or fewer"};
  return {quoted + " is not an amount",
          "write digits with at most one point, like 0.0095, without a currency"};
}

std::optional<std::chrono::sys_days> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_number<unsigned>(text.substr(0, 4), 1970, 9999);
  const auto month = parse_number<unsigned>(text.substr(5, 2), 1, 12);
  const auto day = parse_number<unsigned>(text.substr(8, 2), 1, 31);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// "Z", "+01:00", "-05:00"; what is to be subtracted to come to UTC.
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = parse_number<unsigned>(text.substr(1, 2), 0, 23);
  const auto minutes = parse_number<unsigned>(text.substr(4, 2), 0, 59);
  if (!hours || !minutes) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return text[0] == '-' ? -offset : offset;
}

// ".250": at most microseconds; takes it off the text.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return std::chrono::microseconds(0);
  std::size_t digits = 0;
  while (digits + 1 < text.size() && is_digit(text[digits + 1]))
    ++digits;
  if (digits == 0 || digits > 6) return std::nullopt;
  auto micros = parse_number<unsigned>(text.substr(1, digits), 0, 999'999).value_or(0);
  for (auto left = digits; left < 6; ++left)
    micros *= 10;
  text.remove_prefix(digits + 1);
  return std::chrono::microseconds(micros);
}

std::optional<WallTime> parse_timestamp(std::string_view text) {
  const auto date = parse_date(text.substr(0, 10));
  if (!date) return std::nullopt;
  if (text.size() == 10) return WallTime(*date);
  if (text.size() < 20 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto hour = parse_number<unsigned>(text.substr(11, 2), 0, 23);
  const auto minute = parse_number<unsigned>(text.substr(14, 2), 0, 59);
  const auto second = parse_number<unsigned>(text.substr(17, 2), 0, 59);
  text.remove_prefix(19);
  const auto fraction = take_fraction(text);
  const auto offset = parse_offset(text);
  if (!hour || !minute || !second || !fraction || !offset) return std::nullopt;
  return WallTime(*date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + *fraction - *offset;
}

}  // namespace

Result<std::string, ValueFault> parse_prefix(std::string_view text) {
  const auto digits = text.substr(text.empty() || text.front() != '+' ? 0 : 1);
  if (digits.empty()) return ValueFault{"the prefix is empty", "give the digits that the numbers begin with"};
  if (!all_digits(digits)) {
    if (digits.find_first_of("eE.") != std::string_view::npos)
      return ValueFault{shown(text) + " is not a prefix",
                        "a spreadsheet turned it into a number: format the column as text"};
    return ValueFault{shown(text) + " is not a prefix", "write digits only, with at most a '+' before them"};
  }
  if (digits.size() > kMaxDigits)
    return ValueFault{shown(text) + " is longer than a telephone number", "write at most 15 digits"};
  if (digits.front() == '0')
    return ValueFault{shown(text) + " begins with 0",
                      "write the country code first, without 00, 011 or a national 0"};
  return Result<std::string, ValueFault>(boost::system::in_place_value, digits);
}

Result<Money, ValueFault> parse_price(std::string_view text, char decimal) {
  if (decimal == ',') {
    if (text.find('.') != std::string_view::npos)
      return ValueFault{shown(text) + " has a point, and the decimal sign is a comma",
                        "write it without thousands' points, or map the file with a decimal point"};
    std::string pointed(text);
    if (const auto comma = pointed.find(','); comma != std::string::npos) pointed[comma] = '.';
    return parse_price(pointed, '.');
  }
  const auto amount = Money::parse(text);
  if (!amount) return not_an_amount(text);
  if (*amount < Money{}) return ValueFault{shown(text) + " is negative", "a price is 0 or more"};
  return *amount;
}

Result<std::uint32_t, ValueFault> parse_seconds(std::string_view text, std::uint32_t low) {
  const auto seconds = parse_number<std::uint32_t>(text, low, kMaxSeconds);
  if (!seconds)
    return ValueFault{
        shown(text) + " is not a number of seconds",
        "write a whole number from " + std::to_string(low) + " to " + std::to_string(kMaxSeconds)};
  return *seconds;
}

Result<WallTime, ValueFault> parse_time(std::string_view text) {
  const auto time = parse_timestamp(text);
  if (!time)
    return ValueFault{shown(text) + " is not a time",
                      "write 2025-03-01 for midnight UTC, or 2025-03-01T00:00:00Z"};
  return *time;
}

Result<WallTime, ValueFault> parse_day(std::string_view text, std::string_view format) {
  const ValueFault fault{shown(text) + " is not a date like " + std::string(format),
                         "write it so, or map the file with its own date_format"};
  if (text.size() != format.size()) return fault;
  unsigned year = 0, month = 0, day = 0;
  for (std::size_t at = 0; at < format.size();) {
    const auto rest = format.substr(at);
    const auto read = [&](std::string_view token, unsigned& out) {
      if (!rest.starts_with(token)) return false;
      const auto value = parse_number<unsigned>(text.substr(at, token.size()), 0, 9999);
      out = value.value_or(0);
      at += token.size();
      return true;
    };
    if (read("YYYY", year) || read("MM", month) || read("DD", day)) continue;
    if (text[at] != format[at]) return fault;
    ++at;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (year < 1970 || !date.ok()) return fault;
  return WallTime(std::chrono::sys_days(date));
}

Result<domain::Jurisdictions, ValueFault> parse_jurisdictions(std::string_view text) {
  if (iequals(text, "ALL")) return domain::kAllJurisdictions;
  domain::Jurisdictions set = 0;
  while (true) {
    const auto end = text.find('|');
    std::string name(trim(text.substr(0, end)));
    for (auto& c : name)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const auto one = domain::parse_jurisdiction(name);
    if (!one)
      return ValueFault{shown(name) + " is not a jurisdiction",
                        "write ALL, or LOCAL, INTRALATA, INTRASTATE, INTERSTATE, INTERNATIONAL, TOLLFREE and "
                        "UNKNOWN with '|' between them"};
    set = static_cast<domain::Jurisdictions>(set | domain::bit(*one));
    if (end == std::string_view::npos) return set;
    text.remove_prefix(end + 1);
  }
}

Result<bool, ValueFault> parse_flag(std::string_view text) {
  for (const auto yes : {"yes", "true", "y", "1"})
    if (iequals(text, yes)) return true;
  for (const auto no : {"no", "false", "n", "0"})
    if (iequals(text, no)) return false;
  return ValueFault{shown(text) + " is neither yes nor no", "write yes or no"};
}

}  // namespace warp::rating
