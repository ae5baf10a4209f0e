// The one helper that turns text or wider integers from outside into a number with bounds.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace warp {

// Whole `text` as a decimal number in [low, high]; no sign for unsigned types, no blanks, no prefix.
template <std::integral T>
std::optional<T> parse_number(std::string_view text, T low = std::numeric_limits<T>::min(),
                              T high = std::numeric_limits<T>::max()) {
  T value{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  if (value < low || value > high) return std::nullopt;
  return value;
}

// `value` as To when it fits.
template <std::integral To, std::integral From>
constexpr std::optional<To> narrow(From value) {
  if (!std::in_range<To>(value)) return std::nullopt;
  return static_cast<To>(value);
}

}  // namespace warp
