// OutboxSink: whoever takes what happened out of the house: accounting, a data warehouse, a message bus.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp::records {

struct OutboxEvent {
  std::int64_t id = 0;  // grows, with gaps; not always in the order of `at`
  std::string kind;     // call, correction
  Uuid object;          // the record's id
  WallTime at{};        // of the call's set-up
  std::optional<CustomerId> customer;
  std::string payload;  // JSON; empty: the record says all
};

class OutboxSink {
 public:
  virtual ~OutboxSink() = default;
  // True: all of them are safe over there, and will not be given again. False: the same come again later.
  // After a crash some may come twice: `id` tells.
  virtual boost::asio::awaitable<bool> take(std::span<const OutboxEvent> events) = 0;
};

}  // namespace warp::records
