// QualityWatch: what one side of a stream knows of how its media go, beyond its counters. Part of Side; the
// figures may be read by anyone, the rest is the worker's own.
#pragma once

#include <atomic>
#include <cstdint>

#include "warp/base/clock.h"

#include "side_counter.h"

namespace warp::media {

// By the names of domain::MediaQuality; `remote_…` and `xr_…` are what the peer says of what it gets.
struct QualityFigures {
  SideFigure jitter_mean_us, jitter_max_us, rtt_mean_us, rtt_max_us;
  SideFigure remote_lost, remote_loss_e6, remote_jitter_us;
  SideFigure xr_loss_e4, xr_discard_e4, xr_duplicates, xr_burst_ms, xr_gap_ms, xr_round_trip_ms;
  SideFigure xr_end_system_ms, xr_buffer_ms, xr_r_factor, xr_mos_lq_e2, xr_mos_cq_e2;
  SideFigure mos_min_e2, mos_mean_e2, heard_mos_min_e2, heard_mos_mean_e2;
  SideFigure one_way_ms, silent_ms;
};

// What a score is made of, as it stood at some time.
struct ReceivedTotals {
  std::uint64_t expected = 0, unplayed = 0;  // packets; never came, or too late
};

struct QualityWatch {
  // One packet in so many is listened to.
  static constexpr std::uint32_t kSampleEvery = 50;

  QualityFigures figures;

  // Anyone may read these two. Reports of the peer are about a stream of ours, not about what the other side
  // sent; the peer says that it conceals loss.
  std::atomic<bool> reports_end_here{false}, conceals{false};

  std::uint64_t rtt_sum_us = 0, rtt_count = 0;
  std::uint8_t remote_fraction = 0;  // of 256, of the last report

  // The stretch that is being scored.
  Monotonic stretch_from{};
  ReceivedTotals stretch_before;
  std::uint64_t mos_sum = 0, heard_mos_sum = 0;
  std::uint32_t mos_count = 0, heard_mos_count = 0;

  std::uint32_t until_sample = kSampleEvery;
  Monotonic quiet_since{};  // samples have been silent from then on; 0: the last one was not
  Monotonic missed_from{};  // it should talk, and the other one does, from then on; 0: not now
  bool told_silent = false, told_unheard = false;
  std::uint64_t silent_before_ms = 0, one_way_before_ms = 0;  // of earlier times

  bool sample_due() {
    if (--until_sample != 0) return false;
    until_sample = kSampleEvery;
    return true;
  }
};

}  // namespace warp::media
