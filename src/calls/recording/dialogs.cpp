#include "recording/dialogs.h"

#include <array>

namespace warp::calls {

namespace {

constexpr std::array kRecorderFailures{domain::Reason::AckMissing,          domain::Reason::MediaUnsupported,
                                       domain::Reason::MediaPortsExhausted, domain::Reason::NameUnresolved,
                                       domain::Reason::FarEndRejected,      domain::Reason::FarEndTimeout,
                                       domain::Reason::FarEndUnreachable,   domain::Reason::FarEndMalformed,
                                       domain::Reason::FarEndChallenged,    domain::Reason::FarEndCallGone};

metrics::Counter& recorder_failures(metrics::Registry& registry, domain::Reason reason) {
  return registry.counter("warp_calls_recorder_failures_total",
                          "Targets of recorders (SIPREC) that did not take a call, or left it.",
                          {{"reason", std::string(domain::to_string(reason))}});
}

metrics::Counter& recorder_packets(metrics::Registry& registry, const char* outcome) {
  return registry.counter("warp_calls_recorder_packets_total",
                          "RTP packets for recorders (SIPREC), counted when a session ends.",
                          {{"outcome", outcome}});
}

metrics::Counter& recorders_exhausted(metrics::Registry& registry, const char* instead) {
  return registry.counter("warp_calls_recorders_exhausted_total",
                          "Calls that no target of their recorder took or kept, by what recorded them then.",
                          {{"instead", instead}});
}

}  // namespace

RecorderDialogs::RecorderDialogs(metrics::Registry& given)
    : registry(given),
      sessions(given.counter("warp_calls_recorder_sessions_total",
                             "Recording sessions (SIPREC) that recorders took.")),
      updates(
          given.counter("warp_calls_recorder_updates_total", "Changes of calls that recorders were told.")),
      fallbacks(recorders_exhausted(given, "file")),
      exhausted(recorders_exhausted(given, "nothing")),
      packets(recorder_packets(given, "sent")),
      lost(recorder_packets(given, "lost")),
      masked(recorder_packets(given, "masked")) {
  for (const domain::Reason reason : kRecorderFailures)
    static_cast<void>(recorder_failures(given, reason));
}

void RecorderDialogs::failed(domain::Reason reason) {
  recorder_failures(registry, reason).add();
}

}  // namespace warp::calls
