// LiveUnit: what happens on this node, said to those who watch; its calls and its state, for the API. On the
// control loop; the ports that it gives out are for any thread.
//
// Calls are looked at every live.calls_interval. What the outbox says is told by one node: the one that marks
// it as read. A change of a trunk or a number is told once the snapshot in force has it, or after a second.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/api/ports.h"
#include "warp/net/task_group.h"

#include "app/config.h"
#include "app/health.h"
#include "app/shard.h"
#include "app/unit_needs.h"

namespace warp::app {

class LiveUnit {
 public:
  // What is watched and steered. All of it outlives start() to stop().
  struct Node {
    const std::vector<std::unique_ptr<Shard>>* shards = nullptr;
    CaptureUnit* capture = nullptr;
    std::function<void(bool on)> drain;  // any thread: no new calls, or calls again
    std::function<std::size_t()> active_calls;
    std::function<Phase()> phase;
  };

  // Throws std::runtime_error with a sentence for people.
  LiveUnit(const Config& config, const std::string& conninfo, const UnitNeeds& needs);
  ~LiveUnit();

  live::Hub* hub();           // null: nobody is told
  api::CallControl* calls();  // null: calls in progress are not to be seen
  api::NodeControl* nodes();

  void join(Node node);  // once, before start()
  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
