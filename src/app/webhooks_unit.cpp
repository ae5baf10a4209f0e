#include "app/webhooks_unit.h"

namespace warp::app {

struct WebhooksUnit::Impl {};

WebhooksUnit::WebhooksUnit(const Config&, const std::string&, const UnitNeeds&) : impl_(new Impl) {}

WebhooksUnit::~WebhooksUnit() = default;

void WebhooksUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> WebhooksUnit::stop() {
  co_return;
}

}  // namespace warp::app
