// HealthUnit: the health of endpoints: the board that all shards ask, the prober on the first shard, and what
// the API shows of it.
#pragma once

#include <memory>

#include "warp/api/health_view.h"
#include "warp/calls/health_board.h"
#include "warp/calls/prober.h"

#include "app/config.h"

namespace warp::app {

class Shard;

class HealthUnit final : public api::HealthView {
 public:
  HealthUnit(const Clock& clock, log::Logger& log, metrics::Registry& metrics)
      : board_(clock, metrics, log) {}

  calls::HealthBoard& board() { return board_; }
  // Once the shard's loop is about to run.
  void start_probes(Shard& shard, const Config& config, const Clock& clock,
                    const routing::SnapshotHolder& snapshots, sip::Locator& locator);
  // When the loop has ended, before the shard is gone.
  void stop_probes() { prober_.reset(); }

  std::vector<api::HealthRow> of(std::int64_t endpoint) const override;
  void reset(std::int64_t endpoint) override { board_.reset(endpoint); }

 private:
  calls::HealthBoard board_;
  std::unique_ptr<calls::Prober> prober_;
};

}  // namespace warp::app
