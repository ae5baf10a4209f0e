// PgMessageStore: messages on Postgres.
//
// Calls gather for their window, or until there are enough of them, and become one transaction of a few
// statements. Insertions have a lane of their own, so that what waits for an acknowledgement does not wait
// behind what does not; each lane has one transaction in flight. A change of a message waits for its
// insertion.
//
// Failures. Insertions are tried again for `insert_patience`, the rest for `patience`, then answered with
// false. When the connection broke on the way, so that it is not known whether an insertion is durable, it is
// answered with false and erased as soon as the database is back. A finish() or owe() that is asked again
// gets the deliveries of the first time, so that nothing is owed twice. A row that Postgres refuses fails
// alone. More than `queue` calls or `octets` waiting: refused at once.
//
// Metrics: warp_sms_store_batch_rows, warp_sms_store_seconds, warp_sms_store_failures_total,
// warp_sms_store_queue.
//
// Called from one thread, that of `home`, which gets the answers; works on `control`. Pool, home, metrics and
// log must outlive it; the destructor lets go of what is under way, whose answers then never come.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/base/executor.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/message_store.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct MessageStoreSettings {
  std::string node = "warpd";  // whose live messages these are
  // That a call waits for others: an insertion, which somebody waits for, and the rest.
  std::chrono::milliseconds window{3}, change_window{10};
  std::size_t enough = 64;         // but no longer than until there are so many
  std::size_t rows = 500;          // calls in one transaction at most
  std::size_t queue = 200'000;     // calls waiting at most
  std::size_t octets = 256 << 20;  // and what they hold
  std::chrono::milliseconds retry_min{50}, retry_max{1000};
  std::uint32_t most_deliveries = 50'000;  // that load() brings
  std::chrono::milliseconds insert_patience{2000}, patience{10'000};
};

class PgMessageStore final : public domain::MessageStore {
 public:
  PgMessageStore(pg::Pool& pool, boost::asio::any_io_executor control, Executor& home,
                 MessageStoreSettings settings, metrics::Registry& metrics, log::Logger& log);
  ~PgMessageStore() override;
  PgMessageStore(const PgMessageStore&) = delete;
  PgMessageStore& operator=(const PgMessageStore&) = delete;

  void insert(domain::Message message, domain::Done done) override;
  void insert_once(domain::Message message, domain::InsertDone done) override;
  void change(domain::MessageChange change, domain::Done done) override;
  void replace(domain::Message message, domain::Done done) override;
  void find(CustomerId customer, MessageId id,
            std::function<void(bool, std::optional<domain::Message>)> done) override;
  void finish(domain::Message message, std::vector<domain::Delivery> owed,
              std::function<void(bool, std::vector<domain::Delivery>)> done) override;
  void owe(domain::Delivery delivery, std::function<void(bool, domain::Delivery)> done) override;
  void taken(std::int64_t delivery, domain::Done done) override;
  void later(std::int64_t delivery, WallTime next_try, std::uint16_t tries, domain::Done done) override;
  void bury(std::int64_t delivery, domain::Done done) override;
  void revive(std::int64_t delivery,
              std::function<void(bool, std::optional<domain::Delivery>)> done) override;
  void owed(domain::OwedTo to, std::int64_t after, WallTime due, std::uint32_t most,
            std::function<void(bool, std::vector<domain::Delivery>, bool later)> done) override;
  void park(domain::ParkedReceipt receipt, domain::Done done) override;
  void unpark(ConnectorId connector, std::string upstream_id, domain::Done done) override;
  void load(std::function<void(bool, domain::LiveMessages)> done) override;
  void campaign_usage(WallTime since,
                      std::function<void(bool, std::vector<domain::CampaignUsage>)> done) override;

  // Makes the partitions of the days from `today` to `days` later; called at start and once a day.
  // Thread-safe.
  Task<void> prepare_days(WallTime today, std::uint32_t days);
  // Refuses new calls; returns when those waiting are answered.
  boost::asio::awaitable<void> close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with its coroutines
};

}  // namespace warp::store
