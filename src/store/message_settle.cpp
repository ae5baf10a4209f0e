// How a transaction of the message store is brought to its end.
#include <algorithm>
#include <set>

#include "message_store_impl.h"
#include "message_usage.h"
#include "partitions.h"
#include "support.h"

namespace warp::store {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using Steady = std::chrono::steady_clock;

constexpr pg::Query kEnsureMessageSettle{
    "store.message.ensure_partitions",
    "SELECT sms.ensure_partitions('epoch'::date + $1::integer, 'epoch'::date + $2::integer)", 15s};
constexpr pg::Query kBlock{"store.delivery.block", "SELECT nextval('sms.delivery_ids')"};
constexpr std::int64_t kBlockSize = 1000;  // as the sequence counts
// A transaction that we gave up may still run at the server for as long as its statements may.
constexpr auto kDisownedFor = 30s;
constexpr std::size_t kMostUnsettled = 100'000;

enum class Cure : std::uint8_t { Retry, Ask, Split, None };
// Retry: nothing was done. Ask: perhaps all was done; doing it again does no harm.
Cure cure_of(const pg::Error& error) {
  switch (error.kind) {
    case pg::ErrorKind::Serialization:
    case pg::ErrorKind::PoolExhausted:
    case pg::ErrorKind::Unavailable:
      return Cure::Retry;
    case pg::ErrorKind::Timeout:
    case pg::ErrorKind::ConnectionLost:
      return Cure::Ask;
    case pg::ErrorKind::Cancelled:
      return Cure::None;
    case pg::ErrorKind::UniqueViolation:
    case pg::ErrorKind::ForeignKeyViolation:
    case pg::ErrorKind::CheckViolation:
    case pg::ErrorKind::InvalidInput:
    case pg::ErrorKind::PermissionDenied:
    case pg::ErrorKind::BadRow:
    case pg::ErrorKind::Server:
      return Cure::Split;
  }
  return Cure::Split;
}

std::pair<MessageId, std::size_t> key_of(const domain::Delivery& delivery) {
  const std::hash<std::string> hash;
  return {delivery.message,
          hash(delivery.payload) ^ hash(delivery.url) * 31 ^ static_cast<std::size_t>(delivery.kind)};
}

template <class F>
void each_owed(std::span<MessageCall> calls, F f) {
  for (auto& call : calls) {
    if (auto* finish = std::get_if<FinishCall>(&call.what))
      for (auto& delivery : finish->owed)
        f(delivery);
    if (auto* owed = std::get_if<OweCall>(&call.what)) f(owed->delivery);
  }
}

asio::awaitable<pg::Expected<void>> ensure(pg::Pool& pool, std::span<MessageCall> calls) {
  std::set<std::int64_t> days;
  for (const auto& call : calls)
    if (const auto* insert = std::get_if<InsertCall>(&call.what))
      days.insert(day_of(insert->message.accepted_at));
  for (const auto day : days) {
    auto made = co_await ensure_partitions(pool, kEnsureMessageSettle, day, day);
    if (!made) co_return std::move(made).error();
  }
  co_return pg::Expected<void>();
}

}  // namespace

// Gives every delivery its id, once: what is tried again is then known by it.
asio::awaitable<pg::Expected<void>> PgMessageStore::Impl::number(std::shared_ptr<Impl> self,
                                                                 std::span<MessageCall> calls) {
  std::vector<domain::Delivery*> wanting;
  each_owed(calls, [&](domain::Delivery& delivery) {
    if (delivery.id != 0) return;
    const auto known =
        self->unsettled.empty() ? self->unsettled.end() : self->unsettled.find(key_of(delivery));
    if (known == self->unsettled.end()) return wanting.push_back(&delivery);
    delivery.id = known->second;
    self->unsettled.erase(known);
  });
  for (auto* delivery : wanting) {
    if (self->next_delivery >= self->last_delivery) {
      pg::Params none;
      auto block = co_await self->pool.query(pg::Scope::operators(), kBlock, std::move(none));
      if (!block) co_return std::move(block).error();
      pg::RowReader row((*block)[0]);
      self->next_delivery = row.next<std::int64_t>();
      self->last_delivery = self->next_delivery + kBlockSize;
    }
    delivery->id = self->next_delivery++;
  }
  co_return pg::Expected<void>();
}

