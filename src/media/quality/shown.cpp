#include "quality/shown.h"

#include "quality/look.h"

namespace warp::media {

void show_quality(const Side& side, const Codec& own, const Codec& others, domain::LegMedia& leg) {
  const auto& counters = side.counters;
  const auto& figures = side.quality.figures;
  auto& out = leg.quality.write();
  const auto count = [](const SideCounter& counter) { return static_cast<std::uint32_t>(counter.value()); };
  if (leg.packets_received != 0) {
    out.duplicates = count(counters.duplicates);
    out.out_of_order = count(counters.out_of_order);
    out.late = count(counters.late);
  }
  out.jitter_mean_us = figures.jitter_mean_us.value();
  out.jitter_max_us = figures.jitter_max_us.value();
  out.rtt_mean_us = figures.rtt_mean_us.value();
  out.rtt_max_us = figures.rtt_max_us.value();
  out.remote_lost = figures.remote_lost.value();
  out.remote_jitter_us = figures.remote_jitter_us.value();
  out.xr_loss_e4 = figures.xr_loss_e4.value();
  out.xr_discard_e4 = figures.xr_discard_e4.value();
  out.xr_duplicates = figures.xr_duplicates.value();
  out.xr_burst_ms = figures.xr_burst_ms.value();
  out.xr_gap_ms = figures.xr_gap_ms.value();
  out.xr_round_trip_ms = figures.xr_round_trip_ms.value();
  out.xr_end_system_ms = figures.xr_end_system_ms.value();
  out.xr_buffer_ms = figures.xr_buffer_ms.value();
  out.xr_r_factor = figures.xr_r_factor.value();
  out.xr_mos_lq_e2 = figures.xr_mos_lq_e2.value();
  out.xr_mos_cq_e2 = figures.xr_mos_cq_e2.value();
  out.mos_min_e2 = figures.mos_min_e2.value();
  out.mos_mean_e2 = figures.mos_mean_e2.value();
  out.heard_mos_min_e2 = figures.heard_mos_min_e2.value();
  out.heard_mos_mean_e2 = figures.heard_mos_mean_e2.value();
  out.one_way_ms = figures.one_way_ms.value();
  out.silent_ms = figures.silent_ms.value();
  leg.mos_e2 = score_in(way_in(side, own));
  if (leg.mos_e2 && !out.mos_min_e2) out.mos_min_e2 = out.mos_mean_e2 = *leg.mos_e2;
  if (const auto heard = score_heard(way_in(*side.peer, others), way_out(side, own))) {
    out.heard_mos_e2 = *heard;
    if (!out.heard_mos_min_e2) out.heard_mos_min_e2 = out.heard_mos_mean_e2 = *heard;
  }
}

}  // namespace warp::media
