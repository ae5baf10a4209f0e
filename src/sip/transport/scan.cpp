#include "warp/sip/transport/scan.h"

#include <algorithm>

#include "warp/base/text.h"

namespace warp::sip {
namespace {

// Length of a Call-ID header's name at the start of `line`, or 0.
std::size_t call_id_name(std::string_view line) {
  if (line.empty()) return 0;
  const char first = ascii_lower(line[0]);
  if (first == 'i') return 1;
  constexpr std::string_view kLong = "call-id";
  return first == 'c' && iequals(line.substr(0, kLong.size()), kLong) ? kLong.size() : 0;
}

// The value of a To header, when `line` is one and whole.
std::string_view to_value(std::string_view line) {
  if (line.size() < 2 || ascii_lower(line[0]) != 't') return {};
  const std::size_t name = ascii_lower(line[1]) == 'o' ? 2 : 1;
  const std::size_t colon = line.find_first_not_of(" \t", name);
  if (colon == std::string_view::npos || line[colon] != ':') return {};
  return trim(line.substr(colon + 1));
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// The value that begins at `at`, behind the colon: blanks and foldings before it are skipped.
std::string_view value_at(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    const auto line_end = text.substr(at, 2) == "\r\n" ? 2u : text[at] == '\n' ? 1u : 0u;
    if (line_end == 0 || at + line_end >= text.size() || !is_blank(text[at + line_end])) break;
    at += line_end;
  }
  const auto end = text.find_first_of("\r\n", at);
  return trim(text.substr(at, end == std::string_view::npos ? end : end - at));
}

}  // namespace

std::string_view find_call_id(std::string_view datagram) {
  std::size_t at = 0;
  while (at < datagram.size() && (datagram[at] == '\r' || datagram[at] == '\n'))
    ++at;
  for (;;) {
    at = datagram.find('\n', at);
    if (at == std::string_view::npos) return {};
    const auto line = datagram.substr(++at);
    if (line.empty() || line[0] == '\r' || line[0] == '\n') return {};
    auto name = call_id_name(line);
    if (name == 0) continue;
    while (name < line.size() && is_blank(line[name]))
      ++name;
    if (name < line.size() && line[name] == ':') return value_at(line, name + 1);
  }
}

bool is_stateless_ack(std::string_view datagram) {
  constexpr std::string_view kAck = "ACK ", kTag = ";tag=s";
  constexpr std::size_t kDigits = 16;
  if (!datagram.starts_with(kAck)) return false;
  for (std::size_t at = datagram.find('\n'); at != std::string_view::npos;) {
    const std::size_t end = datagram.find('\n', at + 1);
    if (end == std::string_view::npos) return false;
    std::string_view line = datagram.substr(at + 1, end - at - 1);
    if (!line.ends_with('\r') || line.size() == 1) return false;
    line.remove_suffix(1);
    at = end;
    const std::string_view to = to_value(line);
    if (to.empty()) continue;
    const bool folded = end + 1 < datagram.size() && is_blank(datagram[end + 1]);
    if (folded || to.size() < kTag.size() + kDigits) return false;
    // The only parameter, at the very end: a quoted name or an address in brackets may hold the same text.
    const std::string_view who = to.substr(0, to.size() - kTag.size() - kDigits), tag = to.substr(who.size());
    const std::size_t bracket = who.find_last_of(">\"");
    if (who.find(';', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos)
      return false;
    return tag.starts_with(kTag) && std::ranges::all_of(tag.substr(kTag.size()), is_hex);
  }
  return false;
}

bool is_keep_alive(std::string_view datagram) {
  constexpr std::string_view kStunCookie = "\x21\x12\xa4\x42";
  if (datagram.size() >= 20 && static_cast<unsigned char>(datagram[0]) < 0x40 &&
      datagram.substr(4, 4) == kStunCookie)
    return true;
  return datagram.find_first_not_of(std::string_view("\r\n\0 \t", 5)) == std::string_view::npos;
}

}  // namespace warp::sip
