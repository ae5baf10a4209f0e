#include "app/emergency_settings.h"

#include <algorithm>

#include "warp/base/text.h"

namespace warp::app {
namespace {

// Longer ones are subscribers' numbers.
constexpr std::size_t kLongestNumber = 6;

bool is_digits(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

Result<calls::EmergencySettings, EmergencyFault> emergency_settings(const Config& config) {
  calls::EmergencySettings out;
  out.numbers = split_words(config.emergency.numbers);
  for (const auto& number : out.numbers)
    if (!is_digits(number, kLongestNumber))
      return EmergencyFault{"emergency.numbers", "has '" + number + "', which is no emergency number",
                            "write digits with blanks between: 911 112"};
  for (const auto& word : split_words(config.emergency.countries)) {
    const auto colon = std::min(word.find(':'), word.size());
    const auto country = word.substr(0, colon);
    const auto number = word.substr(std::min(colon + 1, word.size()));
    if (!is_digits(country, 3) || !is_digits(number, kLongestNumber))
      return EmergencyFault{"emergency.countries",
                            "has '" + word + "', which is no country code with a number",
                            "write COUNTRY:NUMBER, as in 44:999"};
    out.of_countries.emplace_back(country, number);
  }
  out.partition = config.emergency.partition;
  return out;
}

}  // namespace warp::app
