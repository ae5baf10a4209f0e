// IdentityUnit: bearer tokens that are no API keys, checked: sessions of people who signed in here, tokens of
// identity providers, tickets. On the API's loop.
//
// What is known of a session is kept for a moment and dropped when Postgres says so (channel warp_identity);
// an identity provider's keys are fetched when they are needed and kept while it is away.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "warp/api/ports.h"
#include "warp/http/router.h"
#include "warp/net/task_group.h"
#include "warp/pg/pool.h"

#include "app/config.h"

namespace warp::app {

class IdentityUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  IdentityUnit(const Config& config, const std::string& conninfo, boost::asio::any_io_executor executor,
               pg::Pool& pool, redis::Client* redis, const Clock& clock, log::Logger& log,
               metrics::Registry& metrics);
  ~IdentityUnit();

  api::Mailer* mail();           // null: no mail can be sent
  api::TokenVerifier* tokens();  // null: keys alone are taken
  void start(net::TaskGroup& tasks);
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
