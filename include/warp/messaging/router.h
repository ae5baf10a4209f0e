// The router: which connectors may carry a message, best first, and why. A pure function.
//
// A route stands when it is enabled, its connector carries this kind of message, and its customer, sender,
// keyword and time of day fit. A customer's own
// routes hide everybody's; of those, the longest prefix hides the shorter. What is left is ordered by
// priority, then by cost (unknown last), then by a draw by weight; where a route of a priority is by quality,
// what is delivered goes before cost there, in steps of five percent. Routes whose connector delivers less
// than they ask for come after the others. Connectors that cannot send now come after those that can, in the
// same order: with none healthy a message waits for the best.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/message_port.h"
#include "warp/messaging/directory.h"

namespace warp::messaging {

struct RouteQuery {
  CustomerId customer;
  std::string_view sender, destination, text;
  WallTime now{};
  std::uint64_t draw = 0;  // random bits, for shares by weight
  domain::MessageKind kind = domain::MessageKind::Sms;
};

using Standing = domain::RouteStanding;
using domain::RouteLine;

struct Candidates {
  std::vector<ConnectorId> connectors;  // each once
  bool none() const { return connectors.empty(); }
};

using Healthy = std::function<bool(ConnectorId connector)>;
// Percent delivered of what it took for such a number; nullopt: not measured, as good as any.
using Measured = std::function<std::optional<std::uint8_t>(ConnectorId connector)>;

// `explanation`: when given, every route of a fitting prefix with what became of it.
Candidates find_candidates(const Directory& directory, const RouteQuery& query, const Healthy& healthy,
                           std::vector<RouteLine>* explanation = nullptr, const Measured& measured = {});

// The first word, for keyword rules.
std::string_view first_word(std::string_view text);

}  // namespace warp::messaging
