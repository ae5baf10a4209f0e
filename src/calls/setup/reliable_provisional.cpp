#include "reliable_provisional.h"

#include <utility>

namespace warp::calls {

ReliableProvisional::ReliableProvisional(sip::MessageSender& sender, net::TimerWheel& wheel,
                                         std::chrono::milliseconds t1, const sip::Flow& to, std::string bytes,
                                         std::function<void()> on_missing)
    : sender_(sender),
      wheel_(wheel),
      to_(to),
      bytes_(std::move(bytes)),
      on_missing_(std::move(on_missing)),
      interval_(t1) {
  arm();
  deadline_ = wheel_.arm(64 * t1, [this] {
    deadline_ = {};
    wheel_.cancel(retransmission_);
    const auto tell = std::move(on_missing_);
    tell();
  });
}

ReliableProvisional::~ReliableProvisional() {
  wheel_.cancel(retransmission_);
  wheel_.cancel(deadline_);
}

void ReliableProvisional::arm() {
  retransmission_ = wheel_.arm(interval_, [this] {
    interval_ *= 2;
    arm();
    sender_.send(to_, bytes_);
  });
}

}  // namespace warp::calls
