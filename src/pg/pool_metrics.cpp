#include "pool_metrics.h"

namespace warp::pg {

PoolMetrics::PoolMetrics(metrics::Registry& registry, const std::string& pool)
    : open(registry.gauge("warp_pg_connections", "Connections to Postgres that are up.", {{"pool", pool}})),
      waiting(registry.gauge("warp_pg_waiting", "Callers waiting for a connection to Postgres.",
                             {{"pool", pool}})),
      registry_(registry),
      connects_(registry.counter("warp_pg_connects_total", "Attempts to connect to Postgres.",
                                 {{"outcome", "ok"}})),
      connect_failures_(registry.counter("warp_pg_connects_total", "Attempts to connect to Postgres.",
                                         {{"outcome", "failed"}})) {}

void PoolMetrics::connected(bool success) {
  (success ? connects_ : connect_failures_).add();
}

PoolMetrics::OfQuery& PoolMetrics::of(std::string_view query) {
  const auto found = queries_.find(query);
  if (found != queries_.end()) return found->second;
  auto& made = queries_[std::string(query)];
  made.seconds = &registry_.histogram(
      "warp_pg_query_seconds", "Time from asking to the answer, the wait for a connection included.",
      {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5}, {{"query", std::string(query)}});
  return made;
}

void PoolMetrics::ended(std::string_view query, Monotonic began, std::optional<ErrorKind> failed) {
  auto& metrics = of(query);
  const auto elapsed = std::chrono::steady_clock::now() - began;
  metrics.seconds->observe(std::chrono::duration<double>(elapsed).count());
  auto& counter = metrics.outcomes[failed ? static_cast<std::size_t>(*failed) + 1 : 0];
  if (!counter)
    counter = &registry_.counter(
        "warp_pg_queries_total", "Queries by name and how they ended.",
        {{"query", std::string(query)}, {"outcome", std::string(failed ? to_string(*failed) : "ok")}});
  counter->add();
}

}  // namespace warp::pg
