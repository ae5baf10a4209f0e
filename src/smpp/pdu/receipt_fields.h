// The text form of a receipt taken apart: keys in any order and case, values up to the next blank.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warp::smpp::receipt {

enum class Key : std::uint8_t { Id, Submitted, Delivered, SubmitDate, DoneDate, State, Error, Text };
inline constexpr std::size_t kKeys = 8;

class Fields {
 public:
  std::string_view operator[](Key key) const { return values_[static_cast<std::size_t>(key)]; }
  bool has(Key key) const { return seen_ >> static_cast<unsigned>(key) & 1u; }
  // The first of a kind counts.
  void set(Key key, std::string_view value) {
    if (has(key)) return;
    values_[static_cast<std::size_t>(key)] = value;
    seen_ = static_cast<std::uint8_t>(seen_ | 1u << static_cast<unsigned>(key));
  }

 private:
  std::array<std::string_view, kKeys> values_;
  std::uint8_t seen_ = 0;
};

// One pass. The text field reaches to the end when id and state stand before it, to the next key otherwise.
Fields split_fields(std::string_view text);

}  // namespace warp::smpp::receipt
