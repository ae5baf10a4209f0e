// MediaQuality: what is known of how one leg's media went, beyond its counts (domain::LegMedia). What each
// figure means and how it is measured: docs/media/quality.md.
#pragma once

#include <cstdint>
#include <optional>

namespace warp::domain {

struct MediaQuality {
  using Figure = std::optional<std::uint32_t>;  // absent: not measured, or not told

  // Of what we received of the leg's peer.
  Figure duplicates, out_of_order, late;  // packets
  Figure jitter_mean_us, jitter_max_us;
  Figure rtt_mean_us, rtt_max_us;  // between us and the peer
  // Of what the peer received, by its receiver reports.
  Figure remote_lost, remote_jitter_us;
  // And by its extended reports (RFC 3611).
  Figure xr_loss_e4, xr_discard_e4;  // of 10,000: shares of what should have come
  Figure xr_duplicates;
  Figure xr_burst_ms, xr_gap_ms;
  Figure xr_round_trip_ms, xr_end_system_ms, xr_buffer_ms;
  Figure xr_r_factor, xr_mos_lq_e2, xr_mos_cq_e2;
  // Scores of five-second stretches, in hundredths: of what came from the peer as it came to us, and of what
  // the peer hears at its end of the whole way.
  Figure mos_min_e2, mos_mean_e2;
  Figure heard_mos_e2, heard_mos_min_e2, heard_mos_mean_e2;
  // From answer on and off hold: the peer sent nothing while the other one was heard; what it sent was
  // digital silence or comfort noise. Each from the threshold on.
  Figure one_way_ms, silent_ms;

  friend bool operator==(const MediaQuality&, const MediaQuality&) = default;
};

// Every figure by its name: `visit(name, figure)`. Places are only ever added at the end (journal).
template <class Quality, class Visit>
void each_figure(Quality& quality, Visit&& visit) {
  visit("duplicates", quality.duplicates);
  visit("out_of_order", quality.out_of_order);
  visit("late", quality.late);
  visit("jitter_mean_us", quality.jitter_mean_us);
  visit("jitter_max_us", quality.jitter_max_us);
  visit("rtt_mean_us", quality.rtt_mean_us);
  visit("rtt_max_us", quality.rtt_max_us);
  visit("remote_lost", quality.remote_lost);
  visit("remote_jitter_us", quality.remote_jitter_us);
  visit("xr_loss_e4", quality.xr_loss_e4);
  visit("xr_discard_e4", quality.xr_discard_e4);
  visit("xr_duplicates", quality.xr_duplicates);
  visit("xr_burst_ms", quality.xr_burst_ms);
  visit("xr_gap_ms", quality.xr_gap_ms);
  visit("xr_round_trip_ms", quality.xr_round_trip_ms);
  visit("xr_end_system_ms", quality.xr_end_system_ms);
  visit("xr_buffer_ms", quality.xr_buffer_ms);
  visit("xr_r_factor", quality.xr_r_factor);
  visit("xr_mos_lq_e2", quality.xr_mos_lq_e2);
  visit("xr_mos_cq_e2", quality.xr_mos_cq_e2);
  visit("mos_min_e2", quality.mos_min_e2);
  visit("mos_mean_e2", quality.mos_mean_e2);
  visit("heard_mos_e2", quality.heard_mos_e2);
  visit("heard_mos_min_e2", quality.heard_mos_min_e2);
  visit("heard_mos_mean_e2", quality.heard_mos_mean_e2);
  visit("one_way_ms", quality.one_way_ms);
  visit("silent_ms", quality.silent_ms);
}

}  // namespace warp::domain
