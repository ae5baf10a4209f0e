// Octets from hexadecimal text, for golden PDUs: hex("00 00 00 10 …"); blanks are for the reader.
#pragma once

#include <string>
#include <string_view>

namespace warp::test {

inline std::string hex(std::string_view text) {
  std::string out;
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c - 'a' + 10;
    if (c == ' ' || c == '\n') continue;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}

inline std::string to_hex(std::string_view octets) {
  std::string out;
  for (const char c : octets)
    for (const int nibble : {static_cast<unsigned char>(c) >> 4, static_cast<unsigned char>(c) & 15})
      out.push_back("0123456789abcdef"[nibble]);
  return out;
}

}  // namespace warp::test
