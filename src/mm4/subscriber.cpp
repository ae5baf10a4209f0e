#include <algorithm>

#include "warp/base/text.h"
#include "warp/mm4/message.h"

namespace warp::mm4 {
namespace {

constexpr std::size_t kMostDigits = 20;

}  // namespace

std::optional<Subscriber> parse_subscriber(std::string_view address) {
  const auto open = address.rfind('<');
  if (open != std::string_view::npos) {
    address.remove_prefix(open + 1);
    address = address.substr(0, address.find('>'));
  }
  address = trim(address);
  Subscriber out;
  if (const auto at = address.rfind('@'); at != std::string_view::npos) {
    out.domain = address.substr(at + 1);
    std::transform(out.domain.begin(), out.domain.end(), out.domain.begin(), ascii_lower);
    address = address.substr(0, at);
  }
  // A quoted local part says the same as the bare one (RFC 5321, 4.1.2).
  if (address.size() >= 2 && address.front() == '"' && address.back() == '"')
    address = address.substr(1, address.size() - 2);
  if (const auto slash = address.find('/'); slash != std::string_view::npos) {
    if (!iequals(address.substr(slash), "/TYPE=PLMN")) return std::nullopt;
    address = address.substr(0, slash);
  }
  out.international = address.starts_with('+');
  if (out.international) address.remove_prefix(1);
  if (address.empty() || address.size() > kMostDigits) return std::nullopt;
  if (!std::all_of(address.begin(), address.end(), is_digit)) return std::nullopt;
  out.digits = address;
  return out;
}

std::string to_string(const Subscriber& subscriber) {
  std::string out = subscriber.international ? "+" : "";
  out += subscriber.digits + "/TYPE=PLMN";
  if (!subscriber.domain.empty()) out += "@" + subscriber.domain;
  return out;
}

}  // namespace warp::mm4
