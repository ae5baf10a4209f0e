#include "warp/recording/key.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "warp/base/bytes.h"
#include "warp/base/text.h"

namespace warp::recording {
namespace {

constexpr std::size_t kMostKeyFile = 256;

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<Key> read_key(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMostKeyFile, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  Key key;
  if (text.size() == key.size()) {
    std::ranges::copy(as_bytes(text), key.begin());
    return key;
  }
  const auto digits = trim(text);
  if (digits.size() != 2 * key.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const int high = hex_value(digits[2 * i]), low = hex_value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key[i] = static_cast<std::byte>(high << 4 | low);
  }
  return key;
}

}  // namespace warp::recording
