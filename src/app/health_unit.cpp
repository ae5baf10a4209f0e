#include "app/health_unit.h"

#include "app/shard.h"

namespace warp::app {

void HealthUnit::start_probes(Shard& shard, const Config& config, const Clock& clock,
                              const routing::SnapshotHolder& snapshots, sip::Locator& locator) {
  prober_ = std::make_unique<calls::Prober>(
      calls::Prober::Dependencies{shard.transactions(), *shard.transports(), shard.loop().wheel(),
                                  shard.loop(), clock, shard.ids(), snapshots, board_, &locator},
      0, config.sip.server_name);
  shard.loop().post([prober = prober_.get()] { prober->start(); });
}

std::vector<api::HealthRow> HealthUnit::of(std::int64_t endpoint) const {
  std::vector<api::HealthRow> rows;
  for (auto& state : board_.of(endpoint)) {
    auto& row = rows.emplace_back();
    row.address = state.address.to_string();
    row.health = state.health;
    row.since = state.since;
    row.probed = state.probed;
    row.failed_calls = state.failed_calls;
    row.lost_probes = state.lost_probes;
    row.last_probe = state.last_probe;
    row.rtt = state.rtt;
    row.last_status = state.last_status;
    for (const auto& change : state.changes)
      row.changes.push_back({change.at, change.to, change.cause});
  }
  return rows;
}

}  // namespace warp::app
