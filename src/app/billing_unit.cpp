#include "app/billing_unit.h"

namespace warp::app {

struct BillingUnit::Impl {};

BillingUnit::BillingUnit(const Config&, const UnitNeeds&) : impl_(std::make_unique<Impl>()) {}

BillingUnit::~BillingUnit() = default;

void BillingUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> BillingUnit::stop() {
  co_return;
}

}  // namespace warp::app
