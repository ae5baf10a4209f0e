#include "warp/sip/transport/scan.h"

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

bool is_keep_alive(std::string_view datagram) {
  constexpr std::string_view kStunCookie = "\x21\x12\xa4\x42";
  if (datagram.size() >= 20 && static_cast<unsigned char>(datagram[0]) < 0x40 &&
      datagram.substr(4, 4) == kStunCookie)
    return true;
  return datagram.find_first_not_of(std::string_view("\r\n\0 \t", 5)) == std::string_view::npos;
}

}  // namespace warp::sip
