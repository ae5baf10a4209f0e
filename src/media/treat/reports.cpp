#include "treat/reports.h"

#include <algorithm>

#include "warp/rtp/rtcp_writer.h"

#include "quality/peer_report.h"

namespace warp::media {
namespace {

// Any clock will do, as long as it is one (RFC 3550 §4).
std::uint64_t ntp_of(Monotonic now) {
  const auto us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
  return us / 1'000'000 << 32 | ((us % 1'000'000) << 32) / 1'000'000;
}

}  // namespace

bool Reports::read(Side& side, const Outlet& outlet, std::span<const std::byte> data, Monotonic now) {
  auto compound = rtp::RtcpCompound::parse(data);
  if (!compound) return false;
  bool bye = false;
  const ReportedStream ours{outlet.ssrc(), outlet.clock_rate(), outlet.packets(), true};
  while (const auto packet = compound->next()) {
    if (packet->type == rtp::RtcpType::Bye) bye = true;
    if (packet->type == rtp::RtcpType::ExtendedReport) note_extended(side, *packet, ours, now);
    const auto report = rtp::parse_report(*packet);
    if (!report) continue;
    if (report->sender) {
      sender_report_ = report->sender->ntp_middle();
      sender_report_at_ = now;
    }
    for (std::size_t i = 0; i < report->block_count; ++i)
      note_block(side, report->block(i), ours, now);
  }
  return bye;
}

std::size_t Reports::write(Side& side, const Outlet& outlet, std::string_view cname, bool bye,
                           std::span<std::byte> out, Monotonic now) {
  last_ = now;
  if (!outlet.begun() && !side.received.valid()) return 0;
  rtp::OwnReport report;
  report.ssrc = outlet.ssrc();
  report.cname = cname;
  report.bye = bye;
  if (outlet.packets() != 0) {
    report.sender = rtp::SenderInfo{ntp_of(now), outlet.timestamp_at(now), outlet.packets(), outlet.octets()};
    side.round_trip.sender_report_sent(report.ssrc, *report.sender, now);
  }
  if (side.received.valid()) {
    rtp::ReportBlock block;
    block.ssrc = side.received.ssrc();
    block.fraction_lost = side.received.take_fraction_lost();
    block.cumulative_lost =
        static_cast<std::int32_t>(std::min<std::uint64_t>(side.received.lost(), 0x7fffff));
    block.highest_sequence = side.received.extended_highest();
    block.jitter = side.received.jitter();
    if (sender_report_ != 0) {
      const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now - sender_report_at_).count();
      block.last_sr = sender_report_;
      block.delay_since_last_sr = static_cast<std::uint32_t>(us * 65536 / 1'000'000);
    }
    report.block = block;
  }
  return rtp::write_report(report, out);
}

}  // namespace warp::media
