// Our own dialog tags: 60 random bits, 15 hexadecimal digits (so that the text needs no allocation). A
// request within a dialog finds its leg by the tag alone; nobody can guess one.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/random.h"

namespace warp::calls {

using Tag = std::uint64_t;
inline constexpr std::size_t kTagDigits = 15;

inline Tag new_tag(IdSource& ids) {
  return ids.next64() >> 4;
}

inline std::string tag_text(Tag tag) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kTagDigits, '0');
  for (std::size_t i = kTagDigits; i-- > 0; tag >>= 4)
    text[i] = kDigits[tag & 15];
  return text;
}

inline std::optional<Tag> parse_tag(std::string_view text) {
  if (text.size() != kTagDigits) return std::nullopt;
  Tag tag = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), tag, 16);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return tag;
}

}  // namespace warp::calls
