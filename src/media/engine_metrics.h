// The room's metrics, looked up once. Names are listed in README.md.
#pragma once

#include <array>

#include "warp/base/metrics.h"

#include "relay.h"

namespace warp::media {

struct WorkerMetrics {
  WorkerMetrics(metrics::Registry& registry, unsigned worker);

  metrics::Counter &packets_received, &octets_received, &packets_sent, &octets_sent, &wakeups;
  std::array<metrics::Counter*, kDrops> dropped{};  // by Drop; None is null
};

// One batch's counts, added to the shared metrics at its end.
struct BatchCounts {
  std::uint64_t packets_received = 0, octets_received = 0, packets_sent = 0, octets_sent = 0;
  std::array<std::uint64_t, kDrops> dropped{};

  void flush(WorkerMetrics& metrics);
};

struct EngineMetrics {
  explicit EngineMetrics(metrics::Registry& registry);

  metrics::Counter &sessions_opened, &sessions_refused, &timeouts, &bind_failures;
  metrics::Gauge& sessions;
};

}  // namespace warp::media
