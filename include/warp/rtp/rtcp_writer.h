// RTCP compounds that the daemon makes itself (RFC 3550 §6.4–6.6). Sans-I/O and without allocation.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "warp/rtp/rtcp.h"

namespace warp::rtp {

// SR (RR without `sender`) with at most one block, SDES with the CNAME (255 octets of it at most), and BYE
// when asked for. Returns the octets written; 0: `out` is too small.
struct OwnReport {
  std::uint32_t ssrc = 0;
  std::optional<SenderInfo> sender;
  std::optional<ReportBlock> block;
  std::string_view cname;
  bool bye = false;
};
std::size_t write_report(const OwnReport& report, std::span<std::byte> out);

}  // namespace warp::rtp
