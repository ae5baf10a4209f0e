// Simulation: past calls decided and priced by two snapshots, and what would have been different. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "warp/routing/query.h"

namespace warp::routing {

struct SimulatedCall {
  TrunkId trunk;
  std::string_view ani, dni;
  const domain::CallNumbers* numbers = nullptr;
  WallTime when{};
  std::chrono::microseconds duration{0};
  bool answered = false;
  std::uint64_t random = 0;  // the same for both
};

// Amounts of one currency, before and after the change.
struct SimulatedMoney {
  Money before, after;
};

class Simulation {
 public:
  struct Group {
    std::uint64_t calls = 0, moved = 0, refused = 0, admitted = 0;  // refused, admitted: only afterwards
    std::map<std::string, SimulatedMoney> price, cost;              // by currency
  };
  // Of the customer who pays, of the provider that comes first (before), of the first digits of the number.
  using Groups = std::map<std::string, Group>;

  Simulation(const Snapshot& before, const Snapshot& after) : before_(before), after_(after) {}
  void add(const SimulatedCall& call);

  const Group& total() const { return total_; }
  const Groups& customers() const { return customers_; }
  const Groups& providers() const { return providers_; }
  const Groups& prefixes() const { return prefixes_; }
  // Amounts that overflowed, and are not among the sums.
  std::uint64_t overflowed() const { return overflowed_; }

 private:
  struct Outcome {
    bool stands = false;
    ProviderId provider;
    std::string customer;
    std::optional<domain::PricedSide> price, cost;
  };
  static Outcome decide(const Snapshot& snapshot, const SimulatedCall& call);
  void note(Group& group, const Outcome& before, const Outcome& after);
  void sum(std::map<std::string, SimulatedMoney>& sums, const std::optional<domain::PricedSide>& side,
           bool afterwards);

  const Snapshot& before_;
  const Snapshot& after_;
  Group total_;
  Groups customers_, providers_, prefixes_;
  std::uint64_t overflowed_ = 0;
};

// What is changed for a simulation; empty: nothing is. False: it refers to what is not there.
struct SimulatedChange {
  std::optional<RatePlanId> plan;  // gets these lines, and these margins
  std::shared_ptr<const std::vector<domain::Rate>> rates;
  std::optional<PartitionId> partition;  // gets these margins
  std::optional<Money> minimum_margin;
  std::optional<std::int64_t> minimum_margin_e9;
  std::optional<RouteId> route;
  std::optional<bool> enabled;
  std::optional<int> priority, weight;
};
bool apply(const SimulatedChange& change, domain::Catalogue& catalogue);

}  // namespace warp::routing
