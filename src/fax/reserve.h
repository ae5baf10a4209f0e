// Reserve: what came of the T.38 side, on its way to the modems. T.38 has no time stamps, and a modem that
// has begun to send may not pause: so whatever starts or ends a signal (an indicator that differs from the
// one before, T.38 §7.1) is held for kTicks, with all that came behind it, and data goes on at once. The
// modem then is that far behind the sender, and has data to send while the network, or a machine, stands that
// long.
#pragma once

#include <cstdint>

#include "warp/fax/udptl.h"

#include "packet_ring.h"

namespace warp::fax {

class Reserve {
 public:
  static constexpr unsigned kTicks = 15;  // of 20 ms

  // An IFP packet in turn; play(ifp, sequence) gets it now, or from a later tick().
  template <typename Play>
  void take(std::span<const std::byte> ifp, std::uint16_t sequence, const Play& play) {
    const bool turn = is_turn(ifp);
    if (held_.full()) release(play);
    if (!turn && held_.empty()) return play(ifp, sequence);
    held_.push({now_ + (turn ? kTicks : 0), sequence}, ifp);
  }
  // 20 ms have passed.
  template <typename Play>
  void tick(const Play& play) {
    ++now_;
    for (auto packet = held_.first(); packet && packet->mark.due <= now_; packet = held_.first()) {
      held_.pop();
      play(packet->octets, packet->mark.sequence);
    }
  }

 private:
  struct Mark {
    std::uint64_t due = 0;
    std::uint16_t sequence = 0;
  };
  // 300 ms of packets, a few of which say one thing several times. A sender of more gets less of a reserve.
  static constexpr std::size_t kMostHeld = 64;

  template <typename Play>
  void release(const Play& play) {
    while (const auto packet = held_.pop())
      play(packet->octets, packet->mark.sequence);
  }
  bool is_turn(std::span<const std::byte> ifp);

  PacketRing<Mark, kMostHeld, kMostIfpOctets> held_;
  std::uint64_t now_ = 0;
  std::byte indicator_{0};  // the first octet of the packet that named it; at first: no signal
};

}  // namespace warp::fax
