// MessagePort: what the API asks of messaging. Implemented in `app`, which hands every call over to the
// thread of messaging.
//
// Any thread may call. Every `done` is called exactly once, on a thread of the implementation's choice and
// perhaps inside the call; also when messaging is not there or ends: a submission is refused as NotReady
// then, a cancellation is Unknown, and what counts or lists is empty. `done` must not block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "warp/domain/submission.h"

namespace warp::domain {

enum class CancelResult : std::uint8_t { Cancelled, TooLate, Unknown };

struct ConnectorStatistics {
  ConnectorId connector;
  bool up = false, paused = false, healthy = false;
  std::size_t queued = 0, on_wire = 0;
  std::uint64_t submitted = 0, failures = 0;
};

// What became of a route when a message was looked at.
enum class RouteStanding : std::uint8_t {
  Candidate,
  Unhealthy,  // a candidate after the healthy ones
  ConnectorDisabled,
  OtherSender,
  OtherKeyword,
  OtherTime,
  Hidden,  // by a longer prefix or by the customer's own routes
  OtherCarrier,
  LowQuality,     // a candidate after those that deliver
  OtherProtocol,  // the connector does not carry this kind of message
};
std::string_view to_string(RouteStanding standing);  // candidate, unhealthy, connector_disabled, …

struct RouteLine {
  MessageRouteId route;
  ConnectorId connector;
  RouteStanding standing = RouteStanding::Candidate;
  std::optional<Money> cost;            // per segment
  std::optional<std::uint8_t> quality;  // percent delivered lately
};

// What the interceptors make of a message.
struct RuleTrial {
  std::vector<MessageRuleId> acted;  // in their order
  bool refused = false;              // by the last of them
  std::string from, to, text;        // as they are then
  std::uint8_t priority = 0;
  std::optional<ConnectorId> via;
};

enum class ReplayResult : std::uint8_t { Replayed, NotDead, NotReady };

class MessagePort {
 public:
  virtual ~MessagePort() = default;

  virtual void submit(Submission submission, SubmitDone done) = 0;
  // Of this customer only, and while it is queued.
  virtual void cancel(CustomerId customer, MessageId id, std::function<void(CancelResult)> done) = 0;
  // Every route of a fitting prefix and what became of it; nothing is sent.
  virtual void explain(Submission submission, std::function<void(std::vector<RouteLine>)> done) = 0;
  // What the rules of that direction make of it; nothing is sent. nullopt: messaging is not there.
  virtual void try_rules([[maybe_unused]] Submission submission, [[maybe_unused]] Direction direction,
                         std::function<void(std::optional<RuleTrial>)> done) {
    done(std::nullopt);
  }

  // The connectors of this node.
  virtual void statistics(std::function<void(std::vector<ConnectorStatistics>)> done) = 0;
  virtual void pause(ConnectorId connector, std::function<void()> done) = 0;
  virtual void resume(ConnectorId connector, std::function<void()> done) = 0;
  // Owes a delivery again that was given up. NotReady: ask again.
  virtual void replay(std::int64_t, std::function<void(ReplayResult)> done) { done(ReplayResult::NotReady); }
  // Cancels what is queued; how many.
  virtual void purge(ConnectorId connector, std::function<void(std::size_t)> done) = 0;
};

}  // namespace warp::domain
