#include "warp/billing/vendor_csv.h"

#include <algorithm>
#include <array>

#include "warp/base/checked.h"

namespace warp::billing {
namespace {

constexpr std::size_t kMostColumns = 256;

struct Reader {
  std::string_view rest;
  std::size_t line = 1;  // where the next row begins

  // The next row that is not empty; false: the end, or (with `broken`) a quote that nothing closes.
  bool next(std::vector<std::string>& fields, std::size_t& at);
  bool broken = false;

 private:
  bool quoted(std::string& field);
};

// After the opening quote.
bool Reader::quoted(std::string& field) {
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') {
      if (!rest.starts_with('"')) return true;
      rest.remove_prefix(1);
    } else if (c == '\n') {
      ++line;
    }
    field += c;
  }
  return false;
}

bool Reader::next(std::vector<std::string>& fields, std::size_t& at) {
  while (rest.starts_with('\n') || rest.starts_with("\r\n")) {
    rest.remove_prefix(rest.front() == '\r' ? 2 : 1);
    ++line;
  }
  if (rest.empty()) return false;
  at = line;
  fields.assign(1, {});
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"' && fields.back().empty()) {
      if (!quoted(fields.back())) {
        broken = true;
        return false;
      }
    } else if (c == ',') {
      if (fields.size() == kMostColumns) {
        broken = true;
        return false;
      }
      fields.emplace_back();
    } else if (c == '\n') {
      ++line;
      break;
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return true;
}

std::optional<int> digits(std::string_view text, std::size_t from, std::size_t count) {
  if (text.size() < from + count) return std::nullopt;
  const auto part = text.substr(from, count);
  if (part.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return parse_number<int>(part);
}

std::optional<std::chrono::microseconds> fraction(std::string_view text) {
  if (text.empty()) return std::chrono::microseconds(0);
  if (text.size() < 2 || text.size() > 10 || text[0] != '.') return std::nullopt;
  std::string six(text.substr(1));
  six.resize(6, '0');
  const auto value = digits(six, 0, 6);
  return value ? std::optional(std::chrono::microseconds(*value)) : std::nullopt;
}

std::optional<WallTime> instant(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  const auto parts = fraction(text.substr(19));
  if (!year || !month || !day || !hour || !minute || !second || !parts) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + *parts;
}

std::optional<std::string> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 32 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return std::string(text);
}

// Where the columns stand; npos: not there.
struct Places {
  std::size_t started_at, ani, dni, seconds, amount;
};

using Outcome = Result<VendorCall, VendorCsvError>;

Outcome call_of(const std::vector<std::string>& fields, const Places& places, const VendorColumns& columns,
                std::size_t line) {
  VendorCall call;
  call.line = static_cast<std::int64_t>(line);
  const auto started = instant(fields[places.started_at]);
  if (!started)
    return VendorCsvError{line, columns.started_at, "is no time", "write 2026-03-01T12:00:00Z, in UTC"};
  const auto dni = number(fields[places.dni]);
  if (!dni)
    return VendorCsvError{line, columns.dni, "is no number", "write digits, with or without a plus sign"};
  const auto seconds = parse_number<std::int64_t>(fields[places.seconds]);
  if (!seconds || *seconds < 0 || *seconds > 2'000'000'000)
    return VendorCsvError{line, columns.seconds, "is no duration", "write whole seconds"};
  const auto amount = Money::parse(fields[places.amount]);
  if (!amount)
    return VendorCsvError{line, columns.amount, "is no amount", "write a decimal of at most nine places"};
  call.started_at = *started;
  call.dni = *dni;
  call.seconds = *seconds;
  call.amount = *amount;
  if (places.ani != std::string::npos) call.ani = number(fields[places.ani]).value_or("");
  return call;
}

Result<Places, VendorCsvError> places_of(const std::vector<std::string>& heading,
                                         const VendorColumns& columns, std::size_t line) {
  const auto place = [&](const std::string& name) {
    const auto found = std::find(heading.begin(), heading.end(), name);
    return found == heading.end() ? std::string::npos : static_cast<std::size_t>(found - heading.begin());
  };
  const Places out{place(columns.started_at), columns.ani.empty() ? std::string::npos : place(columns.ani),
                   place(columns.dni), place(columns.seconds), place(columns.amount)};
  const std::array needed{std::pair(out.started_at, &columns.started_at), std::pair(out.dni, &columns.dni),
                          std::pair(out.seconds, &columns.seconds), std::pair(out.amount, &columns.amount)};
  for (const auto& [where, name] : needed)
    if (where == std::string::npos)
      return VendorCsvError{line, *name, "is not in the heading", "name the column that holds it"};
  return out;
}

VendorCsvError unclosed(std::size_t line) {
  return {line, "", "has a quote that nothing closes, or too many columns",
          "double quotes within a quoted field"};
}

}  // namespace

Result<std::vector<VendorCall>, VendorCsvError> read_vendor_csv(std::string_view text,
                                                                const VendorColumns& columns) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Reader reader{text};
  std::vector<std::string> fields;
  std::size_t line = 1;
  if (!reader.next(fields, line)) {
    if (reader.broken) return unclosed(line);
    return VendorCsvError{1, "", "is empty", "begin with the names of the columns"};
  }
  const auto places = places_of(fields, columns, line);
  if (!places) return places.error();
  const auto width = fields.size();
  std::vector<VendorCall> out;
  while (reader.next(fields, line)) {
    if (fields.size() != width)
      return VendorCsvError{line, "", "has another number of columns than the heading",
                            "give each row as many fields"};
    auto call = call_of(fields, *places, columns, line);
    if (!call) return call.error();
    out.push_back(std::move(*call));
  }
  if (reader.broken) return unclosed(line);
  return out;
}

}  // namespace warp::billing
