#include "recording_metrics.h"

namespace warp::recording {

RecordingMetrics::RecordingMetrics(metrics::Registry& registry)
    : running(registry.gauge("warp_recording_running", "Recordings under way.")),
      stored(
          registry.gauge("warp_recording_stored_octets", "Octets of all files in the recordings' folder.")),
      quota(registry.gauge("warp_recording_quota_octets",
                           "Octets that recordings may take up altogether; 0: any number.")),
      octets(registry.counter("warp_recording_octets_total", "Octets of recordings that were finished.")),
      dropped(registry.counter("warp_recording_dropped_packets_total",
                               "Packets of recordings that were lost because the writer fell behind.")) {
  for (std::size_t i = 0; i < by_cause.size(); ++i)
    by_cause[i] =
        &registry.counter("warp_recording_finished_total", "Recordings that ended, by what ended them.",
                          {{"cause", std::string(to_string(static_cast<StopCause>(i)))}});
  for (std::size_t i = 0; i < by_refusal.size(); ++i)
    by_refusal[i] =
        &registry.counter("warp_recording_refused_total", "Recordings that were not begun, by reason.",
                          {{"reason", std::string(to_string(static_cast<Recorder::Refused>(i)))}});
}

}  // namespace warp::recording
