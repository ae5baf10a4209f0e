// The router: which connectors may carry a message, best first, and why. A pure function.
//
// A route stands when it is enabled and its customer, sender, keyword and time of day fit. A customer's own
// routes hide everybody's; of those, the longest prefix hides the shorter. What is left is ordered by
// priority, then by cost (unknown last), then by a draw by weight. Connectors that cannot send now come after
// those that can, in the same order: with none healthy a message waits for the best.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/messaging/directory.h"

namespace warp::messaging {

struct RouteQuery {
  CustomerId customer;
  std::string_view sender, destination, text;
  WallTime now{};
  std::uint64_t draw = 0;  // random bits, for shares by weight
};

enum class Standing : std::uint8_t {
  Candidate,
  Unhealthy,  // a candidate after the healthy ones
  ConnectorDisabled,
  OtherSender,
  OtherKeyword,
  OtherTime,
  Hidden,  // by a longer prefix or by the customer's own routes
};
std::string_view to_string(Standing standing);

struct RouteLine {
  MessageRouteId route;
  ConnectorId connector;
  Standing standing = Standing::Candidate;
  std::optional<Money> cost;  // per segment
};

struct Candidates {
  std::vector<ConnectorId> connectors;  // each once
  bool none() const { return connectors.empty(); }
};

using Healthy = std::function<bool(ConnectorId connector)>;

// `explanation`: when given, every route of a fitting prefix with what became of it.
Candidates find_candidates(const Directory& directory, const RouteQuery& query, const Healthy& healthy,
                           std::vector<RouteLine>* explanation = nullptr);

// The first word, for keyword rules.
std::string_view first_word(std::string_view text);

}  // namespace warp::messaging
