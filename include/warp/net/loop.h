// Loop: one thread's event loop. An io_context for sockets, a TimerWheel for timers and an Executor for work
// from other threads. The wheel is driven by the loop's own poll time-out: an armed timer costs no system
// call.
//
// run() belongs to one thread, the owner. post(), stop() and on_loop_thread() are for any thread; all else is
// for the owner, or for whoever builds and tears down while nobody runs it.
//
// Work posted from other threads is taken in batches: the first post of a batch wakes the loop, the others
// cost a lock and a push. A loop that was told to coalesce() sleeps between turns while it is busy, and then
// looks at its sources itself instead of being woken for them. Metrics:
// warp_net_loop_queue_delay_seconds{loop} (first post of a batch until it runs),
// warp_net_loop_posted_total{loop}, warp_net_loop_rests_total{loop} (sleeps of a busy loop).
#pragma once

#include <atomic>
#include <cstdint>
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
#include "warp/net/pace.h"
#include "warp/net/timer_wheel.h"

namespace warp::net {

class Loop final : public Executor {
 public:
  // What work comes from in great numbers: a socket of datagrams.
  class Source {
   public:
    virtual ~Source() = default;
    // Does what is there now, up to a bound, and nothing that comes meanwhile. More: the bound was met, and
    // the loop does not rest before it comes back.
    enum class Taken : std::uint8_t { Nothing, All, More };
    virtual Taken take() = 0;
    // The loop is about to wait: it is to be woken when something is there, and take() to follow.
    virtual void await() = 0;
  };

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

  // While the loop is busy (Pace) its turns begin at least so far apart; all that comes, timers and posts
  // included, waits at most so long. Zero, as at first: never. Before run().
  void coalesce(const Pace::Distances& apart) { pace_ = Pace(apart); }
  // Something came that somebody waits for: turns are closer for a while.
  void hurry() { hurried_ = true; }

  // From here until remove() or the end of the loop; the source outlives that. Not from within take().
  void add(Source& source) { sources_.push_back(&source); }
  void remove(Source& source) { std::erase(sources_, &source); }

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
  // Of a busy loop: sleeps if it is to, and does all that has come. False: not busy, or nothing came.
  bool take_gathered();
  void wait_for_one();
  void await_sources();

  const std::string name_;
  const Clock& clock_;
  metrics::Histogram& queue_delay_;
  metrics::Counter &posted_, &rests_;
  Pace pace_;
  bool hurried_ = false;  // since the turn began
  bool more_ = false;     // a source has
  TimerWheel wheel_;      // before the context: handlers that die with it may still cancel timers
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::vector<Source*> sources_;
  std::atomic<std::thread::id> owner_{};
  bool stopping_ = false;  // owner only

  std::mutex mutex_;  // guards the three below
  std::vector<std::function<void()>> queue_;
  Monotonic queued_at_{};
  bool closed_ = false;
  std::vector<std::function<void()>> running_;  // owner only: the batch at work
};

}  // namespace warp::net
