#include "emergency.h"

#include <array>

#include "warp/base/text.h"

namespace warp::calls {

namespace {

constexpr std::string_view kService = "urn:service:sos";
constexpr std::size_t kLongestDialled = 32;

// "urn:service:sos", "urn:service:sos.fire"
bool is_service(std::string_view uri) {
  return uri.size() >= kService.size() && iequals(uri.substr(0, kService.size()), kService) &&
         (uri.size() == kService.size() || uri[kService.size()] == '.');
}

// The user part of sip:, sips: and the number of tel:, without parameters.
std::string_view dialled_part(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos) return {};
  const bool telephone = iequals(uri.substr(0, colon), "tel");
  uri.remove_prefix(colon + 1);
  const auto end = uri.find_first_of(telephone ? ";?" : ";@");
  if (!telephone && uri.find('@') == std::string_view::npos) return {};
  return uri.substr(0, end);
}

struct Dialled {
  std::array<char, kLongestDialled> digits;
  std::size_t count = 0;
  std::string_view view() const { return {digits.data(), count}; }
};

// Without visual separators and a leading '+'; empty when it is longer than any emergency number can be.
Dialled read_dialled(std::string_view text) {
  Dialled out;
  if (text.size() > kLongestDialled) return out;
  for (const char c : text)
    if (c != '-' && c != '.' && c != '(' && c != ')' && !(c == '+' && out.count == 0))
      out.digits[out.count++] = c;
  return out;
}

bool listed(const EmergencySettings& settings, std::string_view number, const domain::Trunk* trunk) {
  for (const auto& one : settings.numbers)
    if (one == number) return true;
  for (const auto& [country, one] : settings.of_countries)
    if (one == number && (trunk == nullptr || trunk->sip.identity.country_code == country)) return true;
  return false;
}

}  // namespace

bool is_emergency(const EmergencySettings& settings, const sip::Message& request,
                  const domain::Trunk* trunk) {
  const auto uri = request.request_uri();
  if (is_service(uri)) return true;
  const auto dialled = read_dialled(dialled_part(uri));
  auto number = dialled.view();
  if (number.empty()) return false;
  if (listed(settings, number, trunk)) return true;
  if (trunk == nullptr || trunk->sip.identity.tech_prefix.empty()) return false;
  if (!number.starts_with(trunk->sip.identity.tech_prefix)) return false;
  number.remove_prefix(trunk->sip.identity.tech_prefix.size());
  return listed(settings, number, trunk);
}

}  // namespace warp::calls
