// ReliableAnswer: our 2xx to an INVITE, sent again until its ACK comes (RFC 3261 §13.3.1.4). The first copy
// goes out by TransactionLayer::respond; the user of the transaction owns this from then on. HeldAck: the
// other way round, our ACK to a 2xx, kept to be sent again when the 2xx comes again (§13.2.2.4).
//
// Both belong to the shard's thread.
#pragma once

#include <functional>
#include <string>

#include "warp/net/timer_wheel.h"
#include "warp/sip/transaction/machine.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

class ReliableAnswer {
 public:
  ReliableAnswer(MessageSender& sender, net::TimerWheel& wheel, const TransactionTimers& timers);
  ~ReliableAnswer();
  ReliableAnswer(const ReliableAnswer&) = delete;
  ReliableAnswer& operator=(const ReliableAnswer&) = delete;

  // Retransmits after T1, doubling up to T2, for 64*T1; then `on_missing_ack`, once, which may destroy this.
  // `to` is reply_flow() of the INVITE. An answer under way is replaced.
  void start(const Flow& to, std::string bytes, std::function<void()> on_missing_ack);
  // The ACK came, or the call is over: stops and frees the bytes.
  void acknowledged();
  bool waiting() const { return static_cast<bool>(deadline_); }

 private:
  void arm_retransmission();
  void give_up();

  MessageSender& sender_;
  net::TimerWheel& wheel_;
  const TransactionTimers timers_;
  Flow to_;
  std::string bytes_;
  std::function<void()> on_missing_ack_;
  net::TimerWheel::Handle retransmission_, deadline_;
  unsigned repeats_ = 0;
};

class HeldAck {
 public:
  // Sends and keeps. False when it could not be sent; it is kept all the same.
  bool send(MessageSender& sender, const Flow& to, std::string bytes);
  // For every further copy of the 2xx; false when nothing is held.
  bool resend(MessageSender& sender) const;
  void clear() { std::string().swap(bytes_); }
  bool held() const { return !bytes_.empty(); }

 private:
  Flow to_;
  std::string bytes_;
};

}  // namespace warp::sip
