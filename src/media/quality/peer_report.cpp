#include "quality/peer_report.h"

#include <algorithm>

namespace warp::media {
namespace {

void note_round_trip(Side& side, const rtp::ReportBlock& block, Monotonic now) {
  const auto rtt = side.round_trip.answered(block, now);
  if (!rtt) return;
  const auto us = static_cast<std::uint64_t>(rtt->count());
  auto& watch = side.quality;
  side.counters.rtt_us.set(us);
  watch.rtt_sum_us += us;
  watch.figures.rtt_mean_us.set(watch.rtt_sum_us / ++watch.rtt_count);
  watch.figures.rtt_max_us.set_largest(us);
}

void note_summary(Side& side, const rtp::StatisticsSummary& summary) {
  if (summary.duplicates) side.quality.figures.xr_duplicates.set(*summary.duplicates);
}

void note_voip(Side& side, const rtp::VoipMetrics& said) {
  auto& figures = side.quality.figures;
  figures.xr_loss_e4.set(said.loss_rate * 10'000u / 256u);
  figures.xr_discard_e4.set(said.discard_rate * 10'000u / 256u);
  figures.xr_burst_ms.set(said.burst_ms);
  figures.xr_gap_ms.set(said.gap_ms);
  if (said.round_trip_ms != 0) figures.xr_round_trip_ms.set(said.round_trip_ms);
  if (said.end_system_ms != 0) figures.xr_end_system_ms.set(said.end_system_ms);
  if (said.buffer_ms != 0) figures.xr_buffer_ms.set(said.buffer_ms);
  if (said.r_factor) figures.xr_r_factor.set(*said.r_factor);
  if (said.mos_lq10) figures.xr_mos_lq_e2.set(*said.mos_lq10 * 10u);
  if (said.mos_cq10) figures.xr_mos_cq_e2.set(*said.mos_cq10 * 10u);
  using enum rtp::VoipMetrics::Concealment;
  side.quality.conceals = said.concealment == Standard || said.concealment == Enhanced;
}

void note_times(Side& side, std::uint32_t sender, const rtp::XrBlock& block, Monotonic now) {
  if (const auto ntp = rtp::parse_receiver_time(block)) {
    rtp::SenderInfo info;
    info.ntp = *ntp;
    side.peer->round_trip.sender_report_sent(sender, info, now);
  }
  for (std::size_t i = 0; i < rtp::dlrr_entries(block); ++i) {
    const auto entry = rtp::dlrr_entry(block, i);
    rtp::ReportBlock answer;
    answer.ssrc = entry.ssrc;
    answer.last_sr = entry.last_receiver_time;
    answer.delay_since_last_sr = entry.delay;
    note_round_trip(side, answer, now);
  }
}

}  // namespace

void note_block(Side& side, const rtp::ReportBlock& block, const ReportedStream& stream, Monotonic now) {
  if (block.ssrc != stream.ssrc) return;
  auto& watch = side.quality;
  watch.reports_end_here = stream.ours;
  watch.remote_fraction = block.fraction_lost;
  side.counters.remote_loss_percent.set(block.fraction_lost * 100u / 256u);
  const auto lost = static_cast<std::uint64_t>(std::max(block.cumulative_lost, 0));
  watch.figures.remote_lost.set(lost);
  if (stream.packets != 0)
    watch.figures.remote_loss_e6.set(std::min(lost, stream.packets) * 1'000'000 / stream.packets);
  if (stream.clock_rate != 0)
    watch.figures.remote_jitter_us.set(std::uint64_t{block.jitter} * 1'000'000 / stream.clock_rate);
  note_round_trip(side, block, now);
}

void note_extended(Side& side, const rtp::RtcpPacket& packet, const ReportedStream& stream, Monotonic now) {
  auto report = rtp::ExtendedReport::parse(packet);
  if (!report) return;
  while (const auto block = report->next()) {
    if (!stream.ours) note_times(side, report->ssrc(), *block, now);
    if (const auto summary = rtp::parse_statistics_summary(*block); summary && summary->ssrc == stream.ssrc)
      note_summary(side, *summary);
    if (const auto said = rtp::parse_voip_metrics(*block); said && said->ssrc == stream.ssrc)
      note_voip(side, *said);
  }
}

}  // namespace warp::media
