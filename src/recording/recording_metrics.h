// warp_recording_*
#pragma once

#include <array>

#include "warp/base/metrics.h"
#include "warp/recording/recorder.h"

namespace warp::recording {

struct RecordingMetrics {
  explicit RecordingMetrics(metrics::Registry& registry);
  metrics::Counter& finished(StopCause cause) { return *by_cause[static_cast<std::size_t>(cause)]; }
  metrics::Counter& refused(Recorder::Refused why) { return *by_refusal[static_cast<std::size_t>(why)]; }

  metrics::Gauge &running, &stored, &quota;
  metrics::Counter &octets, &dropped;
  std::array<metrics::Counter*, 5> by_cause;
  std::array<metrics::Counter*, 4> by_refusal;
};

}  // namespace warp::recording
