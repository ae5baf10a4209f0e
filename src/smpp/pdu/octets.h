// Big-endian numbers in strings of octets: the room's one place for it. Reading is through base's checked
// reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/bytes.h"

namespace warp::smpp::octets {

// 0 when `at` is outside.
inline std::uint16_t u16(std::string_view data, std::size_t at) {
  if (at > data.size()) return 0;
  return ByteReader(as_bytes(data.substr(at))).u16();
}
inline std::uint32_t u32(std::string_view data, std::size_t at) {
  if (at > data.size()) return 0;
  return ByteReader(as_bytes(data.substr(at))).u32();
}
inline std::uint8_t u8(std::string_view data, std::size_t at) {
  return at < data.size() ? static_cast<std::uint8_t>(data[at]) : 0;
}

inline void put_u8(std::string& out, std::uint8_t value) {
  out.push_back(static_cast<char>(value));
}
inline void put_u16(std::string& out, std::uint16_t value) {
  const char both[] = {static_cast<char>(value >> 8), static_cast<char>(value)};
  out.append(both, 2);
}
inline void put_u32(std::string& out, std::uint32_t value) {
  const char all[] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                      static_cast<char>(value >> 8), static_cast<char>(value)};
  out.append(all, 4);
}

}  // namespace warp::smpp::octets
