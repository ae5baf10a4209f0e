// What a peer says of the stream that it gets: report blocks and extended reports, into its side's figures.
// The worker's.
#pragma once

#include <cstdint>

#include "warp/rtp/extended_report.h"

#include "session_state.h"

namespace warp::media {

// The stream that the peer's words are about.
struct ReportedStream {
  std::uint32_t ssrc = 0;
  std::uint32_t clock_rate = 0;  // 0: unknown
  std::uint64_t packets = 0;     // that should have come to it
  bool ours = false;             // made here, not the other side's passed on
};

void note_block(Side& side, const rtp::ReportBlock& block, const ReportedStream& stream, Monotonic now);
// Also takes the times out of it that round trips are made of (§4.4, §4.5), unless the stream is ours.
void note_extended(Side& side, const rtp::RtcpPacket& packet, const ReportedStream& stream, Monotonic now);

}  // namespace warp::media
