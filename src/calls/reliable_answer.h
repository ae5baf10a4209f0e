// ReliableAnswer: sends a 2xx to INVITE again, at T1 doubling up to T2, until its ACK came, and gives up
// after 64*T1 (RFC 3261 §13.3.1.4). The first sending went through the transaction layer. Stays where it is
// made.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "warp/net/timer_wheel.h"
#include "warp/sip/transport/transport.h"

namespace warp::calls {

class ReliableAnswer {
 public:
  ReliableAnswer() = default;
  ReliableAnswer(const ReliableAnswer&) = delete;
  ReliableAnswer& operator=(const ReliableAnswer&) = delete;
  ~ReliableAnswer() { stop(); }

  void start(net::TimerWheel& wheel, sip::MessageSender& sender, const sip::Flow& flow, std::string bytes,
             std::chrono::milliseconds t1, std::function<void()> on_missing) {
    stop();
    wheel_ = &wheel;
    sender_ = &sender;
    flow_ = flow;
    bytes_ = std::move(bytes);
    on_missing_ = std::move(on_missing);
    t1_ = interval_ = t1;
    left_ = 64 * t1;
    arm();
  }

  // The ACK is here, or nobody waits for it any more. Frees the bytes.
  void stop() {
    if (wheel_ != nullptr) wheel_->cancel(timer_);
    wheel_ = nullptr;
    std::string().swap(bytes_);
    on_missing_ = nullptr;
  }

  bool running() const { return wheel_ != nullptr; }

 private:
  static constexpr std::chrono::milliseconds kT2{4000};

  void arm() {
    const auto delay = std::min(interval_, left_);
    timer_ = wheel_->arm(delay, [this, delay] {
      timer_ = {};
      left_ -= delay;
      if (left_ > std::chrono::milliseconds::zero()) {
        sender_->send(flow_, bytes_);
        interval_ = std::min(2 * interval_, std::max(kT2, t1_));
        return arm();
      }
      const auto missing = std::move(on_missing_);
      stop();
      missing();
    });
  }

  net::TimerWheel* wheel_ = nullptr;
  sip::MessageSender* sender_ = nullptr;
  net::TimerWheel::Handle timer_;
  sip::Flow flow_;
  std::string bytes_;
  std::function<void()> on_missing_;
  std::chrono::milliseconds t1_{}, interval_{}, left_{};
};

}  // namespace warp::calls
