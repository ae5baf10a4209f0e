// RouteQuery: everything that a decision may know besides the snapshot. Pure: clock, chance and load come in.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

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

// What a provider's calls to one kind of numbers (domain::quality_key) came to within an hour.
struct QualityHour {
  WallTime hour{};
  ProviderId provider;
  std::string key;
  Quality counts;
};

// What routes were worth of late. Immutable; of() allocates nothing.
class QualityTable {
 public:
  // Hours up to 24 back from `now`; what is six hours older counts half. Others are left out.
  static std::shared_ptr<const QualityTable> weigh(std::span<const QualityHour> hours, WallTime now);

  const Quality* of(ProviderId provider, std::string_view key) const;
  WallTime loaded_at() const { return loaded_at_; }
  std::size_t size() const { return rows_.size(); }

 private:
  struct Key {
    ProviderId provider;
    std::uint64_t digits = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  QualityTable() = default;

  std::unordered_map<Key, Quality, Hash> rows_;
  WallTime loaded_at_{};
};

using QualityHolder = Holder<QualityTable>;

// decide_outbound and decide_inbound of decision.h are these without the rest of the query.
Decision decide_outbound(const Snapshot& snapshot, const RouteQuery& query);
// `trunk`: who calls, when it is a customer of ours. To a number of another customer it is an on-net call:
// no provider, and the caller pays the line ONNET of its plan, or nothing.
Decision decide_inbound(const Snapshot& snapshot, const RouteQuery& query);
// One of the number's further destinations, to another trunk of its customer or to a number that the
// customer calls by its own plan and routes (decision.rule: "forwarded"). `query.dni`: the number itself.
Decision decide_destination(const Snapshot& snapshot, const RouteQuery& query,
                            const domain::Destination& destination);

}  // namespace warp::routing
