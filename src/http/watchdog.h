// Watchdog: one deadline of a connection. Moving it later costs nothing: the timer is armed again only when
// it fires early, or when the new deadline lies before it. Used on the connection's loop only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/steady_timer.hpp>

namespace warp::http {

class Watchdog : public std::enable_shared_from_this<Watchdog> {
 public:
  // `expired` runs on the timer's executor. The watchdog is shared with its pending wait.
  Watchdog(boost::asio::any_io_executor executor, std::function<void()> expired)
      : timer_(std::move(executor)), expired_(std::move(expired)) {}

  void within(std::chrono::milliseconds duration) {
    deadline_ = std::chrono::steady_clock::now() + duration;
    hit_ = false;
    if (!armed_ || timer_.expiry() > deadline_) arm();
  }
  void off() {
    deadline_ = std::chrono::steady_clock::time_point::max();
    hit_ = false;
  }
  bool hit() const { return hit_; }
  void stop() {
    expired_ = nullptr;
    timer_.cancel();
  }

 private:
  void arm() {
    armed_ = true;
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this(), round = ++round_](boost::system::error_code) {
      if (round == self->round_) self->fired();
    });
  }
  void fired() {
    armed_ = false;
    if (!expired_ || deadline_ == std::chrono::steady_clock::time_point::max()) return;
    if (std::chrono::steady_clock::now() < deadline_) return arm();
    hit_ = true;
    expired_();
  }

  boost::asio::steady_timer timer_;
  std::function<void()> expired_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::uint64_t round_ = 0;
  bool armed_ = false;
  bool hit_ = false;
};

}  // namespace warp::http
