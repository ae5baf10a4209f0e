#include "media_metrics.h"

#include <string>

namespace warp::calls {

namespace {

double seconds_of(std::uint32_t us) {
  return static_cast<double>(us) * 1e-6;
}

metrics::Histogram& seconds_histogram(metrics::Registry& registry, const char* name, const char* help,
                                      const metrics::Labels& labels) {
  return registry.histogram(
      name, help, {0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1}, labels);
}

}  // namespace

MediaMetrics::MediaMetrics(metrics::Registry& registry) {
  const std::vector<double> scores{1.5, 2, 2.5, 2.8, 3.1, 3.4, 3.6, 3.8, 4, 4.2, 4.4};
  for (const auto direction : {domain::Direction::Inbound, domain::Direction::Outbound})
    for (const auto party : {Party::Customer, Party::Provider}) {
      const metrics::Labels labels{{"direction", std::string(domain::to_string(direction))},
                                   {"party", party == Party::Customer ? "customer" : "provider"}};
      Leg& leg = legs_[static_cast<std::size_t>(direction)][static_cast<std::size_t>(party)];
      leg.jitter = &seconds_histogram(registry, "warp_calls_media_jitter_seconds",
                                      "Mean interarrival jitter of a leg's packets, at its end.", labels);
      leg.rtt = &seconds_histogram(registry, "warp_calls_media_rtt_seconds",
                                   "Mean round trip between here and a leg's peer, at its end.", labels);
      leg.loss = &registry.histogram("warp_calls_media_loss_ratio",
                                     "Share of a leg's packets that never came, at its end.",
                                     {0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5}, labels);
      leg.mos = &registry.histogram("warp_calls_media_mos", "Score of what came of a leg, at its end.",
                                    scores, labels);
      leg.heard_mos = &registry.histogram("warp_calls_media_heard_mos",
                                          "Score of what was heard at the end of a leg.", scores, labels);
      leg.one_way = &registry.counter(
          "warp_calls_media_one_way_total",
          "Answered calls in which nothing came of a side while the other one was heard.", labels);
      leg.silent = &registry.counter("warp_calls_media_silent_total",
                                     "Answered calls in which what came of a side was silence.", labels);
    }
}

// A customer brings what goes out, and gets what comes in; between two trunks both ends are customers'.
const MediaMetrics::Leg& MediaMetrics::leg(const domain::CallRecord& record, bool caller) const {
  const bool outbound = record.direction == domain::Direction::Outbound;
  const auto party = caller == outbound || record.provider.is_nil() ? Party::Customer : Party::Provider;
  return legs_[static_cast<std::size_t>(record.direction)][static_cast<std::size_t>(party)];
}

void MediaMetrics::observe(const Leg& leg, const domain::LegMedia& media) {
  if (media.packets_received == 0) return;
  const auto& quality = media.quality.read();
  if (quality.jitter_mean_us) leg.jitter->observe(seconds_of(*quality.jitter_mean_us));
  if (quality.rtt_mean_us) leg.rtt->observe(seconds_of(*quality.rtt_mean_us));
  leg.loss->observe(static_cast<double>(media.packets_lost) /
                    static_cast<double>(media.packets_received + media.packets_lost));
  if (media.mos_e2) leg.mos->observe(*media.mos_e2 * 0.01);
  if (quality.heard_mos_e2) leg.heard_mos->observe(*quality.heard_mos_e2 * 0.01);
}

void MediaMetrics::observe(const domain::CallRecord& record) {
  observe(leg(record, true), record.caller_media);
  observe(leg(record, false), record.callee_media);
}

void MediaMetrics::count(bool one_way, const domain::CallRecord& record, bool caller) {
  const Leg& which = leg(record, caller);
  (one_way ? which.one_way : which.silent)->add();
}

}  // namespace warp::calls
