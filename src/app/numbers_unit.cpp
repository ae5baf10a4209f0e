#include "app/numbers_unit.h"

namespace warp::app {

struct NumbersUnit::Impl {
  numbering::TableHolder places;
};

NumbersUnit::NumbersUnit(const Config&, const UnitNeeds&) : impl_(std::make_unique<Impl>()) {}

NumbersUnit::~NumbersUnit() = default;

domain::NumberLookup* NumbersUnit::lookup() {
  return nullptr;
}

const numbering::TableHolder& NumbersUnit::places() const {
  return impl_->places;
}

void NumbersUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> NumbersUnit::stop() {
  co_return;
}

}  // namespace warp::app
