#include "app/quality_unit.h"

namespace warp::app {

struct QualityUnit::Impl {
  routing::QualityHolder quality;
};

QualityUnit::QualityUnit(const Config&, const UnitNeeds&) : impl_(std::make_unique<Impl>()) {}

QualityUnit::~QualityUnit() = default;

const routing::QualityHolder& QualityUnit::quality() const {
  return impl_->quality;
}

void QualityUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> QualityUnit::stop() {
  co_return;
}

}  // namespace warp::app
