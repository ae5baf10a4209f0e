#include "app/porting_unit.h"

namespace warp::app {

struct PortingUnit::Impl {};

PortingUnit::PortingUnit(const Config&, boost::asio::any_io_executor, pg::Pool&, const Clock&, log::Logger&,
                         metrics::Registry&)
    : impl_(new Impl) {}

PortingUnit::~PortingUnit() = default;

domain::PortingPort* PortingUnit::porting() {
  return nullptr;
}

domain::EntityChecks* PortingUnit::entities() {
  return nullptr;
}

domain::NumberStock* PortingUnit::stock() {
  return nullptr;
}

void PortingUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> PortingUnit::stop() {
  co_return;
}

}  // namespace warp::app
