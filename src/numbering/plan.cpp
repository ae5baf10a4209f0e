#include "plan.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

namespace warp::numbering {
namespace {

constexpr std::array<std::string_view, 56> kStates{
    "AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI",
    "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP",
    "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA",
    "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY"};
constexpr std::array<std::string_view, 16> kProvinces{"AB", "BC", "MB", "NB", "NF", "NL", "NS", "NT",
                                                      "NU", "ON", "PE", "PQ", "QC", "SK", "YK", "YT"};
static_assert(std::is_sorted(kStates.begin(), kStates.end()));
static_assert(std::is_sorted(kProvinces.begin(), kProvinces.end()));

constexpr unsigned digit(char c) {
  return static_cast<unsigned>(c - '0');
}

}  // namespace

bool is_nanp(std::string_view e164) {
  if (e164.size() != 11 || e164[0] != '1' || e164[1] < '2' || e164[4] < '2') return false;
  return std::all_of(e164.begin() + 1, e164.end(), is_digit);
}

std::uint32_t npanxx_of(std::string_view e164) {
  std::uint32_t value = 0;
  for (std::size_t i = 1; i < 7; ++i)
    value = value * 10 + digit(e164[i]);
  return value;
}

unsigned block_of(std::string_view e164) {
  return digit(e164[7]);
}

bool is_toll_free(std::string_view e164) {
  if (!is_nanp(e164) || e164[1] != '8') return false;
  if (e164[2] == '0') return e164[3] == '0';
  // 822 to 888, as they are opened: 822, 833, 844, 855, 866, 877, 888.
  return e164[2] == e164[3] && e164[2] >= '2' && e164[2] <= '8';
}

std::string_view country_of_state(std::string_view state) {
  if (std::binary_search(kStates.begin(), kStates.end(), state)) return "US";
  if (std::binary_search(kProvinces.begin(), kProvinces.end(), state)) return "CA";
  return {};
}

}  // namespace warp::numbering
