#include "warp/pg/params.h"

#include "warp/base/text.h"

namespace warp::pg {
namespace {

// Two digits at a time, without a string for each: times are written several times a message.
char* put_two(char* to, unsigned number) {
  *to++ = static_cast<char>('0' + number / 10 % 10);
  *to++ = static_cast<char>('0' + number % 10);
  return to;
}

// Text of an array element: quoted, so that commas, braces and NULL mean nothing.
void quote(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string to_text(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto year = static_cast<int>(date.year());
  char text[32];
  auto* to = text;
  if (year > 9999 || year < 0)
    to = std::to_chars(to, to + 8, year).ptr;
  else
    to = put_two(put_two(to, static_cast<unsigned>(year) / 100), static_cast<unsigned>(year) % 100);
  *to++ = '-';
  to = put_two(to, static_cast<unsigned>(date.month()));
  *to++ = '-';
  to = put_two(to, static_cast<unsigned>(date.day()));
  *to++ = ' ';
  to = put_two(to, static_cast<unsigned>(clock.hours().count()));
  *to++ = ':';
  to = put_two(to, static_cast<unsigned>(clock.minutes().count()));
  *to++ = ':';
  to = put_two(to, static_cast<unsigned>(clock.seconds().count()));
  *to++ = '.';
  const auto micros = static_cast<unsigned>(clock.subseconds().count());
  to = put_two(put_two(put_two(to, micros / 10'000), micros / 100 % 100), micros % 100);
  for (const char c : {'+', '0', '0'})
    *to++ = c;
  return {text, to};
}

Params& Params::add(std::nullopt_t) {
  parts_.push_back({text_.size(), true});
  return *this;
}

// A NUL cannot be part of a Postgres text: what follows it would be lost unseen, so it becomes visible.
Params& Params::add(std::string_view text) {
  parts_.push_back({text_.size(), false});
  for (std::size_t at; (at = text.find('\0')) != std::string_view::npos; text.remove_prefix(at + 1)) {
    text_.append(text.substr(0, at));
    text_ += "\xEF\xBF\xBD";
  }
  text_.append(text);
  text_ += '\0';
  return *this;
}

Params& Params::add(WallTime time) {
  return add(std::string_view(to_text(time)));
}

Params& Params::add(const std::vector<std::string>& texts) {
  std::string array = "{";
  for (const auto& text : texts) {
    if (array.size() > 1) array += ',';
    quote(array, text);
  }
  array += '}';
  return add(std::string_view(array));
}

Params& Params::add_octets(std::span<const std::byte> octets) {
  const std::string_view view(reinterpret_cast<const char*>(octets.data()), octets.size());
  return add(std::string_view("\\x" + to_hex(view)));
}

std::vector<const char*> Params::pointers() const {
  std::vector<const char*> out;
  out.reserve(parts_.size());
  for (const auto& part : parts_)
    out.push_back(part.null ? nullptr : text_.data() + part.begin);
  return out;
}

}  // namespace warp::pg
