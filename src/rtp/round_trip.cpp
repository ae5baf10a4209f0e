#include "warp/rtp/round_trip.h"

namespace warp::rtp {

void RoundTrip::sender_report_sent(std::uint32_t ssrc, const SenderInfo& info, Monotonic now) {
  sent_[next_] = {ssrc, info.ntp_middle(), now};
  next_ = (next_ + 1) % sent_.size();
}

std::optional<std::chrono::microseconds> RoundTrip::answered(const ReportBlock& block, Monotonic now) const {
  if (block.last_sr == 0) return std::nullopt;
  for (const auto& sent : sent_) {
    if (sent.ssrc != block.ssrc || sent.ntp_middle != block.last_sr || sent.at == Monotonic{}) continue;
    const std::chrono::microseconds held(std::uint64_t{block.delay_since_last_sr} * 1'000'000 >> 16);
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - sent.at);
    if (held > passed) return std::nullopt;
    return passed - held;
  }
  return std::nullopt;
}

}  // namespace warp::rtp
