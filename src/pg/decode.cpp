#include "warp/pg/rows.h"

namespace warp::pg {
namespace {

// Reads exactly `width` digits, or at least that many when `more`, off the front of `text`.
std::optional<int> digits(std::string_view& text, std::size_t width, bool more = false) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9' && (more || count < width))
    ++count;
  if (count < width || count > 6) return std::nullopt;
  const auto value = parse_number<int>(text.substr(0, count));
  text.remove_prefix(count);
  return value;
}

bool literal(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<std::chrono::microseconds> fraction(std::string_view& text) {
  if (!literal(text, ".")) return std::chrono::microseconds(0);
  const auto before = text.size();
  const auto value = digits(text, 1, true);
  if (!value) return std::nullopt;
  int micros = *value;
  for (auto width = before - text.size(); width < 6; ++width)
    micros *= 10;
  return std::chrono::microseconds(micros);
}

// One element of an array's text form, quoted or bare.
bool element(std::string_view& text, std::string& out) {
  out.clear();
  if (!literal(text, "\"")) {
    const auto end = text.find_first_of(",}");
    if (end == std::string_view::npos || end == 0) return false;
    out = text.substr(0, end);
    text.remove_prefix(end);
    return out != "NULL";
  }
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\') text.remove_prefix(1);
    if (text.empty()) return false;
    out += text.front();
    text.remove_prefix(1);
  }
  return literal(text, "\"");
}

}  // namespace

bool decode(std::string_view text, bool& out) {
  out = text == "t";
  return text == "t" || text == "f";
}
bool decode(std::string_view text, std::string& out) {
  out = text;
  return true;
}
bool decode(std::string_view text, std::string_view& out) {
  out = text;
  return true;
}
bool decode(std::string_view text, Uuid& out) {
  const auto id = Uuid::parse(text);
  if (id) out = *id;
  return id.has_value();
}
bool decode(std::string_view text, Money& out) {
  const auto nanos = parse_number<std::int64_t>(text);
  if (nanos) out = Money::from_nanos(*nanos);
  return nanos.has_value();
}
bool decode(std::string_view text, Currency& out) {
  const auto currency = Currency::parse(text);
  if (currency) out = *currency;
  return currency.has_value();
}

bool decode(std::string_view text, WallTime& out) {
  using namespace std::chrono;
  const auto y = digits(text, 4, true);
  if (!y || !literal(text, "-")) return false;
  const auto m = digits(text, 2);
  if (!m || !literal(text, "-")) return false;
  const auto d = digits(text, 2);
  if (!d || !literal(text, " ")) return false;
  const auto hour = digits(text, 2);
  if (!hour || !literal(text, ":")) return false;
  const auto minute = digits(text, 2);
  if (!minute || !literal(text, ":")) return false;
  const auto second = digits(text, 2);
  if (!second) return false;
  const auto micros = fraction(text);
  if (!micros || text != "+00") return false;
  const year_month_day date(year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d)));
  if (!date.ok()) return false;
  out = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) + *micros;
  return true;
}

bool decode(std::string_view text, std::vector<std::string>& out) {
  out.clear();
  if (!literal(text, "{")) return false;
  if (text == "}") return true;
  std::string item;
  do {
    if (!element(text, item)) return false;
    out.push_back(item);
  } while (literal(text, ","));
  return text == "}";
}

}  // namespace warp::pg
