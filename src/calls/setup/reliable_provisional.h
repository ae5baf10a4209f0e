// ReliableProvisional: a 1xx of ours that is sent again until its PRACK comes (RFC 3262 §3): after T1, then
// after twice as long each time, for 64*T1. The first copy goes out by TransactionLayer::respond.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "warp/net/timer_wheel.h"
#include "warp/sip/transport/transport.h"

namespace warp::calls {

class ReliableProvisional {
 public:
  // `on_missing` when no PRACK came, once; it may destroy this. Destruction is the acknowledgement.
  ReliableProvisional(sip::MessageSender& sender, net::TimerWheel& wheel, std::chrono::milliseconds t1,
                      const sip::Flow& to, std::string bytes, std::function<void()> on_missing);
  ~ReliableProvisional();
  ReliableProvisional(const ReliableProvisional&) = delete;
  ReliableProvisional& operator=(const ReliableProvisional&) = delete;

 private:
  void arm();

  sip::MessageSender& sender_;
  net::TimerWheel& wheel_;
  const sip::Flow to_;
  const std::string bytes_;
  std::function<void()> on_missing_;
  std::chrono::milliseconds interval_;
  net::TimerWheel::Handle retransmission_, deadline_;
};

}  // namespace warp::calls
