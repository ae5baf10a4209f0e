// Judge: parts the routes of a call into those that stand, with their cost, and those that do not.
#pragma once

#include "rules.h"

namespace warp::routing {

// A route that a call may take, and its cost. Plain, so that room for many costs nothing.
struct Standing {
  const RouteTarget* target;
  const rating::RateLine* line;
  Money cost;                    // a minute, in the currency of the price
  std::int64_t first, second;    // how it is ordered within its priority: less is better
  const std::string_view* last;  // why it is among the last; null: it is not
};

// A cost that was found in a route's deck. The line need not be in the cache yet.
struct Found {
  const rating::RateLine* line;
  Money cost;  // in the deck's currency
};

class Judge {
 public:
  struct Terms {
    const rating::Deck* deck;  // the customer's
    Money per_minute;          // what it pays
    bool forced = false;       // whatever it costs
  };
  Judge(const Snapshot::Impl& snapshot, const Asked& asked, const domain::Partition& partition,
        const RuleVerdict& rules, const Terms& terms, Decision& decision);

  void reserve(std::size_t count) { standing_.reserve(count); }
  void put(const RouteTarget& target, const Found& found) {
    if (easy_ && target.plain && !target.lists && target.has_endpoint && found.line && found.cost <= most_ &&
        same(target.currency)) [[likely]]
      add(target, found.line, found.cost);
    else
      weigh(target, found);
  }
  // One that does not hold for this call.
  void pass_over(const RouteTarget& target, const Objection& why);

  Few<Standing>& standing() { return standing_; }
  auto& rejections() { return decision_.rejections; }

 private:
  // The operator of the struct is a call of memcmp.
  bool same(const Currency& other) const {
    return other.code[0] == currency_.code[0] && other.code[1] == currency_.code[1] &&
           other.code[2] == currency_.code[2];
  }
  // Field by field: a struct built aside and copied as a whole would wait for its own stores.
  void add(const RouteTarget& target, const rating::RateLine* line, Money cost) {
    auto& one = standing_.emplace_back();
    one.target = &target;
    one.line = line;
    one.cost = cost;
    one.first = cost.nanos();
    one.second = 0;
    one.last = nullptr;
  }
  void weigh(const RouteTarget& target, const Found& found);
  void reject(const RouteTarget& target, const Found& found, domain::Reason reason, std::string_view note);
  std::string_view unrated(const RouteTarget& target) const;

  const Snapshot::Impl& snapshot_;
  const Asked& asked_;
  const RuleVerdict& rules_;
  Currency currency_;
  Money most_;
  bool forced_;
  bool easy_;  // no provider is blocked
  Decision& decision_;
  Few<Standing> standing_;
};

// The most that a route may cost a minute of a call that brings `per_minute`.
Money most_cost(const domain::RatePlan& plan, const domain::Partition& partition, Money per_minute);

}  // namespace warp::routing
