// The lexical layer of the SIP codec: character classes and a cursor over one header value (RFC 3261 §25.1).
// Private to this room. Everything here is linear in the bytes it reads and allocates nothing.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "warp/sip/message/message.h"

namespace warp::sip::scan {

enum CharClass : std::uint8_t {
  kToken = 1,      // token
  kHost = 2,       // host names, with the underscore that real networks use
  kUser = 4,       // user part, without '%' and ':'
  kHex = 8,        // hexadecimal digit
  kParam = 16,     // an unquoted parameter value, generously
  kUriParam = 32,  // URI parameters and headers, generously
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> table{};
  auto add = [&table](std::string_view chars, std::uint8_t bits) {
    for (char c : chars)
      table[static_cast<std::uint8_t>(c)] |= bits;
  };
  add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", kToken | kHost | kUser);
  add("-.!%*_+`'~", kToken);
  add("-._", kHost);
  add("-_.!~*'()&=+$,;?/#", kUser);
  add("0123456789abcdefABCDEF", kHex);
  for (unsigned c = 0x21; c < 256; ++c) {
    if (c == 0x7f) continue;
    const bool quoting = c == '"' || c == '<' || c == '>';
    if (!quoting && c != ';' && c != ',') table[c] |= kParam;
    if (!quoting) table[c] |= kUriParam;
  }
  return table;
}
inline constexpr auto kClasses = make_classes();

inline bool is(char c, std::uint8_t wanted) {
  return (kClasses[static_cast<std::uint8_t>(c)] & wanted) != 0;
}
inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
inline bool is_control(char c) {
  return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f;
}
inline bool all(std::string_view text, std::uint8_t wanted) {
  for (char c : text)
    if (!is(c, wanted)) return false;
  return true;
}
inline bool is_token(std::string_view text) {
  return !text.empty() && all(text, kToken);
}

// First control byte (HTAB included) in [at, end), or end. Eight bytes a step: this loop sees every byte of
// every message.
inline const char* find_control(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    constexpr std::uint64_t kOnes = 0x0101010101010101ull;
    constexpr std::uint64_t kHighs = kOnes * 0x80;
    while (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      const std::uint64_t below_space = (word - kOnes * 0x20) & ~word;
      const std::uint64_t deletes = word ^ (kOnes * 0x7f);
      const std::uint64_t found = (below_space | ((deletes - kOnes) & ~deletes)) & kHighs;
      if (found != 0) return at + std::countr_zero(found) / 8;
      at += 8;
    }
  }
  while (at != end && !is_control(*at))
    ++at;
  return at;
}

// A control byte may stand in a header only as HTAB or as the second half of a quoted-pair (RFC 4475 §3.1.1.2
// has NUL, BEL and DEL so). CR and LF never may.
inline bool allowed_control(char previous, char c) {
  if (c == '\t') return true;
  return previous == '\\' && c != '\r' && c != '\n';
}

struct Cursor {
  const char* at;
  const char* end;

  explicit Cursor(std::string_view text) : at(text.data()), end(text.data() + text.size()) {}

  bool done() const { return at == end; }
  bool sees(char c) const { return at != end && *at == c; }
  bool take(char c) {
    if (!sees(c)) return false;
    ++at;
    return true;
  }
  void blanks() {
    while (at != end && is_blank(*at))
      ++at;
  }
  std::string_view run(std::uint8_t wanted) {
    const char* start = at;
    while (at != end && is(*at, wanted))
      ++at;
    return view(start, at);
  }
  std::string_view rest() const { return view(at, end); }
  // At '"': the inside, escapes kept. False when it is not closed.
  bool quoted(std::string_view& inside);

  static std::string_view view(const char* from, const char* to) {
    return {from, static_cast<std::size_t>(to - from)};
  }
};

struct Param {
  std::string_view name;
  std::string_view value;  // without quotes
  std::string_view text;   // as written, without the ';'
  bool has_value = false;
};
enum class Step : std::uint8_t { Taken, End, Bad };
// Takes one ";name[=value]"; End when no ';' comes next.
Step next_param(Cursor& in, Param& out);

// "host", "host:port", "[v6]:port"; blanks around the colon are allowed as in Via.
bool read_host_port(Cursor& in, std::string_view& host, std::uint16_t& port);

// One via-parm, up to the ',' or the end. On false, `via` holds what was understood before.
bool read_via(Cursor& in, Via& via);
// One name-addr or addr-spec with its parameters, up to the ',' or the end.
bool read_name_addr(Cursor& in, NameAddr& out);
// "1 INVITE". On false, `cseq` holds the method's text when there was one, and no number.
bool read_cseq(std::string_view value, CSeq& cseq);
// Of a request: addresses in a list, "*", or nothing.
bool is_contacts(std::string_view value);
// An unknown scheme is the upper layer's 416; a known one that is malformed, or carries headers, is a 400
// (RFC 4475 §3.1.2.11).
bool is_request_uri(std::string_view uri);
// The long name of a compact form that has no HeaderId ("s" is Subject); anything else as it is.
std::string_view long_name_of(std::string_view compact);
// Elements of a comma-separated list, counted without storing them.
std::size_t count_list(std::string_view value);
// Takes the next element of a list with its ','; false at the end.
bool next_element(std::string_view& rest, std::string_view& element);

}  // namespace warp::sip::scan
