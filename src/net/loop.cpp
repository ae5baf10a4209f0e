#include "warp/net/loop.h"

#include <pthread.h>

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

void Loop::run() {
  owner_ = std::this_thread::get_id();
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  while (!stopping_) {
    const auto wait = wheel_.until_next();
    if (wait.count() > 0) {
      context_.run_one_for(wait);
    } else {
      context_.poll_one();
    }
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
  return context_.poll() + wheel_.advance();
}

}  // namespace warp::net
