// Which routes hold for a call, and what those that block and force make of it.
#pragma once

#include <span>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "asked.h"
#include "snapshot_impl.h"

namespace warp::routing {

template <class T>
using Few = boost::container::small_vector<T, 32>;

// Static text; empty: the route holds. `reason` says it in one word.
struct Objection {
  std::string_view note = {};
  domain::Reason reason = domain::Reason::NoRoute;
  explicit operator bool() const { return !note.empty(); }
};

// By the route's own conditions: customer, caller, jurisdiction, schedule.
Objection objection(const Snapshot::Impl& snapshot, const RouteTarget& target, const Asked& asked);
// By the lists of the route's provider.
Objection provider_objection(const RouteTarget& target, const Asked& asked);

struct RuleVerdict {
  const domain::Route* blocks = nullptr;  // nothing goes there
  Few<const domain::Provider*> blocked;   // nothing goes there by these
  std::span<const RouteTarget> forced;    // the group of the longest prefix in which a route is forced

  bool is_blocked(const domain::Provider* provider) const;
};
void look_at_rules(const Snapshot::Impl& snapshot, const PartitionTable& partition, const Asked& asked,
                   RuleVerdict& verdict);

// The first list of an owner that stands against the call; `reason` says which end it is about.
const CompiledList* refusing(const Lists* lists, const Asked& asked, domain::Reason& reason);

}  // namespace warp::routing
