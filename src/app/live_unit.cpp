#include "app/live_unit.h"

namespace warp::app {

struct LiveUnit::Impl {
  Node node;
};

LiveUnit::LiveUnit(const Config&, const std::string&, const UnitNeeds&) : impl_(new Impl) {}

LiveUnit::~LiveUnit() = default;

live::Hub* LiveUnit::hub() {
  return nullptr;
}

api::CallControl* LiveUnit::calls() {
  return nullptr;
}

api::NodeControl* LiveUnit::nodes() {
  return nullptr;
}

void LiveUnit::join(Node node) {
  impl_->node = std::move(node);
}

void LiveUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> LiveUnit::stop() {
  co_return;
}

}  // namespace warp::app
