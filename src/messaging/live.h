// Live: one message that is not final, in memory, and the intrusive places where it can stand: one queue, one
// deadline and one index. Leaving any of them is O(1) and happens by itself when the message dies.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>

#include "warp/domain/message_store.h"
#include "warp/smpp/pdu/receipt.h"
#include "warp/smpp/pdu/segments.h"

namespace warp::messaging {

namespace bi = boost::intrusive;
using QueueHook = bi::list_base_hook<bi::tag<struct QueueTag>, bi::link_mode<bi::auto_unlink>>;
using DeadlineHook = bi::list_base_hook<bi::tag<struct DeadlineTag>, bi::link_mode<bi::auto_unlink>>;

using AddressHook = bi::unordered_set_base_hook<bi::tag<struct AddressTag>, bi::link_mode<bi::auto_unlink>,
                                                bi::store_hash<true>>;

enum class Phase : std::uint8_t {
  Accepting,   // not durable yet
  Waiting,     // in a lane's queue or its schedule
  Replacing,   // out of its queue while new content is being made durable
  Committing,  // Sending is being made durable
  Cleared,     // durable as Sending; waits for the window
  OnWire,      // some part is with the upstream, unanswered or still to go
  Sent,        // all parts taken; receipts are due
  Finishing    // its end is being made durable
};

enum class PartState : std::uint8_t { Pending, OnWire, Taken, Delivered, Failed };
struct PartStatus {
  PartState state = PartState::Pending;
  smpp::MessageState receipt = smpp::MessageState::Enroute;
  bool parked = false;      // its receipt is durable by itself, until the message ends
  std::string upstream_id;  // normalised, once taken
};

// What goes on the wire, made when the message's turn comes.
struct Encoded {
  std::vector<smpp::Segment> segments;
  std::uint8_t data_coding = 0;
  std::size_t next = 0;  // parts before it were given at least once
};

struct Live : QueueHook, DeadlineHook, AddressHook {
  domain::Message message;
  std::vector<PartStatus> parts;
  std::unique_ptr<Encoded> encoded;
  std::vector<ConnectorId> tried;  // in this round
  std::optional<ConnectorId> via;  // a rule's wish: first, when it can be had
  std::uint64_t order = 0;         // of acceptance, within a priority
  std::uint32_t epoch = 0;         // grows with every hand-over: answers to an earlier one are stale
  std::uint16_t on_wire = 0;       // parts without an answer
  std::uint16_t rounds = 0;        // all candidates were tried so often
  bool reserved = false;           // counted in the lane's `reserved`
  Phase phase = Phase::Accepting;
  bool cancelled = false;  // as soon as it can be
  // The worst of this hand-over's answers.
  std::uint32_t worst_status = 0;
  bool ambiguous = false, not_sent = false;
  // Only the connector that may have it already knows a repeat of it.
  bool stays = false;
  std::shared_ptr<const domain::Recast> recast;  // shared with the store's changes; null: it is what it was

  bool queued = false;  // in its lane's queue or schedule
};

using QueueList = bi::list<Live, bi::base_hook<QueueHook>, bi::constant_time_size<false>>;
using DeadlineList = bi::list<Live, bi::base_hook<DeadlineHook>, bi::constant_time_size<false>>;

// Messages by due time, in buckets of `Grain`: O(log buckets) to add, O(1) to leave.
template <class List>
class Buckets {
 public:
  explicit Buckets(std::chrono::microseconds grain) : grain_(grain) {}
  void add(Live& live, WallTime due) {
    // Rounded up: nothing comes before its time.
    const auto slot = (due.time_since_epoch() + grain_ - std::chrono::microseconds(1)) / grain_;
    buckets_[slot].push_back(live);
  }
  // Takes the first bucket that is due into `out`; false when none is.
  bool take_due(WallTime now, List& out) {
    while (!buckets_.empty() && buckets_.begin()->first * grain_ <= now.time_since_epoch()) {
      out.splice(out.end(), buckets_.begin()->second);
      buckets_.erase(buckets_.begin());
      if (!out.empty()) return true;
    }
    return false;
  }
  std::optional<WallTime> next() {
    while (!buckets_.empty() && buckets_.begin()->second.empty())
      buckets_.erase(buckets_.begin());
    if (buckets_.empty()) return std::nullopt;
    return WallTime(buckets_.begin()->first * grain_);
  }
  template <class F>
  void for_each_list(F f) {
    for (auto& [slot, list] : buckets_)
      f(list);
  }

 private:
  std::chrono::microseconds grain_;
  std::map<std::int64_t, List> buckets_;
};

}  // namespace warp::messaging
