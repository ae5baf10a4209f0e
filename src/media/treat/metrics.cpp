#include "treat/metrics.h"

#include <string>

namespace warp::media {
namespace {

metrics::Counter& handshakes(metrics::Registry& registry, const char* result) {
  return registry.counter("warp_media_dtls_handshakes_total", "DTLS handshakes of media, by result.",
                          {{"result", result}});
}

metrics::Counter& digits(metrics::Registry& registry, const char* way) {
  return registry.counter(
      "warp_media_digits_total",
      "DTMF digits that the media engine made or took out of a stream, by the way they left.",
      {{"way", way}});
}

metrics::Counter& jitter(metrics::Registry& registry, const char* what) {
  return registry.counter("warp_media_jitter_packets_total",
                          "Packets that jitter buffers could not play in their turn, by what became of them.",
                          {{"fate", what}});
}

}  // namespace

std::string_view to_string(TreatKind kind) {
  switch (kind) {
    case TreatKind::Pass:
      return "pass";
    case TreatKind::Map:
      return "map";
    case TreatKind::Secure:
      return "secure";
    case TreatKind::Recode:
      return "recode";
    case TreatKind::Fax:
      return "fax";
  }
  return "unknown";
}

TreatMetrics::TreatMetrics(metrics::Registry& registry)
    : handshakes_done(handshakes(registry, "done")),
      handshakes_failed(handshakes(registry, "failed")),
      digits_events(digits(registry, "events")),
      digits_tones(digits(registry, "tones")),
      digits_info(digits(registry, "info")),
      digits_lost(digits(registry, "lost")),
      clips(registry.counter("warp_media_clips_total", "Clips that began to play.")),
      jitter_late(jitter(registry, "late")),
      jitter_lost(jitter(registry, "lost")) {
  for (std::size_t i = 0; i < kTreatKinds; ++i)
    streams[i] = &registry.gauge("warp_media_treated_streams",
                                 "Streams that are more than relayed, by the dearest thing done to them.",
                                 {{"kind", std::string(to_string(static_cast<TreatKind>(i)))}});
  for (std::size_t i = 0; i < srtp_failures.size(); ++i)
    srtp_failures[i] = &registry.counter(
        "warp_media_srtp_failures_total", "SRTP and SRTCP packets that could not be read or made, by reason.",
        {{"reason", std::string(srtp::to_string(static_cast<srtp::Error>(i)))}});
}

}  // namespace warp::media
