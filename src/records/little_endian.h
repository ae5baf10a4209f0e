// Little-endian integers in and out of strings; the reader's caller has checked the length.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>

namespace warp::records {

static_assert(std::endian::native == std::endian::little, "the journal's files are little-endian");

template <std::integral T>
void put_le(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <std::integral T>
T get_le(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace warp::records
