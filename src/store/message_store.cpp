#include "warp/store/message_store.h"

#include "message_store_impl.h"
#include "support.h"

namespace warp::store {

namespace asio = boost::asio;
using namespace std::chrono_literals;

PgMessageStore::Impl::Lane::Lane(Impl& impl, const char* lane, std::chrono::milliseconds gather_for,
                                 std::chrono::milliseconds lane_patience)
    : name(lane),
      window(gather_for),
      patience(lane_patience),
      strand(asio::make_strand(impl.control)),
      timer(strand),
      rows(impl.metrics.histogram("warp_sms_store_batch_rows",
                                  "Calls in one transaction of the message store.",
                                  {1, 5, 20, 50, 100, 200, 500, 1000}, {{"lane", lane}})),
      seconds(impl.metrics.histogram("warp_sms_store_seconds",
                                     "Time from the first try of a transaction to its durability.",
                                     {.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5}, {{"lane", lane}})),
      failures(impl.metrics.counter("warp_sms_store_failures_total",
                                    "Tries of the message store that failed.", {{"lane", lane}})),
      waiting(impl.metrics.gauge("warp_sms_store_queue", "Calls that wait for the message store.",
                                 {{"lane", lane}})) {}

PgMessageStore::Impl::Impl(pg::Pool& p, asio::any_io_executor executor, Executor& h, MessageStoreSettings s,
                           metrics::Registry& m, log::Logger& l)
    : pool(p),
      control(std::move(executor)),
      home(h),
      settings(std::move(s)),
      metrics(m),
      log(l),
      inserts(*this, "insert", settings.window, settings.insert_patience),
      changes(*this, "change", settings.change_window, settings.patience),
      end_strand(asio::make_strand(control)),
      end(end_strand) {}

void PgMessageStore::Impl::push(Lane& lane, MessageCall call) {
  call.arrived = std::chrono::steady_clock::now();
  call.octets = octets_of(call);
  bool wanted = false;
  {
    std::lock_guard guard(mutex);
    if (closing || lane.queue.size() >= settings.queue || octets + call.octets > settings.octets) {
      auto refused = std::make_shared<MessageCall>(std::move(call));
      return home.post([refused] { answer(*refused); });
    }
    octets += call.octets;
    if (&lane == &inserts) inserting.insert(*message_of(call));
    lane.queue.push_back(std::move(call));
    const auto size = lane.queue.size();
    wanted = lane.sleeping && !lane.blocked && (size == 1 || size >= settings.enough);
    if (wanted) lane.sleeping = false;
  }
  if (wanted) wake(lane);
}

void PgMessageStore::Impl::wake(Lane& lane) {
  asio::post(lane.strand, [&lane] { lane.timer.cancel(); });
}

std::chrono::milliseconds PgMessageStore::Impl::gather(Lane& lane, std::vector<MessageCall>& batch) {
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard guard(mutex);
  auto& queue = lane.queue;
  lane.sleeping = true;
  lane.blocked = false;
  if (queue.empty()) return &lane == &inserts && !disowned.empty() ? 1000ms : 3'600'000ms;
  const auto due = queue.front().arrived + lane.window;
  if (queue.size() < settings.enough && now < due && !closing)
    return std::chrono::ceil<std::chrono::milliseconds>(due - now);
  Compatible compatible;
  while (!queue.empty() && batch.size() < settings.rows) {
    const auto* message = message_of(queue.front());
    if (&lane == &changes && message && inserting.contains(*message)) break;
    if (!compatible.add(queue.front())) break;
    octets -= queue.front().octets;
    batch.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  lane.waiting.set(static_cast<double>(queue.size()));
  lane.blocked = batch.empty();
  if (lane.blocked) return 3'600'000ms;  // the other lane's end wakes this one
  lane.sleeping = false;
  return 0ms;
}

void PgMessageStore::Impl::answered(Lane& lane, std::vector<MessageCall> batch) {
  if (&lane == &inserts) {
    bool blocked = false;
    {
      std::lock_guard guard(mutex);
      for (const auto& call : batch)
        inserting.erase(*message_of(call));
      blocked = changes.sleeping && !changes.queue.empty();
    }
    if (blocked) wake(changes);
  }
  if (abandoned) return;
  home.post([answers = std::make_shared<std::vector<MessageCall>>(std::move(batch))] {
    for (auto& call : *answers)
      answer(call);
  });
}

asio::awaitable<void> PgMessageStore::Impl::run(std::shared_ptr<Impl> self, Lane& lane) {
  while (!self->abandoned) {
    std::vector<MessageCall> batch;
    const auto wait = self->gather(lane, batch);
    if (!batch.empty()) {
      co_await settle(self, lane, std::span<MessageCall>(batch));
      self->answered(lane, std::move(batch));
      continue;
    }
    bool last = false;
    {
      std::lock_guard guard(self->mutex);
      last = self->closing && lane.queue.empty();
    }
    if (last) {
      if (&lane == &self->inserts && !self->disowned.empty())
        co_await settle(self, lane, std::span<MessageCall>());
      break;
    }
    lane.timer.expires_after(wait);
    const auto [woken] = co_await lane.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!woken && &lane == &self->inserts && !self->disowned.empty())
      co_await settle(self, lane, std::span<MessageCall>());
  }
}

asio::awaitable<void> PgMessageStore::Impl::wait_for_end(std::shared_ptr<Impl> self) {
  while (self->lanes > 0) {
    self->end.expires_at(asio::steady_timer::time_point::max());
    const auto [woken] = co_await self->end.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!woken) break;
  }
}

