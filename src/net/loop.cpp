#include "warp/net/loop.h"

#include <pthread.h>
#include <utility>

#include <boost/asio/post.hpp>

namespace warp::net {

Loop::Loop(std::string name, const Clock& clock, metrics::Registry& metrics)
    : name_(std::move(name)),
      clock_(clock),
      queue_delay_(metrics.histogram(
          "warp_net_loop_queue_delay_seconds", "Time that work posted to an event loop waited before it ran.",
          {0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0}, {{"loop", name_}})),
      posted_(metrics.counter("warp_net_loop_posted_total",
                              "Pieces of work that other threads posted to an event loop.",
                              {{"loop", name_}})),
      rests_(metrics.counter("warp_net_loop_rests_total",
                             "Times that a busy event loop slept to do more at once.", {{"loop", name_}})),
      wheel_(clock) {}

Loop::~Loop() {
  std::vector<std::function<void()>> unrun;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  unrun.swap(queue_);
}

void Loop::post(std::function<void()> work) {
  bool first;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    first = queue_.empty();
    if (first) queued_at_ = clock_.now();
    queue_.push_back(std::move(work));
  }
  if (first) boost::asio::post(context_, [this] { run_posted(); });
}

void Loop::run_posted() {
  Monotonic since;
  {
    const std::lock_guard lock(mutex_);
    running_.swap(queue_);
    since = queued_at_;
  }
  posted_.add(running_.size());
  queue_delay_.observe(std::chrono::duration<double>(clock_.now() - since).count());
  for (auto& work : running_) {
    if (stopping_) break;
    work();
    work = nullptr;
  }
  running_.clear();
}

bool Loop::take_gathered() {
  const auto now = clock_.now();
  if (std::exchange(hurried_, false)) pace_.hurry(now);
  const auto rest = pace_.rest(now);
  if (!rest) return false;
  if (rest->count() > 0 && !more_) {
    rests_.add();
    std::this_thread::sleep_for(*rest);
  }
  const auto begun = clock_.now();
  bool any = false;
  more_ = false;
  for (auto* source : sources_) {
    const auto taken = source->take();
    any = any || taken != Source::Taken::Nothing;
    more_ = more_ || taken == Source::Taken::More;
  }
  if (any) pace_.turn(begun);
  // Handlers that always make others ready end the turn when the next one is due: timers have theirs then.
  while (context_.poll_one() > 0) {
    if (!std::exchange(any, true)) pace_.turn(begun);
    if (pace_.rest(clock_.now()).value_or(std::chrono::nanoseconds{}).count() == 0) break;
  }
  return any;
}

void Loop::await_sources() {
  for (auto* source : sources_)
    source->await();
}

void Loop::wait_for_one() {
  await_sources();
  const auto wait = wheel_.until_next();
  if (wait.count() <= 0) {
    context_.poll_one();
  } else if (context_.run_one_for(wait) > 0) {
    pace_.turn(clock_.now());
  }
}

void Loop::run() {
  owner_ = std::this_thread::get_id();
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  while (!stopping_) {
    if (!take_gathered()) wait_for_one();
    wheel_.advance();
  }
  owner_ = std::thread::id{};
  std::vector<std::function<void()>> unrun;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  unrun.swap(queue_);
}

void Loop::stop() {
  post([this] { stopping_ = true; });
}

std::size_t Loop::poll() {
  await_sources();
  return context_.poll() + wheel_.advance();
}

}  // namespace warp::net
