#include "warp/smpp/pdu/unicode.h"

#include "octets.h"

namespace warp::smpp {
namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;

constexpr bool is_surrogate(char32_t value) {
  return value >= 0xD800 && value <= 0xDFFF;
}

struct Lead {
  std::size_t following;
  char32_t bits;
  // Bounds of the first following octet: keeps out overlong forms, surrogates and values that are too great.
  std::uint8_t low = 0x80, high = 0xBF;
};

Lead lead(std::uint8_t octet) {
  if (octet >= 0xC2 && octet <= 0xDF) return {1, octet & 0x1Fu};
  if (octet == 0xE0) return {2, 0, 0xA0, 0xBF};
  if (octet == 0xED) return {2, 0xD, 0x80, 0x9F};
  if (octet >= 0xE1 && octet <= 0xEF) return {2, octet & 0xFu};
  if (octet == 0xF0) return {3, 0, 0x90, 0xBF};
  if (octet >= 0xF1 && octet <= 0xF3) return {3, octet & 0x7u};
  if (octet == 0xF4) return {3, 4, 0x80, 0x8F};
  return {0, 0};
}

}  // namespace

CodePoint take_utf8(std::string_view& rest) {
  const auto first = static_cast<std::uint8_t>(rest[0]);
  rest.remove_prefix(1);
  if (first < 0x80) return {first, false};
  auto [following, value, low, high] = lead(first);
  if (following == 0) return {kReplacement, true};
  for (; following > 0; --following) {
    const auto octet = octets::u8(rest, 0);
    if (rest.empty() || octet < low || octet > high) return {kReplacement, true};
    value = value << 6 | (octet & 0x3Fu);
    rest.remove_prefix(1);
    low = 0x80;
    high = 0xBF;
  }
  return {value, false};
}

CodePoint take_utf16(std::string_view& rest) {
  if (rest.size() < 2) {
    rest = {};
    return {kReplacement, true};
  }
  const char32_t unit = octets::u16(rest, 0);
  rest.remove_prefix(2);
  if (!is_surrogate(unit)) return {unit, false};
  if (unit >= 0xDC00 || rest.size() < 2) return {kReplacement, true};
  const char32_t low = octets::u16(rest, 0);
  if (low < 0xDC00 || low > 0xDFFF) return {kReplacement, true};
  rest.remove_prefix(2);
  return {0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), false};
}

void put_utf8(std::string& out, char32_t value) {
  const auto put = [&](char32_t octet) { out.push_back(static_cast<char>(octet)); };
  if (value > kLastCodePoint || is_surrogate(value)) value = kReplacement;
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | value >> 6);
    put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | value >> 12);
    put(0x80 | (value >> 6 & 0x3F));
    put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | value >> 18);
    put(0x80 | (value >> 12 & 0x3F));
    put(0x80 | (value >> 6 & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

void put_utf16(std::string& out, char32_t value) {
  if (value > kLastCodePoint || is_surrogate(value)) value = kReplacement;
  if (value < 0x10000) return octets::put_u16(out, static_cast<std::uint16_t>(value));
  value -= 0x10000;
  octets::put_u16(out, static_cast<std::uint16_t>(0xD800 + (value >> 10)));
  octets::put_u16(out, static_cast<std::uint16_t>(0xDC00 + (value & 0x3FF)));
}

bool is_utf8(std::string_view text) {
  while (!text.empty())
    if (take_utf8(text).broken) return false;
  return true;
}

}  // namespace warp::smpp
