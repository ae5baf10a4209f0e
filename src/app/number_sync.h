// NumberSync: fetches the blocks of the North American plan from the look-up service when a job asks for it:
// area code by area code, put aside as they come and published at once when all are there. What was fetched
// within a day is not fetched again: a job that was broken off goes on.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/integrations/telique.h"
#include "warp/store/jobs.h"
#include "warp/store/number_data.h"

namespace warp::app {

class NumberSync {
 public:
  NumberSync(integrations::TeliqueClient& client, pg::Pool& pool, std::string node, std::string source,
             const Clock& clock, log::Logger& log);

  // Takes jobs and does them, until it is cancelled.
  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<void> do_job(store::Job job);
  // What went wrong, for people; empty: all is there.
  boost::asio::awaitable<std::string> fetch_all(store::Job job);
  boost::asio::awaitable<std::string> fetch_area(Uuid job, std::uint32_t npa);

  integrations::TeliqueClient& client_;
  store::NumberDataRepository data_;
  store::JobRepository jobs_;
  const std::string node_, source_;
  const Clock& clock_;
  log::Logger& log_;
};

}  // namespace warp::app
