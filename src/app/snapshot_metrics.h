// Metrics of the routing snapshot: all there from the start, so that their absence is never a question.
#pragma once

#include "warp/base/metrics.h"
#include "warp/routing/snapshot.h"

namespace warp::app {

class SnapshotMetrics {
 public:
  explicit SnapshotMetrics(metrics::Registry& registry);
  void built(const routing::Snapshot& snapshot, double seconds);
  void failed() { failed_.add(); }
  void behind(bool is) { behind_.set(is ? 1 : 0); }
  void age(double seconds) { age_.set(seconds); }

 private:
  metrics::Registry& registry_;
  metrics::Counter &ok_, &failed_;
  metrics::Histogram& seconds_;
  metrics::Gauge &version_, &age_, &behind_;
};

}  // namespace warp::app
