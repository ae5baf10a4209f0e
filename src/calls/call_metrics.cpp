#include "call_metrics.h"

#include <string>

namespace warp::calls {

namespace {

metrics::Counter& fax_switches(metrics::Registry& registry, const char* carried) {
  return registry.counter("warp_calls_fax_switches_total",
                          "Fax heard in a call whose policy acts on it, by how it is carried then.",
                          {{"carried", carried}});
}

}  // namespace

CallMetrics::CallMetrics(metrics::Registry& registry)
    : post_dial_delay(registry.histogram("warp_calls_post_dial_delay_seconds",
                                         "From the caller's INVITE to the first 18x or final answer.",
                                         {0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32})),
      duration(registry.histogram("warp_calls_duration_seconds", "From answer to end, of answered calls.",
                                  {1, 5, 15, 30, 60, 180, 600, 1800, 3600, 14400})),
      far_attempts(registry.counter("warp_calls_far_attempts_total", "INVITEs sent to far ends.")),
      failovers(registry.counter("warp_calls_failovers_total",
                                 "Attempts that failed and were followed by the next candidate.")),
      unknown_sources(registry.counter("warp_calls_unknown_sources_total",
                                       "INVITEs from addresses of no trunk and no provider.")),
      strays(registry.counter("warp_calls_stray_messages_total",
                              "In-dialog requests and answers that belong to no call here.")),
      recovered(registry.counter("warp_calls_recovered_total",
                                 "Calls of an earlier process that were ended and recorded.")),
      limits_drift(registry.counter("warp_limits_drift_total",
                                    "Counters of limits that did not agree with the calls that there are.")),
      shed(registry.counter("warp_overload_shed_total",
                            "New calls refused without state because the queue of their shard stood.")),
      survived(registry.counter("warp_calls_survived_total", "Calls of an earlier process that went on.")),
      transfers(registry.counter("warp_calls_transfers_total", "REFERs that were carried out.")),
      session_refreshes(registry.counter("warp_calls_session_refreshes_total",
                                         "Refreshes of session timers that far ends answered.")),
      session_expiries(registry.counter("warp_calls_session_expiries_total",
                                        "Calls ended because a session was not refreshed.")),
      emergency(registry.counter("warp_calls_emergency_total", "Calls to emergency numbers.")),
      fax_as_t38(fax_switches(registry, "t38")),
      fax_as_audio(fax_switches(registry, "audio")),
      forks(registry.counter("warp_calls_forks_total",
                             "Early dialogs of a far INVITE beyond the first, by their To tags.")),
      redirects(
          registry.counter("warp_calls_redirects_total", "Contacts of 3xx answers that were followed.")),
      provisional_unacknowledged(
          registry.counter("warp_calls_provisional_unacknowledged_total",
                           "Calls that failed because a reliable 18x got no PRACK for 64*T1.")),
      media(registry) {
  for (const auto direction : {domain::Direction::Inbound, domain::Direction::Outbound}) {
    const metrics::Labels labels{{"direction", std::string(domain::to_string(direction))}};
    active[index(direction)] =
        &registry.gauge("warp_calls_active", "Calls that have no final record yet.", labels);
    attempts[index(direction)] =
        &registry.counter("warp_calls_attempts_total", "Calls from known sources.", labels);
    answers[index(direction)] = &registry.counter("warp_calls_answers_total", "Calls answered.", labels);
  }
  for (const auto& info : domain::all_reasons()) {
    const metrics::Labels labels{{"reason", std::string(info.name)}};
    refusals_[info.reason] =
        &registry.counter("warp_calls_refused_total", "INVITEs refused or failed, by reason.", labels);
    endings_[info.reason] =
        &registry.counter("warp_calls_ended_total", "Answered calls that ended, by reason.", labels);
  }
}

OverloadGauges::OverloadGauges(metrics::Registry& registry, unsigned shard)
    : delay(registry.gauge("warp_overload_queue_delay_seconds",
                           "How long the oldest datagram of the last batch waited to be read.",
                           {{"shard", std::to_string(shard)}})),
      shedding(registry.gauge("warp_overload_shedding", "1 while the shard refuses new calls.",
                              {{"shard", std::to_string(shard)}})) {}

}  // namespace warp::calls
