// FUZZ_CHECK: a property that must hold; its failure is a crash that libFuzzer keeps the input of.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

namespace warp::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the bytes up to the next 0xff: lets one input carry several values.
inline std::string_view next_piece(std::string_view& rest) {
  const auto end = rest.find('\xff');
  const auto piece = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return piece;
}

}  // namespace warp::fuzz
