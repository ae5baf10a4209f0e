#include "app/charging_unit.h"

namespace warp::app {

struct ChargingUnit::Impl {};

ChargingUnit::ChargingUnit(const Config&, const UnitNeeds&) : impl_(std::make_unique<Impl>()) {}

ChargingUnit::~ChargingUnit() = default;

domain::ChargingPort* ChargingUnit::port() {
  return nullptr;
}

void ChargingUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> ChargingUnit::stop() {
  co_return;
}

}  // namespace warp::app
