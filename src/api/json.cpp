#include "warp/api/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "warp/base/text.h"

namespace warp::api {
namespace {

// Brackets outside of strings; whether the text is JSON at all is the parser's question.
bool too_deep(std::string_view text) {
  unsigned depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// Length of the well-formed UTF-8 sequence at the front (RFC 3629), 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf && tail(1)) return 2;
  if (lead >= 0xe0 && lead <= 0xef && tail(1) && tail(2)) {
    if ((lead == 0xe0 && at(1) < 0xa0) || (lead == 0xed && at(1) > 0x9f)) return 0;
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4 && tail(1) && tail(2) && tail(3)) {
    if ((lead == 0xf0 && at(1) < 0x90) || (lead == 0xf4 && at(1) > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

// Leaves as it is: ASCII that neither JSON nor a page of HTML takes for anything else.
constexpr bool is_plain(unsigned char c) {
  return c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0; c < plain.size(); ++c)
    plain[c] = is_plain(static_cast<unsigned char>(c));
  return plain;
}();

// What is at the front and not plain; how many octets that were.
std::size_t write_special(std::string& out, std::string_view text) {
  const char c = text.front();
  const auto length = sequence_length(text);
  if (length == 0) {
    out += "\xef\xbf\xbd";
    return 1;
  }
  if (length > 1) {
    out.append(text.substr(0, length));
  } else if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned char>(c));
    out += escaped;
  }
  return length;
}

void write_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])])
      ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(write_special(out, text));
  }
  out += '"';
}

template <class Number>
void write_number(std::string& out, Number number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  static_cast<void>(error);
  out.append(digits, end);
}

void write(std::string& out, const Json& value) {
  switch (value.type()) {
    case Json::value_t::object: {
      out += '{';
      bool first = true;
      for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
        if (!std::exchange(first, false)) out += ',';
        write_string(out, key);
        out += ':';
        write(out, member);
      }
      out += '}';
      return;
    }
    case Json::value_t::array: {
      out += '[';
      bool first = true;
      for (const auto& element : value.get_ref<const Json::array_t&>()) {
        if (!std::exchange(first, false)) out += ',';
        write(out, element);
      }
      out += ']';
      return;
    }
    case Json::value_t::string:
      return write_string(out, value.get_ref<const std::string&>());
    case Json::value_t::binary:  // what money() made
      for (const auto octet : value.get_binary())
        out += static_cast<char>(octet);
      return;
    case Json::value_t::null:
    case Json::value_t::discarded:
      out += "null";
      return;
    case Json::value_t::boolean:
      out += value.get_ref<const bool&>() ? "true" : "false";
      return;
    case Json::value_t::number_integer:
      return write_number(out, value.get_ref<const std::int64_t&>());
    case Json::value_t::number_unsigned:
      return write_number(out, value.get_ref<const std::uint64_t&>());
    case Json::value_t::number_float:
      out += value.dump();
      return;
  }
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  if (text == "{}") return Json::object();  // most of what is kept as JSON says nothing
  if (too_deep(text)) return std::nullopt;
  // A name given twice would mean one thing here and another to the next reader of the same text.
  std::vector<std::vector<std::string>> open;
  bool twice = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      open.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      auto& names = open.back();
      // Objects with very many members are taken without this look, which is quadratic.
      if (names.size() < 256) {
        twice = twice || std::find(names.begin(), names.end(), name) != names.end();
        names.push_back(name);
      }
    }
    return true;
  };
  auto value = Json::parse(text, watch, false);
  if (value.is_discarded() || twice) return std::nullopt;
  return value;
}

std::string why_not_json(std::string_view text) {
  if (too_deep(text)) return "is nested deeper than " + std::to_string(kMaxJsonDepth);
  try {
    const Json parsed = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return "is no JSON: it breaks at octet " + std::to_string(error.byte);
  } catch (const Json::exception&) {
    return "holds a number beyond all ranges";
  }
  return "names a member twice in one object";
}

std::string dump(const Json& value) {
  std::string out;
  write(out, value);
  return out;
}

Json money(Money amount) {
  const auto digits = amount.to_string(2);
  return Json::binary({digits.begin(), digits.end()});
}

std::optional<Money> parse_money(const Json& value) {
  if (value.is_string()) return Money::parse(value.get_ref<const std::string&>());
  if (value.is_number_integer()) {
    return Money::parse(value.dump());
  }
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (!(std::fabs(number) < 1e12)) return std::nullopt;
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  std::size_t significant = 0;
  for (const char c : text)
    if (is_digit(c)) significant += significant > 0 || c != '0' ? 1 : 0;
  // A double keeps 15 decimal digits; with more the sender's text and our value may differ.
  return significant <= 15 ? Money::parse(text) : std::nullopt;
}

std::string timestamp(WallTime when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text;
}

std::optional<WallTime> parse_timestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const std::string copy(text);
  if (text.size() < 20 || text.size() > 30 || text.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < 19; ++i) {
    const char expected = "dddd-dd-ddTdd:dd:dd"[i];
    if (expected == 'd' ? !is_digit(text[i]) : text[i] != expected) return std::nullopt;
  }
  std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::int64_t micros = 0;
  auto fraction = text.substr(19, text.size() - 20);
  if (!fraction.empty()) {
    if (fraction.front() != '.' || fraction.size() < 2 || fraction.size() > 7) return std::nullopt;
    fraction.remove_prefix(1);
    for (std::size_t i = 0; i < 6; ++i) {
      if (i < fraction.size() && !is_digit(fraction[i])) return std::nullopt;
      micros = micros * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    }
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros);
}

}  // namespace warp::api
