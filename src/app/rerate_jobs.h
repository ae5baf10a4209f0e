// RerateJobs: takes jobs of re-rating and does them, one at a time, by the decks in force on this node.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/log.h"
#include "warp/records/rerater.h"
#include "warp/routing/snapshot.h"
#include "warp/store/jobs.h"

namespace warp::app {

inline constexpr const char* kRerateJob = "rerate";

class RerateJobs {
 public:
  RerateJobs(pg::Pool& pool, store::RecordRepository& records, const routing::SnapshotHolder& snapshots,
             std::string node, log::Logger& log);

  // The oldest job that waits. False: there was none, or the database is away.
  boost::asio::awaitable<bool> work_once();

 private:
  boost::asio::awaitable<std::string> work(store::Job job);  // why not; empty: done
  // False: cancelled. A database that is away for a moment stops nothing.
  boost::asio::awaitable<bool> heard(Uuid job, std::uint64_t seen);
  boost::asio::awaitable<std::string> preview(Uuid job, store::Rerate run, store::RerateScope scope);
  boost::asio::awaitable<std::string> commit(Uuid job, store::Rerate run, store::RerateScope scope);

  store::JobRepository jobs_;
  store::RerateRepository rerates_;
  records::Rerater rerater_;
  const routing::SnapshotHolder& snapshots_;
  const std::string node_;
  log::Logger& log_;
};

// By the deck of `plan`, or of the plan that the call was priced by; at the time of its set-up, by the number
// that it was rated by. An unanswered call costs what its attempt does.
records::Repricer repricer(std::shared_ptr<const routing::Snapshot> snapshot, std::optional<RatePlanId> plan);

}  // namespace warp::app
