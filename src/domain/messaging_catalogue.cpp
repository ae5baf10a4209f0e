#include "warp/domain/messaging_catalogue.h"

#include <array>

#include "names.h"

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 3> kProtocols{"smpp", "mm4", "rcs"};
constexpr std::array<std::string_view, 3> kCharges{"accepted", "sent", "delivered"};

}  // namespace

std::string_view to_string(ConnectorProtocol protocol) {
  return name_of(kProtocols, protocol);
}
std::optional<ConnectorProtocol> parse_connector_protocol(std::string_view text) {
  return find_name<ConnectorProtocol>(kProtocols, text);
}

std::string_view to_string(ChargePolicy policy) {
  return name_of(kCharges, policy);
}
std::optional<ChargePolicy> parse_charge_policy(std::string_view text) {
  return find_name<ChargePolicy>(kCharges, text);
}

}  // namespace warp::domain
