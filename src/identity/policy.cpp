#include "warp/identity/policy.h"

#include <algorithm>
#include <array>
#include <string>

#include "warp/base/text.h"

namespace warp::identity {
namespace {

constexpr std::size_t kShortestName = 3;  // of an e-mail address: shorter ones are in many words

// Sorted, lower case; see the file.
constexpr std::string_view kCommon[] = {
#include "common_passwords.inc"
};
static_assert(std::is_sorted(std::begin(kCommon), std::end(kCommon)));

std::string lowered(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    c = ascii_lower(c);
  return out;
}

bool of_one_character(std::string_view text) {
  return text.find_first_not_of(text.front()) == text.npos;
}

}  // namespace

std::string_view to_string(Weakness weakness) {
  switch (weakness) {
    case Weakness::TooShort:
      return "too_short";
    case Weakness::TooLong:
      return "too_long";
    case Weakness::Common:
      return "common";
    case Weakness::LikeEmail:
      return "like_email";
  }
  return "";
}

std::string_view sentence(Weakness weakness) {
  switch (weakness) {
    case Weakness::TooShort:
      return "The password has fewer than 12 octets.";
    case Weakness::TooLong:
      return "The password has more than 256 octets.";
    case Weakness::Common:
      return "The password is one of the commonest.";
    case Weakness::LikeEmail:
      return "The password holds the name of the e-mail address.";
  }
  return "";
}

std::optional<Weakness> weakness_of(std::string_view password, std::string_view email) {
  if (password.size() < kShortestPassword) return Weakness::TooShort;
  if (password.size() > kLongestPassword) return Weakness::TooLong;
  const auto text = lowered(password);
  if (of_one_character(text) || std::binary_search(std::begin(kCommon), std::end(kCommon), text))
    return Weakness::Common;
  const auto name = lowered(email.substr(0, email.find('@')));
  if (name.size() >= kShortestName && text.find(name) != text.npos) return Weakness::LikeEmail;
  return std::nullopt;
}

}  // namespace warp::identity
