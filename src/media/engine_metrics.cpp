#include "engine_metrics.h"

#include <string>

namespace warp::media {
namespace {

metrics::Counter& of_worker(metrics::Registry& registry, std::string_view name, std::string_view help,
                            unsigned worker) {
  return registry.counter(name, help, {{"worker", std::to_string(worker)}});
}

}  // namespace

WorkerMetrics::WorkerMetrics(metrics::Registry& registry, unsigned worker)
    : packets_received(of_worker(registry, "warp_media_packets_received_total",
                                 "Datagrams that came to media ports, RTCP and dropped ones included.",
                                 worker)),
      octets_received(of_worker(registry, "warp_media_octets_received_total",
                                "UDP payload octets of the datagrams that came to media ports.", worker)),
      packets_sent(
          of_worker(registry, "warp_media_packets_sent_total", "Datagrams relayed, RTCP included.", worker)),
      octets_sent(of_worker(registry, "warp_media_octets_sent_total", "UDP payload octets relayed.", worker)),
      wakeups(of_worker(registry, "warp_media_wakeups_total",
                        "Batches of ready sockets that a media worker served.", worker)) {
  for (std::size_t i = 1; i < kDrops; ++i)
    dropped[i] = &registry.counter("warp_media_dropped_total", "Datagrams that were not relayed, by reason.",
                                   {{"reason", std::string(to_string(static_cast<Drop>(i)))}});
}

void BatchCounts::flush(WorkerMetrics& metrics) {
  if (packets_received == 0 && packets_sent == 0) return;
  metrics.packets_received.add(packets_received);
  metrics.octets_received.add(octets_received);
  metrics.packets_sent.add(packets_sent);
  metrics.octets_sent.add(octets_sent);
  metrics.wakeups.add();
  for (std::size_t i = 1; i < kDrops; ++i)
    if (dropped[i] != 0) metrics.dropped[i]->add(dropped[i]);
  *this = {};
}

EngineMetrics::EngineMetrics(metrics::Registry& registry)
    : sessions_opened(registry.counter("warp_media_sessions_opened_total", "Media sessions opened.")),
      sessions_refused(
          registry.counter("warp_media_sessions_refused_total",
                           "Media sessions refused: no ports, no address of the family, stopping.")),
      timeouts(registry.counter("warp_media_timeouts_total", "Media sessions whose timeout struck.")),
      bind_failures(registry.counter("warp_media_bind_failures_total",
                                     "Port pairs of the range that could not be bound when tried.")),
      sessions(registry.gauge("warp_media_sessions", "Media sessions open.")) {}

}  // namespace warp::media
