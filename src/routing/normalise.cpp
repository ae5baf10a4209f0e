#include <array>

#include "warp/base/text.h"
#include "warp/routing/decision.h"

namespace warp::routing {
namespace {

constexpr std::size_t kMinDigits = 3;
constexpr std::size_t kMaxDigits = 15;
constexpr std::size_t kMaxDialled = kMaxDigits + 3;  // behind 011

constexpr bool is_separator(char c) {
  return c == '-' || c == '.' || c == '(' || c == ')';
}

// NPA and central office code begin with 2 to 9.
bool is_nanp_national(std::string_view digits) {
  return digits.size() == 10 && digits[0] >= '2' && digits[3] >= '2';
}

}  // namespace

std::optional<std::string> normalise(std::string_view number) {
  number = number.substr(0, number.find(';'));
  const bool international = number.starts_with('+');
  if (international) number.remove_prefix(1);
  std::array<char, kMaxDialled> dialled{};
  std::size_t count = 0;
  for (const char c : number) {
    if (is_separator(c)) continue;
    if (!is_digit(c) || count == dialled.size()) return std::nullopt;
    dialled[count++] = c;
  }
  std::string_view digits(dialled.data(), count);
  if (!international) {
    if (digits.starts_with("011"))
      digits.remove_prefix(3);
    else if (digits.starts_with("00"))
      digits.remove_prefix(2);
    else if (is_nanp_national(digits))
      return '1' + std::string(digits);
  }
  if (digits.size() < kMinDigits || digits.size() > kMaxDigits || digits.front() == '0') return std::nullopt;
  return std::string(digits);
}

}  // namespace warp::routing
