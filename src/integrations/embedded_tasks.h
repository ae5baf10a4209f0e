// Questions that take a while, of the platform's own providers.
#pragma once

#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "warp/base/log.h"
#include "warp/domain/porting_port.h"
#include "warp/net/task_group.h"
#include "warp/store/common.h"

namespace warp::integrations {

inline net::TaskGroup::ExceptionHandler report_to(log::Logger& log) {
  return [&log](std::string_view task, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      log.error("integrations.task_failed", {{"task", task}, {"error", e.what()}});
    }
  };
}

inline store::Actor daemon_actor() {
  store::Actor actor;
  actor.who = "warpd";
  return actor;
}

inline domain::PortError unavailable(const store::Error& error) {
  return {domain::PortError::Kind::Unavailable, "The database does not answer.", {}, error.message};
}

template <class T>
boost::asio::awaitable<void> answer_later(boost::asio::awaitable<domain::PortResult<T>> question,
                                          domain::PortDone<T> done) {
  auto result = co_await std::move(question);
  done(std::move(result));
}

// `done` in any case, also when nothing is begun any more.
template <class T>
void answer_by(net::TaskGroup& tasks, const char* name,
               boost::asio::awaitable<domain::PortResult<T>> question, domain::PortDone<T> done) {
  auto task = answer_later<T>(std::move(question), done);
  if (!tasks.spawn(name, std::move(task)))
    done(domain::PortError{domain::PortError::Kind::Unavailable, "The daemon is about to end.", {}, {}});
}

inline boost::asio::awaitable<void> end_tasks(net::TaskGroup& tasks) {
  tasks.close();
  auto joining = tasks.join(std::chrono::seconds(5));
  const bool ended = co_await std::move(joining);
  if (!ended) tasks.cancel();
}

}  // namespace warp::integrations
