// The end of an awaited Asio operation as values, its error first: one that was cancelled or refused throws
// nothing.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::net {

inline constexpr auto kQuietly = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace warp::net
