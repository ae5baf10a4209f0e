#include "order.h"

#include <algorithm>

namespace warp::routing {
namespace {

using domain::RouteOrder;

constexpr std::uint8_t kNearlyFull = 95;
constexpr std::string_view kFull = "its provider has used 95 % of its channels";
bool better(const Standing& a, const Standing& b) {
  if (!a.last != !b.last) return !a.last;
  if (a.target->priority != b.target->priority) return a.target->priority < b.target->priority;
  if (a.first != b.first) return a.first < b.first;
  return a.second != b.second ? a.second < b.second : a.target < b.target;
}

bool equally_good(const Standing& a, const Standing& b) {
  return !a.last == !b.last && a.target->priority == b.target->priority && a.first == b.first &&
         a.second == b.second;
}

// Of a route, by its partition's key of quality; null: too little is known.
const Quality* known(const Standing& one, const PartitionTable& partition, const Asked& asked,
                     std::string_view key) {
  const auto* quality = asked.query.quality->of(one.target->provider->id, key);
  return partition.quality.known(quality) ? quality : nullptr;
}

// Routes of which too little is known count as the average of the others: they get their share of the calls.
void rank_by_quality(Few<Standing>& standing, const PartitionTable& partition, const Asked& asked,
                     std::string_view key) {
  std::int64_t sum = 0, count = 0;
  for (auto& one : standing) {
    one.second = one.cost.nanos();
    one.first = 0;
    if (const auto* quality = known(one, partition, asked, key)) {
      one.first = -partition.quality.score(*quality) - 1;
      sum += one.first;
      ++count;
    }
  }
  if (count == 0) return;
  for (auto& one : standing)
    if (one.first == 0) one.first = sum / count;
}

void rank(Few<Standing>& standing, const PartitionTable& partition, const Asked& asked,
          std::string_view key) {
  switch (partition.partition->order) {
    case RouteOrder::Cost:
      return;
    case RouteOrder::Quality:
      if (asked.query.quality) rank_by_quality(standing, partition, asked, key);
      return;
    case RouteOrder::Percent:
      for (auto& one : standing) {
        const bool shares = one.target->route->percent.value_or(0) > 0;
        one.first = shares ? 0 : 1;
        one.second = shares ? 0 : one.cost.nanos();
      }
      return;
    case RouteOrder::Priority:
      for (auto& one : standing)
        one.first = one.second = 0;
      return;
  }
}

void send_back(Few<Standing>& standing, const PartitionTable& partition, const Asked& asked,
               std::string_view key) {
  const auto& query = asked.query;
  const bool floors = query.quality && partition.quality.has_floor;
  if (!floors && !query.load) return;
  for (auto& one : standing) {
    const auto* quality = floors ? known(one, partition, asked, key) : nullptr;
    if (quality) one.last = partition.quality.below(*quality);
    const auto& provider = *one.target->provider;
    if (query.load && provider.channels && query.load->percent_used(provider.id) >= kNearlyFull)
      one.last = &kFull;
  }
}

}  // namespace

void order(Few<Standing>& standing, const PartitionTable& partition, const Asked& asked, Draw& draw) {
  if (standing.size() > 1) {
    const bool by_key = asked.query.quality != nullptr;
    const std::string key = by_key ? domain::quality_key(asked.query.dni) : std::string();
    rank(standing, partition, asked, key);
    send_back(standing, partition, asked, key);
  }
  // As they come from a row when all have one priority and no two have one cost.
  const auto disorder = std::adjacent_find(
      standing.begin(), standing.end(),
      [](const Standing& a, const Standing& b) { return equally_good(a, b) || !better(a, b); });
  if (disorder == standing.end()) return;
  std::sort(standing.begin(), standing.end(), better);
  const bool percent = partition.partition->order == RouteOrder::Percent;
  shuffle_runs(
      standing.begin(), standing.end(), equally_good,
      [percent](const Standing& one) {
        const auto& route = *one.target->route;
        return percent && one.first == 0 ? int{*route.percent} : route.weight;
      },
      draw);
  __builtin_prefetch(standing.front().line);
}

}  // namespace warp::routing
