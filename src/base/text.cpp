#include "warp/base/text.h"

#include <algorithm>

namespace warp {

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::vector<std::string> split_words(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<std::string> words;
  for (auto from = text.find_first_not_of(kBlanks); from != text.npos;) {
    const auto end = std::min(text.find_first_of(kBlanks, from), text.size());
    words.emplace_back(text.substr(from, end - from));
    from = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

}  // namespace warp
