// RouteQuery: everything that a decision may know besides the snapshot. Pure: clock, chance and load come in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "warp/base/holder.h"
#include "warp/domain/call_numbers.h"
#include "warp/routing/decision.h"

namespace warp::routing {

struct RouteQuery {
  const domain::Trunk* trunk = nullptr;          // outbound: who calls
  std::string_view ani, dni;                     // E.164
  const domain::CallNumbers* numbers = nullptr;  // null: INTERNATIONAL between countries, else UNKNOWN
  WallTime when{};
  std::uint64_t random = 0;
  const class QualityTable* quality = nullptr;  // null: nobody has a quality
  const class LoadView* load = nullptr;         // null: capacity does not order
};

// How much of a provider's channels is in use.
class LoadView {
 public:
  virtual ~LoadView() = default;
  virtual std::uint8_t percent_used(ProviderId provider) const = 0;
};

struct Quality {
  std::uint32_t attempts = 0, answered = 0, network_ok = 0, short_calls = 0;
  std::uint64_t seconds = 0, pdd_ms_sum = 0;
};

// What routes were worth of late. Immutable.
class QualityTable {
 public:
  const Quality* of(ProviderId provider, std::string_view key) const;
  WallTime loaded_at() const;
};

using QualityHolder = Holder<QualityTable>;

// decide_outbound and decide_inbound of decision.h are these without the rest of the query.
Decision decide_outbound(const Snapshot& snapshot, const RouteQuery& query);
Decision decide_inbound(const Snapshot& snapshot, const RouteQuery& query);

}  // namespace warp::routing
