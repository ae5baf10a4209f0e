#include "app/identity_unit.h"

namespace warp::app {

struct IdentityUnit::Impl {};

IdentityUnit::IdentityUnit(const Config&, const std::string&, boost::asio::any_io_executor, pg::Pool&,
                           redis::Client*, const Clock&, log::Logger&, metrics::Registry&)
    : impl_(new Impl) {}

IdentityUnit::~IdentityUnit() = default;

api::Mailer* IdentityUnit::mail() {
  return nullptr;
}

api::TokenVerifier* IdentityUnit::tokens() {
  return nullptr;
}

void IdentityUnit::start(net::TaskGroup&) {}

boost::asio::awaitable<void> IdentityUnit::stop() {
  co_return;
}

}  // namespace warp::app
