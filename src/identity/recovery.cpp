#include "warp/identity/recovery.h"

#include <array>
#include <stdexcept>

#include <openssl/rand.h>

#include "warp/base/text.h"

namespace warp::identity {
namespace {

// 32 of them, none like another on paper.
constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
static_assert(kLetters.size() == 32);
constexpr std::size_t kLength = 16, kGroup = 4;

}  // namespace

std::vector<std::string> make_recovery_codes(std::size_t count) {
  std::vector<std::string> codes;
  std::array<unsigned char, kLength> octets;
  while (codes.size() < count) {
    if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1)
      throw std::runtime_error("no randomness to be had");
    std::string code;
    for (std::size_t i = 0; i < octets.size(); ++i) {
      if (i > 0 && i % kGroup == 0) code += '-';
      code += kLetters[octets[i] % kLetters.size()];
    }
    codes.push_back(std::move(code));
  }
  return codes;
}

std::string plain_recovery_code(std::string_view typed) {
  std::string out;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    const char small = ascii_lower(c);
    if (kLetters.find(small) == kLetters.npos || out.size() == kLength) return {};
    out += small;
  }
  return out.size() == kLength ? out : std::string();
}

}  // namespace warp::identity
