#include "warp/webhooks/pump.h"

#include "warp/webhooks/event.h"

namespace warp::webhooks {

store::Task<void> Pump::subscribe() {
  return outbox_.subscribe(kConsumer);
}

store::Task<Pump::Round> Pump::once() {
  Round round;
  auto asking = outbox_.next(kConsumer, kBatch);
  const auto rows = co_await std::move(asking);
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return round;
  std::vector<store::WebhookEvent> events;
  for (const auto& row : *rows)
    if (auto event = event_of(row))
      events.push_back(
          {event->id, std::move(event->type), event->customer, event->at, std::move(event->data)});
  if (!events.empty()) {
    auto adding = queue_.add(std::move(events));
    const auto added = co_await std::move(adding);
    if (!added) co_return added.error();
    round.deliveries = *added;
  }
  auto marking = outbox_.done(kConsumer, rows->back());
  const auto marked = co_await std::move(marking);
  if (!marked) co_return marked.error();
  round.more = rows->size() == kBatch;
  co_return round;
}

}  // namespace warp::webhooks
