// OutboxPump: brings what is in the outbox to one sink, in order, as fast as it takes it.
//
// One coroutine at a time for one name of a consumer.
#pragma once

#include <cstdint>
#include <string>

#include "warp/records/outbox_sink.h"
#include "warp/store/outbox.h"

namespace warp::records {

class OutboxPump {
 public:
  OutboxPump(store::OutboxRepository& outbox, OutboxSink& sink, std::string consumer,
             std::uint32_t batch = 500)
      : outbox_(outbox), sink_(sink), consumer_(std::move(consumer)), batch_(batch) {}

  // Until nothing is left, or the sink or the database refuses. How many events were taken. What the sink
  // took and the database could not mark comes again.
  boost::asio::awaitable<std::uint64_t> drain();

 private:
  store::OutboxRepository& outbox_;
  OutboxSink& sink_;
  const std::string consumer_;
  const std::uint32_t batch_;
};

}  // namespace warp::records