asio::awaitable<pg::Expected<void>> PgMessageStore::Impl::attempt(std::shared_ptr<Impl> self, Lane& lane,
                                                                  std::span<MessageCall> calls) {
  const auto scope = [] { return pg::Scope::operators().by("warpd", ""); };
  if (&lane == &self->inserts) {
    InsertStatements statements(calls, self->disowned, self->settings.node);
    auto list = statements.take();
    auto answers = co_await self->pool.batch(scope(), std::move(list));
    if (!answers) co_return std::move(answers).error();
    if (!statements.settle(calls, *answers)) co_return pg::Error{pg::ErrorKind::BadRow, {}, "references", {}};
    co_return pg::Expected<void>();
  }
  auto numbered = co_await number(self, calls);
  if (!numbered) co_return std::move(numbered).error();
  auto list = change_statements(calls, self->settings.node);
  add_usage(calls, list);
  auto answers = co_await self->pool.batch(scope(), std::move(list));
  if (!answers) co_return std::move(answers).error();
  for (auto& call : calls)
    call.durable = true;
  co_return pg::Expected<void>();
}

asio::awaitable<PgMessageStore::Impl::Outcome> PgMessageStore::Impl::settle_some(
    std::shared_ptr<Impl> self, Lane& lane, std::span<MessageCall> calls) {
  const auto begun = Steady::now();
  auto backoff = self->settings.retry_min;
  bool unknown = false;
  if (&lane == &self->inserts && !self->disowned.empty()) self->forget_disowned(calls);
  for (;;) {
    const auto tried = Steady::now();
    const auto done = co_await attempt(self, lane, calls);
    if (done) {
      lane.seconds.observe(std::chrono::duration<double>(Steady::now() - begun).count());
      // What was erased long after its connection broke is gone for good.
      if (&lane == &self->inserts)
        std::erase_if(self->disowned, [&](const Disowned& m) { return tried - m.since > kDisownedFor; });
      co_return Outcome::Settled;
    }
    lane.failures.add();
    if (partition_missing(done.error()) && Steady::now() - begun < lane.patience) {
      const auto made = co_await ensure(self->pool, calls);
      if (made) continue;
    }
    const auto cure = cure_of(done.error());
    unknown = unknown || cure == Cure::Ask;
    if (cure == Cure::Split && calls.size() > 1) co_return Outcome::Split;
    const bool again = cure == Cure::Retry || cure == Cure::Ask;
    if (!again || self->abandoned || Steady::now() - begun + backoff > lane.patience) {
      self->log.error("store.messages_failed", {{"lane", lane.name},
                                                {"calls", calls.size()},
                                                {"error", to_string(done.error().kind)},
                                                {"detail", done.error().message}});
      self->gave_up(calls, unknown);
      co_return Outcome::Settled;
    }
    asio::steady_timer pause(lane.strand, backoff);
    const auto [error] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) self->log.debug("store.messages_pause_cut", {});
    backoff = std::min(backoff * 2, self->settings.retry_max);
  }
}

asio::awaitable<void> PgMessageStore::Impl::settle(std::shared_ptr<Impl> self, Lane& lane,
                                                   std::span<MessageCall> batch) {
  lane.rows.observe(static_cast<double>(batch.size()));
  std::vector<std::span<MessageCall>> work{batch};
  while (!work.empty()) {
    const auto calls = work.back();
    work.pop_back();
    if (co_await settle_some(self, lane, calls) == Outcome::Settled) continue;
    const auto half = calls.size() / 2;
    work.push_back(calls.subspan(half));
    work.push_back(calls.first(half));
  }
}

void PgMessageStore::Impl::gave_up(std::span<MessageCall> calls, bool unknown) {
  if (!unknown) return;
  for (const auto& call : calls)
    if (const auto* insert = std::get_if<InsertCall>(&call.what))
      disowned.push_back(
          {insert->message.id, insert->message.accepted_at, insert->message.customer, Steady::now()});
  each_owed(calls, [&](domain::Delivery& delivery) {
    if (delivery.id != 0 && unsettled.size() < kMostUnsettled) unsettled[key_of(delivery)] = delivery.id;
    delivery.id = 0;
  });
}

// Who asks again for a message wants it after all.
void PgMessageStore::Impl::forget_disowned(std::span<MessageCall> calls) {
  std::unordered_set<MessageId> wanted;
  for (const auto& call : calls)
    wanted.insert(*message_of(call));
  std::erase_if(disowned, [&](const Disowned& message) { return wanted.contains(message.id); });
}

Task<void> PgMessageStore::prepare_days(WallTime today, std::uint32_t days) {
  const auto first = day_of(today);
  const auto made = co_await ensure_partitions(impl_->pool, kEnsureMessageSettle, first, first + days);
  if (!made) co_return error_of(made.error());
  co_return Expected<void>();
}

}  // namespace warp::store
