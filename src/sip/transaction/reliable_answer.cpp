#include "warp/sip/transaction/reliable_answer.h"

#include <utility>

namespace warp::sip {

ReliableAnswer::ReliableAnswer(MessageSender& sender, net::TimerWheel& wheel, const TransactionTimers& timers)
    : sender_(sender), wheel_(wheel), timers_(timers) {}

ReliableAnswer::~ReliableAnswer() {
  acknowledged();
}

void ReliableAnswer::start(const Flow& to, std::string bytes, std::function<void()> on_missing_ack) {
  acknowledged();
  to_ = to;
  bytes_ = std::move(bytes);
  on_missing_ack_ = std::move(on_missing_ack);
  repeats_ = 0;
  arm_retransmission();
  // Timer H's time and reason, though no transaction runs it.
  deadline_ = wheel_.arm(duration_of(Timer::H, 0, timers_), [this] { give_up(); });
}

void ReliableAnswer::arm_retransmission() {
  retransmission_ = wheel_.arm(duration_of(Timer::G, repeats_, timers_), [this] {
    ++repeats_;
    arm_retransmission();
    sender_.send(to_, bytes_);
  });
}

void ReliableAnswer::give_up() {
  const auto tell = std::move(on_missing_ack_);
  acknowledged();
  if (tell) tell();
}

void ReliableAnswer::acknowledged() {
  wheel_.cancel(retransmission_);
  wheel_.cancel(deadline_);
  std::string().swap(bytes_);
  on_missing_ack_ = nullptr;
}

bool HeldAck::send(MessageSender& sender, const Flow& to, std::string bytes) {
  to_ = to;
  bytes_ = std::move(bytes);
  return sender.send(to_, bytes_);
}

bool HeldAck::resend(MessageSender& sender) const {
  return held() && sender.send(to_, bytes_);
}

}  // namespace warp::sip
