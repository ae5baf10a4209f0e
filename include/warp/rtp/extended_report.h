// RTCP XR (RFC 3611): what a peer says of the stream that it gets, beyond a report block. Sans-I/O, no
// allocation.
//
//   auto report = rtp::ExtendedReport::parse(packet);  // an RtcpPacket of RtcpType::ExtendedReport
//   if (!report) return report.error();
//   while (auto block = report->next())
//     if (auto metrics = rtp::parse_voip_metrics(*block)) use(*metrics);
//
// parse() walks all blocks once, so that next() cannot fail. Loss and duplicate RLE, receipt times and types
// that are not named here are yielded and can be skipped. A parser gives nullopt for a block of another type,
// and for one whose length is not its type's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "warp/rtp/rtcp.h"

namespace warp::rtp {

enum class XrType : std::uint8_t {
  LossRle = 1,
  DuplicateRle = 2,
  ReceiptTimes = 3,
  ReceiverTime = 4,
  Dlrr = 5,
  StatisticsSummary = 6,
  VoipMetrics = 7,
};

struct XrBlock {
  XrType type{};              // may hold a value that the enum does not name
  std::uint8_t specific = 0;  // the type-specific octet
  std::span<const std::byte> body;
};

class ExtendedReport {
 public:
  static Result<ExtendedReport, RtcpError> parse(const RtcpPacket& packet);
  std::uint32_t ssrc() const { return ssrc_; }  // of the sender
  std::optional<XrBlock> next();

 private:
  ExtendedReport(std::uint32_t ssrc, std::span<const std::byte> rest) : ssrc_(ssrc), rest_(rest) {}
  std::uint32_t ssrc_;
  std::span<const std::byte> rest_;
};

// §4.4: the time of a receiver that sends nothing; who gets it gives the middle bits back in a DLRR block.
std::optional<std::uint64_t> parse_receiver_time(const XrBlock& block);  // NTP, 32.32

// §4.5: for each receiver whose time came.
struct DlrrEntry {
  std::uint32_t ssrc = 0;  // of that receiver
  std::uint32_t last_receiver_time = 0;
  std::uint32_t delay = 0;  // since it came, 1/65536 s
};
std::size_t dlrr_entries(const XrBlock& block);                 // 0: another type, or not of whole entries
DlrrEntry dlrr_entry(const XrBlock& block, std::size_t index);  // index < dlrr_entries()

// §4.6; what its flags do not announce is absent.
struct StatisticsSummary {
  std::uint32_t ssrc = 0;  // whom it is about
  std::uint16_t begin = 0, end = 0;
  std::optional<std::uint32_t> lost, duplicates;
  struct Jitter {
    std::uint32_t least = 0, most = 0, mean = 0, deviation = 0;  // timestamp units
  };
  std::optional<Jitter> jitter;
};
std::optional<StatisticsSummary> parse_statistics_summary(const XrBlock& block);

// §4.7. 127 in a quality figure says that it is not known, and 0 in a delay.
struct VoipMetrics {
  enum class Concealment : std::uint8_t { Unspecified, Disabled, Enhanced, Standard };
  std::uint32_t ssrc = 0;
  std::uint8_t loss_rate = 0, discard_rate = 0;  // of 256, since reception began
  std::uint8_t burst_density = 0, gap_density = 0;
  std::uint16_t burst_ms = 0, gap_ms = 0;
  std::uint16_t round_trip_ms = 0, end_system_ms = 0;
  std::optional<std::uint8_t> r_factor;            // 0..100
  std::optional<std::uint8_t> mos_lq10, mos_cq10;  // tenths, 10..50
  Concealment concealment{};
  std::uint16_t buffer_ms = 0, buffer_maximum_ms = 0;
};
std::optional<VoipMetrics> parse_voip_metrics(const XrBlock& block);

}  // namespace warp::rtp
