// Dispatcher: from the queue to the upstream. Routes, commits Sending before the first octet leaves, gives
// the parts to the binds as window and pace allow, and decides what each answer means.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "warp/messaging/router.h"

#include "core.h"
#include "finisher.h"
#include "gate.h"
#include "lane.h"
#include "part_ways.h"
#include "receipts.h"

namespace warp::messaging {

Heard classify(const WireOutcome& outcome);

class Dispatcher {
 public:
  Dispatcher(Core& core, Receipts& receipts, Finisher& finisher)
      : core_(core), receipts_(receipts), finisher_(finisher) {}

  // `via`: goes first when it can send now, whatever the routes say.
  Candidates route(const domain::Message& message, std::vector<RouteLine>* explanation = nullptr,
                   std::optional<ConnectorId> via = std::nullopt);
  // Before it is durable: a message that no RCS connector takes is an SMS at once. False: it may not be.
  bool fall_back(domain::Message& message);
  // May a new message for `connector` be inserted as Sending at once? Then it must be, and is counted.
  bool reserve_direct(Live& live, ConnectorId connector);
  void admitted(Live& live);   // durable: as Queued, or as Sending
  void abandoned(Live& live);  // not durable: leaves memory

  void pump(ConnectorId connector);
  // Sends nothing more until resumed; what is with the upstream goes on.
  void pause(ConnectorId connector, bool paused);
  std::size_t purge(ConnectorId connector);
  bool cancel(Live& live);   // false: too late
  void expired(Live& live);  // its deadline came
  void sweep();              // every second: re-routing
  void stop();

  // At start.
  void restore(Live& live);
  // A change of a message that waits: out of its queue and back.
  bool waiting(const Live& live) const { return live.phase == Phase::Waiting; }
  void hold(Live& live);      // what waits leaves its queue
  void replaced(Live& live);  // and comes back by routing anew

  Lane& lane(ConnectorId connector);
  bool healthy(ConnectorId connector);
  const std::unordered_map<ConnectorId, std::unique_ptr<Lane>>& lanes() const { return lanes_; }

 private:
  const domain::Connector* settings_of(const Lane& lane) const {
    return core_.directory->connector(lane.id());
  }
  std::uint32_t rate_of(const Lane& lane) const;
  std::size_t allowance(Lane& lane);
  void refresh(Lane& lane);
  Candidates route(const Live& live) { return route(live.message, nullptr, live.via); }
  // Put off, or ended. It must be out of the queue.
  void hold_back(Live& live, const Hold& hold);
  void enqueue(Live& live, ConnectorId connector);
  void place(Live& live);  // by routing anew
  void commit(Lane& lane, Live& live);
  void clear(Lane& lane, Live& live);
  void recall(Lane& lane);
  bool send_part(Lane& lane, Live& live);
  bool encode(const domain::Connector& connector, Live& live);
  void leave_cleared(Lane& lane, Live& live);
  void release(Lane& lane, Live& live);
  void on_answer(MessageId id, std::size_t part, std::uint32_t epoch, ConnectorId connector,
                 const WireOutcome& outcome);
  void take_answer(Lane& lane, Live& live, std::size_t part, Heard heard, const WireOutcome& outcome);
  void settle(Lane& lane, Live& live);
  void sent(Live& live);
  void requeue(Live& live, ConnectorId connector);
  void next_candidate(Live& live, bool for_good);
  void later(Live& live, ConnectorId connector);
  void unreachable(Live& live);
  domain::Reason refusal_of(const Lane& lane, const Live& live) const;
  void note_attempt(domain::Message& message, std::uint32_t status, domain::Reason reason);
  std::optional<domain::PricedMessage> cost_of(const domain::Message& message) const;
  void arm(Lane& lane);
  void reroute(Lane& lane);

  Core& core_;
  Receipts& receipts_;
  Finisher& finisher_;
  std::unordered_map<ConnectorId, std::unique_ptr<Lane>> lanes_;
  PartWays part_ways_;
  std::uint16_t reference_ = 0;
};

}  // namespace warp::messaging
