// MediaMetrics: how answered calls sounded, leg by leg. Shared by all shards through the registry.
#pragma once

#include <array>

#include "warp/base/metrics.h"
#include "warp/domain/call_record.h"

namespace warp::calls {

class MediaMetrics {
 public:
  explicit MediaMetrics(metrics::Registry& registry);

  // Of a final record. A leg of which nothing was received adds nothing.
  void observe(const domain::CallRecord& record);
  // A call turned out to be one-way (else: silent) because of its caller (else: callee).
  void count(bool one_way, const domain::CallRecord& record, bool caller);

 private:
  // Labels: the call's direction, and who is at the leg's end.
  struct Leg {
    metrics::Histogram *jitter = nullptr, *loss = nullptr, *rtt = nullptr, *mos = nullptr,
                       *heard_mos = nullptr;
    metrics::Counter *one_way = nullptr, *silent = nullptr;
  };
  enum class Party : std::uint8_t { Customer, Provider };
  const Leg& leg(const domain::CallRecord& record, bool caller) const;
  static void observe(const Leg& leg, const domain::LegMedia& media);

  std::array<std::array<Leg, 2>, 2> legs_;  // by domain::Direction, then Party
};

}  // namespace warp::calls
