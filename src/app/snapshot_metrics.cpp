#include "app/snapshot_metrics.h"

namespace warp::app {
namespace {

metrics::Counter& builds(metrics::Registry& registry, const char* result) {
  return registry.counter("warp_app_snapshot_builds_total", "Snapshots built, by result.",
                          {{"result", result}});
}

void count_rows(metrics::Registry& registry, const routing::Snapshot::Counts& counts) {
  const std::pair<const char*, std::size_t> rows[] = {
      {"customers", counts.customers}, {"trunks", counts.trunks}, {"numbers", counts.numbers},
      {"providers", counts.providers}, {"routes", counts.routes}, {"rate_plans", counts.rate_plans},
      {"rates", counts.rates}};
  for (const auto& [kind, count] : rows)
    registry.gauge("warp_app_snapshot_rows", "Rows in the routing snapshot, by kind.", {{"kind", kind}})
        .set(static_cast<double>(count));
}

}  // namespace

SnapshotMetrics::SnapshotMetrics(metrics::Registry& registry)
    : registry_(registry),
      ok_(builds(registry, "ok")),
      failed_(builds(registry, "load_failed")),
      seconds_(registry.histogram("warp_app_snapshot_build_seconds", "Time to load and compile a snapshot.",
                                  {0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30})),
      version_(registry.gauge("warp_app_snapshot_version",
                              "Version of the routing snapshot in use; grows with each build.")),
      age_(registry.gauge("warp_app_snapshot_age_seconds", "Age of the routing snapshot in use.")),
      behind_(registry.gauge("warp_app_snapshot_behind",
                             "1 while a change that was told of is not yet in the routing snapshot.")) {
  count_rows(registry, {});
}

void SnapshotMetrics::built(const routing::Snapshot& snapshot, double seconds) {
  ok_.add();
  seconds_.observe(seconds);
  version_.set(static_cast<double>(snapshot.version()));
  count_rows(registry_, snapshot.counts());
}

}  // namespace warp::app
