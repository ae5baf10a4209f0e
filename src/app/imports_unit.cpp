#include "app/imports_unit.h"

namespace warp::app {

struct ImportsUnit::Impl {};

ImportsUnit::ImportsUnit(const Config&, const UnitNeeds&) : impl_(std::make_unique<Impl>()) {}

ImportsUnit::~ImportsUnit() = default;

void ImportsUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> ImportsUnit::stop() {
  co_return;
}

}  // namespace warp::app
