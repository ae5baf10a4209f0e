// Deliveries: receipts and inbound messages on their way to customers, by deliver_sm or webhook, kept until
// taken. At least once: a crash between the customer's answer and the store's forgets the answer.
//
// deliver_sm waits for a bind with room, in order; errors are tried again with backoff, as webhooks are. What
// nobody took for `delivery_give_up` is dead: counted, logged, kept in the store until it is replayed.
//
// Everything owed is in the store. Of one receiver (an ESME, or a customer's webhooks) so many are in memory
// as `owed_in_memory` says; the rest is paged in, in order, as they are taken.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "content.h"
#include "core.h"

namespace warp::messaging {

class Deliveries {
 public:
  explicit Deliveries(Core& core) : core_(core) {}

  // At start: what was loaded, and how many stayed in the store, with ids above.
  void restore(std::vector<domain::Delivery> loaded, std::uint64_t more);
  // With the store's id; due at its next_try. `content`: what its payload says, where it is at hand.
  void add(domain::Delivery delivery, std::optional<Content> content = std::nullopt);
  void esme_ready(EsmeId esme);  // a receiving bind has room
  void sweep();                  // gives up what waits too long for a bind
  // False: it is not dead, or (not `known`) the store does not say.
  void replay(std::int64_t id, std::function<void(bool known, bool replayed)> done);
  std::size_t size() const { return owed_.size() + spilled_; }

 private:
  // A deliver_sm, or several, ready for the wire.
  struct Composed {
    domain::MessageAddress source, destination;
    std::vector<smpp::Segment> segments;
    std::uint8_t esm_class = 0, data_coding = 0;
    std::string tlvs;
  };
  struct Owed {
    domain::Delivery delivery;
    std::optional<Content> content;  // until it is composed
    std::unique_ptr<Composed> composed;
    std::size_t next = 0, open = 0;  // parts given, and of those without an answer
    bool failed = false, not_sent = false, refused = false;
    bool waiting = false;  // for its next_try
  };
  // What is owed to one receiver.
  struct Lane {
    domain::OwedTo to;
    std::deque<std::int64_t> due;         // of an ESME, in order
    std::size_t held = 0;                 // in memory
    std::optional<std::int64_t> horizon;  // what has a higher id may be in the store alone
    std::int64_t newest = 0;              // that was left there since a page was asked for
    bool paging = false, looking_again = false;
  };

  Lane& lane_of(const domain::OwedTo& to);
  Lane& lane_of(const domain::Delivery& delivery) { return lane_of({delivery.customer, delivery.esme}); }
  bool hold(domain::Delivery delivery,
            std::optional<Content> content = std::nullopt);  // false: known already
  void spill(Lane& lane, std::int64_t id);
  void fill(Lane& lane);
  void paged(Lane& lane, bool known, std::vector<domain::Delivery> page, std::size_t asked, bool later);
  void look_again(Lane& lane);
  void evict(std::int64_t id);
  void wait(Owed& owed, std::chrono::milliseconds delay);
  bool too_old(const domain::Delivery& delivery) const;
  void bury(std::int64_t id);
  void keep_dead(std::int64_t id);
  void count();

  void enqueue(Owed& owed);
  void pump(EsmeId esme);
  bool give(EsmeId esme, Owed& owed);  // one part; false: no room
  void on_part(std::int64_t id, const WireOutcome& outcome);
  bool compose(const domain::Esme& esme, Owed& owed);
  void compose_receipt(const domain::Esme& esme, const Content& content, Composed& out);
  void compose_inbound(const domain::Esme& esme, const Content& content, Composed& out);
  void pump_webhooks();
  void on_webhook(std::int64_t id, int status);
  void taken(std::int64_t id);
  void forget(std::int64_t id);
  void again(Owed& owed, bool counts);
  Owed* find(std::int64_t id);
  void drop(std::int64_t id);
  void leave(std::int64_t id);  // drop(), and not to be loaded again while the store has it
  void forget_left();

  Core& core_;
  std::unordered_map<std::int64_t, std::unique_ptr<Owed>> owed_;
  std::unordered_map<Uuid, Lane> lanes_;      // by the ESME's id or the customer's
  std::optional<std::int64_t> loaded_;        // up to it, when more stayed in the store
  std::unordered_set<std::int64_t> leaving_;  // taken or dead, and perhaps in a page that was asked for
  std::deque<std::pair<Monotonic, std::int64_t>> left_;
  std::size_t spilled_ = 0;  // in the store alone
  std::deque<std::int64_t> webhooks_;
  std::size_t posting_ = 0;
  std::uint16_t reference_ = 0;
};

}  // namespace warp::messaging
