#include "warp/domain/tariff_rows.h"

#include "names.h"

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 3> kActions{"OFFER", "BLOCK", "FORCE"};
constexpr std::array<std::string_view, 4> kOrders{"COST", "QUALITY", "PERCENT", "PRIORITY"};

}  // namespace

std::string_view to_string(RouteAction action) {
  return name_of(kActions, action);
}

std::string_view to_string(RouteOrder order) {
  return name_of(kOrders, order);
}

std::optional<RouteAction> parse_route_action(std::string_view text) {
  return find_name<RouteAction>(kActions, text);
}

std::optional<RouteOrder> parse_route_order(std::string_view text) {
  return find_name<RouteOrder>(kOrders, text);
}

}  // namespace warp::domain
