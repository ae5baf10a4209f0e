#include "array_text.h"

namespace warp::store {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Length of the well-formed sequence (RFC 3629) at the front of `text`; 0 when there is none.
std::size_t sequence(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0;
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(text, 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return !overlong && !surrogate && continues(text, 1) && continues(text, 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second > 0x8F;
    return !overlong && !beyond && continues(text, 1) && continues(text, 2) && continues(text, 3) ? 4 : 0;
  }
  return 0;
}

bool plain(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c - 1) >= 0x7F) return false;  // NUL or not ASCII
  return true;
}

}  // namespace

std::string clean_utf8(std::string_view text) {
  if (plain(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const auto length = sequence(text);
    out += length ? text.substr(0, length) : kReplacement;
    text.remove_prefix(length ? length : 1);
  }
  return out;
}

void ArrayText::time(WallTime value) {
  bare({});
  out_ += '"';
  out_ += pg::to_text(value);
  out_ += '"';
}

void ArrayText::text(std::string_view value) {
  if (plain(value))
    quoted(value);
  else
    quoted(clean_utf8(value));
}

void ArrayText::quoted(std::string_view value) {
  bare({});
  out_ += '"';
  std::size_t kept = 0;  // what stands before it is written
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '"' && value[at] != '\\') continue;
    out_.append(value, kept, at - kept) += '\\';
    kept = at;
  }
  out_.append(value, kept) += '"';
}

}  // namespace warp::store
