// Loop: one thread's event loop. An io_context for sockets, a TimerWheel for timers and an Executor for work
// from other threads. The wheel is driven by the loop's own poll time-out: an armed timer costs no system
// call.
//
// run() belongs to one thread, the owner. post(), stop() and on_loop_thread() are for any thread; all else is
// for the owner, or for whoever builds and tears down while nobody runs it.
//
// Work posted from other threads is taken in batches: the first post of a batch wakes the loop, the others
// cost a lock and a push. Metrics: warp_net_loop_queue_delay_seconds{loop} (first post of a batch until it
// runs), warp_net_loop_posted_total{loop}.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/base/metrics.h"
#include "warp/net/timer_wheel.h"

namespace warp::net {

class Loop final : public Executor {
 public:
  // `name` is the metric label and, cut to 15 characters, the thread's name while run() is in it.
  Loop(std::string name, const Clock& clock, metrics::Registry& metrics);
  // Destroys work that was never run. Nobody may be in run().
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  boost::asio::io_context& context() { return context_; }
  TimerWheel& wheel() { return wheel_; }
  const Clock& clock() const { return clock_; }
  const std::string& name() const { return name_; }

  // FIFO among posts. After run() has returned, `work` is destroyed at once.
  void post(std::function<void()> work) override;

  // Until stop(). What was posted before stop() is run first. Runs once in a Loop's life.
  void run();
  // Any thread, also from within; also before run(), which then returns at once.
  void stop();
  // Everything that is ready now, without waiting: handlers, posted work, due timers. For tests and for
  // tear-down. Returns how many handlers and timers ran.
  std::size_t poll();

  bool on_loop_thread() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

 private:
  void run_posted();

  const std::string name_;
  const Clock& clock_;
  metrics::Histogram& queue_delay_;
  metrics::Counter& posted_;
  TimerWheel wheel_;  // before the context: handlers that die with it may still cancel timers
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::atomic<std::thread::id> owner_{};
  bool stopping_ = false;  // owner only

  std::mutex mutex_;  // guards the three below
  std::vector<std::function<void()>> queue_;
  Monotonic queued_at_{};
  bool closed_ = false;
  std::vector<std::function<void()>> running_;  // owner only: the batch at work
};

}  // namespace warp::net
