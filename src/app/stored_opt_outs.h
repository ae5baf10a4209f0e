// StoredOptOuts: messaging's opt-outs in Postgres. Asked on messaging's thread, works on the control loop,
// answers on `home`. What is there (or gone) already counts as durable.
#pragma once

#include "warp/base/executor.h"
#include "warp/base/log.h"
#include "warp/messaging/ports.h"
#include "warp/net/task_group.h"
#include "warp/store/messaging.h"

namespace warp::app {

class StoredOptOuts final : public messaging::OptOutStore {
 public:
  // `tasks` run on the executor of `pool`.
  StoredOptOuts(pg::Pool& pool, net::TaskGroup& tasks, Executor& home, log::Logger& log)
      : repository_(pool), tasks_(tasks), home_(home), log_(log) {}

  void set(domain::OptOut entry, bool opted_out, std::function<void(bool durable)> done) override;

 private:
  using Done = std::function<void(bool durable)>;
  boost::asio::awaitable<void> write(domain::OptOut entry, bool opted_out, Done done);

  store::OptOutRepository repository_;
  net::TaskGroup& tasks_;
  Executor& home_;
  log::Logger& log_;
};

}  // namespace warp::app
