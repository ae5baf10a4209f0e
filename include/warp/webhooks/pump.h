// Pump: brings what happened, out of the outbox, to the deliveries of those who asked for it. Many nodes may
// run one: an event's id is that of its row, so that what two bring is there once.
#pragma once

#include <cstdint>

#include <boost/asio/awaitable.hpp>

#include "warp/store/outbox.h"
#include "warp/store/webhooks.h"

namespace warp::webhooks {

class Pump {
 public:
  static constexpr const char* kConsumer = "webhooks";
  static constexpr std::uint32_t kBatch = 500;

  explicit Pump(pg::Pool& pool) : outbox_(pool), queue_(pool) {}
  // From now on what happens is kept for it. Nothing when it is so already.
  store::Task<void> subscribe();
  struct Round {
    bool more = false;             // there may be more at once
    std::uint64_t deliveries = 0;  // new ones
  };
  // One batch. What was not marked as read comes again, and adds nothing.
  store::Task<Round> once();

 private:
  store::OutboxRepository outbox_;
  store::WebhookQueue queue_;
};

}  // namespace warp::webhooks
