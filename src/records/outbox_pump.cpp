#include "warp/records/outbox_pump.h"

#include <vector>

namespace warp::records {

boost::asio::awaitable<std::uint64_t> OutboxPump::drain() {
  std::uint64_t taken = 0;
  for (;;) {
    const auto rows = co_await outbox_.next(consumer_, batch_);
    if (!rows || rows->empty()) co_return taken;
    std::vector<OutboxEvent> events;
    events.reserve(rows->size());
    for (const auto& row : *rows)
      events.push_back({row.id, row.kind, row.object, row.at, row.customer, row.payload});
    const bool safe = co_await sink_.take(events);
    if (!safe) co_return taken;
    const auto marked = co_await outbox_.done(consumer_, rows->back());
    if (!marked) co_return taken;
    taken += events.size();
  }
}

}  // namespace warp::records
