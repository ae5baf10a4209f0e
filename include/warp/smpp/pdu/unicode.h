// UTF-8 and UTF-16BE, both ways, for text that may be broken: what cannot be read becomes U+FFFD and is
// counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warp::smpp {

inline constexpr char32_t kReplacement = 0xFFFD;

// Takes the code point at the front of `rest` (not empty). Ill-formed input yields kReplacement with `broken`
// set, and takes the longest prefix that could have begun a code point (Unicode §3.9, "maximal subpart").
struct CodePoint {
  char32_t value = 0;
  bool broken = false;
};
CodePoint take_utf8(std::string_view& rest);
CodePoint take_utf16(std::string_view& rest);  // big-endian; an odd last octet is broken

// A surrogate or a value beyond U+10FFFF is written as U+FFFD.
void put_utf8(std::string& out, char32_t code_point);
void put_utf16(std::string& out, char32_t code_point);

bool is_utf8(std::string_view text);

}  // namespace warp::smpp
