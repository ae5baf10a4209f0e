// What topics need and show.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/api/authorizer.h"
#include "warp/live/event.h"

#include "live_loads.h"

namespace warp::api {

// All that those who watch share. Lives as long as the API.
struct LiveWorld {
  explicit LiveWorld(Services& given) : services(given), loads(given) {}

  Services& services;
  LiveLoads loads;
  std::mutex mutex;  // guards the next two
  std::size_t watchers = 0;
  std::map<std::optional<CustomerId>, std::size_t> watchers_of;
};

// What a subscription to it asks of its principal: the same as the path of REST that shows it.
Need need_of(live::Topic topic);

// The filter of {"filter": {"trunk_id", "customer_id", "type"}}, within what the principal may see.
Outcome<live::Filter> read_filter(live::Topic topic, const Json& filter, const Principal& principal);

// What is there now; [] of topics that only tell of what happens.
boost::asio::awaitable<Json> snapshot_of(LiveWorld& world, live::Filter filter);

}  // namespace warp::api
