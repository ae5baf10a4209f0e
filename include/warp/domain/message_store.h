// MessageStore: where messages are durable. Implemented by `store` on Postgres (schema sms).
//
// Calls gather: what is asked within a few milliseconds goes to Postgres as one transaction. Order is kept
// for one message: a later change never overtakes an earlier one. Every `done` comes back on the Executor
// that the store was given, in the order of the calls of its kind; false means that nothing of it is durable
// (database away, time-out): the caller refuses what it has not acknowledged, and asks again for what must
// not be lost. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "warp/domain/message.h"

namespace warp::domain {

using Done = std::function<void(bool durable)>;

// What became of an insertion. Not durable and neither of the others: the database would not have it.
struct Insertion {
  bool durable = false;
  std::optional<MessageId> earlier = {};  // its client_reference is that other message's
  bool unpaid = false;                    // its price is more than its customer has
};
using InsertDone = std::function<void(const Insertion& outcome)>;

// A message that goes on as one of another kind: an RCS that became an SMS.
struct Recast {
  MessageKind kind = MessageKind::Sms;
  std::string text, encoding;
  std::uint16_t segments = 1;
};

// A change of one message after its acceptance. What is not set stays.
struct MessageChange {
  MessageId id;
  WallTime accepted_at{};  // finds the row's partition
  MessageState state = MessageState::Queued;
  Reason reason = Reason::NormalClearing;
  std::optional<ConnectorId> connector;
  std::optional<WallTime> not_before, sent_at, final_at;
  std::optional<std::string> network_error;
  std::optional<MessageAttempt> attempt;  // appended
  std::optional<PricedMessage> cost;
  std::vector<SentSegment> sent;         // segments now in the upstream's hands
  std::shared_ptr<const Recast> recast;  // shared: changes are copied
};

// What is owed to a customer: a receipt, an inbound message, a status callback. Kept until taken.
enum class DeliveryKind : std::uint8_t { Receipt, Inbound };
struct Delivery {
  std::int64_t id = 0;  // given by the store
  MessageId message;
  CustomerId customer;
  std::optional<EsmeId> esme;  // deliver_sm to any of its receiving binds; else by webhook
  std::string url;
  DeliveryKind kind = DeliveryKind::Receipt;
  std::string payload;  // JSON: all that the deliver_sm or the webhook is made of
  WallTime created_at{}, next_try{};
  std::uint16_t tries = 0;
};

// Whose deliveries: those of an ESME's binds, or the webhooks of a customer.
struct OwedTo {
  CustomerId customer;
  std::optional<EsmeId> esme;
  friend bool operator==(const OwedTo&, const OwedTo&) = default;
};

// A receipt that found no segment yet: it came before submit_sm_resp, or by another bind.
struct ParkedReceipt {
  ConnectorId connector;
  std::string upstream_id;
  std::string payload;  // what was parsed of it, JSON
  WallTime received_at{};
};

struct CampaignUsage {
  CampaignId campaign;
  std::string digits;
  std::uint64_t segments = 0;
};

// Everything that was alive when the last process ended.
struct LiveMessages {
  std::deque<Message> messages;  // not final, of this node, oldest first; each frees its place when taken
  std::vector<SentSegment> segments;
  std::vector<Delivery> deliveries;   // the oldest, by id, as many as fit
  std::uint64_t more_deliveries = 0;  // that stay in the store, with ids above the last of these
  std::vector<ParkedReceipt> parked;
};

class MessageStore {
 public:
  virtual ~MessageStore() = default;

  // New messages; state Queued, or Sending when they go to the wire as soon as this is durable. An id that is
  // there already is ignored. Its price is held with it, in one step: a message whose customer has less
  // (balance - held + credit limit; POSTPAID without a limit: never) is not inserted. The same for one with a
  // client_reference that is another message's. False for all three, see insert_once().
  virtual void insert(Message message, Done done) = 0;
  // The same, and says why not.
  virtual void insert_once(Message message, InsertDone done) {
    insert(std::move(message), [done = std::move(done)](bool durable) { done({durable}); });
  }
  virtual void change(MessageChange change, Done done) = 0;
  // What replace_sm changes of a message that waits: content, count, price, schedule, validity, receipts; it
  // is Queued then.
  virtual void replace(Message, Done done) { done(false); }
  // A message of this customer, in whatever state; nullopt: there is none.
  virtual void find(CustomerId, MessageId, std::function<void(bool, std::optional<Message>)> done) {
    done(false, std::nullopt);
  }
  // Changes and what follows from them in one transaction: the message's final state, its detail record
  // (records.mdrs, exactly one a message), the hold of its price given back, `charged` taken from the balance
  // with an entry in the ledger, and what is owed to the customer. Deliveries come back with their ids. The
  // message must have been inserted: its record is made of its row. One that has ended stays as it is: asked
  // again, nothing is settled again.
  virtual void finish(Message message, std::vector<Delivery> owed,
                      std::function<void(bool, std::vector<Delivery>)> done) = 0;
  virtual void owe(Delivery delivery, std::function<void(bool, Delivery)> done) = 0;
  virtual void taken(std::int64_t delivery, Done done) = 0;  // delivered: forgotten
  virtual void later(std::int64_t delivery, WallTime next_try, std::uint16_t tries, Done done) = 0;
  // Not tried any more, kept until revived.
  virtual void bury(std::int64_t delivery, Done done) { taken(delivery, std::move(done)); }
  // A buried one is owed again, by this node, due at once, with its patience anew. nullopt: none is buried.
  virtual void revive(std::int64_t, std::function<void(bool, std::optional<Delivery>)> done) {
    done(false, std::nullopt);
  }
  // What is owed and due at `due`, ids above `after`, by id. `later`: more of it is due after `due`.
  virtual void owed(OwedTo, std::int64_t /*after*/, WallTime /*due*/, std::uint32_t /*most*/,
                    std::function<void(bool, std::vector<Delivery>, bool later)> done) {
    done(false, {}, false);
  }
  virtual void park(ParkedReceipt receipt, Done done) = 0;
  virtual void unpark(ConnectorId connector, std::string upstream_id, Done done) = 0;

  // What campaigns have sent since an instant, by the leading digits of recipients: as many as tell carriers
  // apart. At start, so that the limits of a day outlive the process.
  virtual void campaign_usage([[maybe_unused]] WallTime since,
                              std::function<void(bool, std::vector<CampaignUsage>)> done) {
    done(true, {});
  }

  // At start, before anything else.
  virtual void load(std::function<void(bool, LiveMessages)> done) = 0;
};

}  // namespace warp::domain
