// Round-trip time seen by a relay that passes RTCP end to end (RFC 3550 §6.4.1).
//
// An SR of the far side is noted when it is sent on to this peer; the peer's report block that names its SSRC
// and gives its middle NTP bits back as LSR closes the loop: arrival - departure - DLSR is the way from our
// socket to the peer and back. A value, one for each peer; the owner passes the time in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "warp/base/clock.h"
#include "warp/rtp/rtcp.h"

namespace warp::rtp {

class RoundTrip {
 public:
  void sender_report_sent(std::uint32_t ssrc, const SenderInfo& info, Monotonic now);
  // nullopt: the block answers no SR that is remembered, or its delay is impossible.
  std::optional<std::chrono::microseconds> answered(const ReportBlock& block, Monotonic now) const;

 private:
  struct Sent {
    std::uint32_t ssrc = 0;
    std::uint32_t ntp_middle = 0;
    Monotonic at{};
  };
  std::array<Sent, 4> sent_{};
  std::size_t next_ = 0;
};

}  // namespace warp::rtp