PgMessageStore::PgMessageStore(pg::Pool& pool, asio::any_io_executor control, Executor& home,
                               MessageStoreSettings settings, metrics::Registry& metrics, log::Logger& log)
    : impl_(std::make_shared<Impl>(pool, std::move(control), home, std::move(settings), metrics, log)) {
  for (auto* lane : {&impl_->inserts, &impl_->changes})
    asio::co_spawn(lane->strand, Impl::run(impl_, *lane), [impl = impl_](std::exception_ptr) {
      asio::post(impl->end_strand, [impl] {
        --impl->lanes;
        impl->end.cancel();
      });
    });
}

PgMessageStore::~PgMessageStore() {
  impl_->abandoned = true;
  {
    std::lock_guard guard(impl_->mutex);
    impl_->closing = true;
  }
  for (auto* lane : {&impl_->inserts, &impl_->changes})
    asio::post(lane->strand, [impl = impl_, lane] { lane->timer.cancel(); });
}

asio::awaitable<void> PgMessageStore::close() {
  const auto impl = impl_;
  {
    std::lock_guard guard(impl->mutex);
    impl->closing = true;
  }
  impl->wake(impl->inserts);
  impl->wake(impl->changes);
  co_await asio::co_spawn(impl->end_strand, Impl::wait_for_end(impl), asio::use_awaitable);
}

void PgMessageStore::insert(domain::Message message, domain::Done done) {
  insert_once(std::move(message),
              [done = std::move(done)](const domain::Insertion& outcome) { done(outcome.durable); });
}
void PgMessageStore::insert_once(domain::Message message, domain::InsertDone done) {
  impl_->push(impl_->inserts, {InsertCall{std::move(message), std::move(done), {}}, {}});
}
void PgMessageStore::change(domain::MessageChange change, domain::Done done) {
  impl_->push(impl_->changes, {ChangeCall{std::move(change), std::move(done)}, {}});
}
void PgMessageStore::replace(domain::Message message, domain::Done done) {
  impl_->push(impl_->changes, {ReplaceCall{std::move(message), std::move(done)}, {}});
}
void PgMessageStore::bury(std::int64_t delivery, domain::Done done) {
  impl_->push(impl_->changes, {BuryCall{delivery, std::move(done)}, {}});
}
void PgMessageStore::finish(domain::Message message, std::vector<domain::Delivery> owed,
                            std::function<void(bool, std::vector<domain::Delivery>)> done) {
  impl_->push(impl_->changes, {FinishCall{std::move(message), std::move(owed), std::move(done)}, {}});
}
void PgMessageStore::owe(domain::Delivery delivery, std::function<void(bool, domain::Delivery)> done) {
  impl_->push(impl_->changes, {OweCall{std::move(delivery), std::move(done)}, {}});
}
void PgMessageStore::taken(std::int64_t delivery, domain::Done done) {
  impl_->push(impl_->changes, {TakenCall{delivery, std::move(done)}, {}});
}
void PgMessageStore::later(std::int64_t delivery, WallTime next_try, std::uint16_t tries, domain::Done done) {
  impl_->push(impl_->changes, {LaterCall{delivery, next_try, tries, std::move(done)}, {}});
}
void PgMessageStore::park(domain::ParkedReceipt receipt, domain::Done done) {
  impl_->push(impl_->changes, {ParkCall{std::move(receipt), std::move(done)}, {}});
}
void PgMessageStore::unpark(ConnectorId connector, std::string upstream_id, domain::Done done) {
  impl_->push(impl_->changes, {UnparkCall{connector, std::move(upstream_id), std::move(done)}, {}});
}

}  // namespace warp::store
