#include "app/simulation_unit.h"

namespace warp::app {

struct SimulationUnit::Impl {};

SimulationUnit::SimulationUnit(const Config&, const UnitNeeds&) : impl_(std::make_unique<Impl>()) {}

SimulationUnit::~SimulationUnit() = default;

void SimulationUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> SimulationUnit::stop() {
  co_return;
}

}  // namespace warp::app
