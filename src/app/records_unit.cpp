#include "app/records_unit.h"

#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::app {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kDaysAhead = 7;

}  // namespace

struct RecordsUnit::Impl {
  asio::awaitable<void> make_partitions();

  net::Loop& control;
  const Clock& clock;
  store::RecordRepository& records;
};

// A record's day must have its partition before the record comes: looked after every hour.
asio::awaitable<void> RecordsUnit::Impl::make_partitions() {
  asio::steady_timer timer(control.context());
  for (;;) {
    const auto made = co_await records.prepare_days(clock.wall(), kDaysAhead);
    timer.expires_after(made ? std::chrono::seconds(3600) : std::chrono::seconds(5));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

RecordsUnit::RecordsUnit(const Config&, const UnitNeeds& needs, store::RecordRepository& records)
    : impl_(new Impl{needs.control, needs.clock, records}) {}

RecordsUnit::~RecordsUnit() = default;

void RecordsUnit::start(net::TaskGroup& tasks) {
  tasks.spawn("records.partitions", impl_->make_partitions());
}

asio::awaitable<void> RecordsUnit::stop() {
  co_return;
}

}  // namespace warp::app
