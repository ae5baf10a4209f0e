// CallMetrics: the engine's handles. Shared by all shards through the registry.
#pragma once

#include <array>
#include <unordered_map>

#include "warp/base/metrics.h"
#include "warp/domain/call_record.h"
#include "warp/domain/reason.h"

#include "media_metrics.h"

namespace warp::calls {

struct CallMetrics {
  explicit CallMetrics(metrics::Registry& registry);

  static std::size_t index(domain::Direction direction) { return static_cast<std::size_t>(direction); }

  // By domain::Direction.
  std::array<metrics::Gauge*, 2> active{};
  std::array<metrics::Counter*, 2> attempts{}, answers{};
  metrics::Histogram& post_dial_delay;
  metrics::Histogram& duration;
  metrics::Counter& far_attempts;
  metrics::Counter& failovers;
  metrics::Counter& unknown_sources;
  metrics::Counter& strays;
  metrics::Counter& recovered;
  metrics::Counter& limits_drift;
  metrics::Counter& shed;
  metrics::Counter& survived;
  metrics::Counter& transfers;
  metrics::Counter& session_refreshes;
  metrics::Counter& session_expiries;
  metrics::Counter& emergency;
  metrics::Counter &fax_as_t38, &fax_as_audio;
  metrics::Counter &forks, &redirects, &provisional_unacknowledged;
  MediaMetrics media;

  void refused(domain::Reason reason) { refusals_.at(reason)->add(); }
  void ended(domain::Reason reason) { endings_.at(reason)->add(); }

 private:
  std::unordered_map<domain::Reason, metrics::Counter*> refusals_, endings_;
};

// Of one shard.
struct OverloadGauges {
  OverloadGauges(metrics::Registry& registry, unsigned shard);
  metrics::Gauge& delay;
  metrics::Gauge& shedding;
};

}  // namespace warp::calls
