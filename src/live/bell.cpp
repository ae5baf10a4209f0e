#include "warp/live/bell.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::live {

Bell::Bell(boost::asio::any_io_executor executor) : executor_(executor), timer_(std::move(executor)) {}

void Bell::ring() {
  if (rung_.exchange(true)) return;
  boost::asio::post(executor_, [self = shared_from_this()] { self->timer_.cancel(); });
}

boost::asio::awaitable<void> Bell::wait(std::chrono::steady_clock::time_point until) {
  const auto self = shared_from_this();
  if (rung_.exchange(false)) co_return;
  timer_.expires_at(until);
  const auto [error] = co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  static_cast<void>(error);
  rung_ = false;
}

}  // namespace warp::live
