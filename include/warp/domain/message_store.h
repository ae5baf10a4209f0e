// MessageStore: where messages are durable. Implemented by `store` on Postgres (schema sms).
//
// Calls gather: what is asked within a few milliseconds goes to Postgres as one transaction. Order is kept
// for one message: a later change never overtakes an earlier one. Every `done` comes back on the Executor
// that the store was given, in the order of the calls of its kind; false means that nothing of it is durable
// (database away, time-out): the caller refuses what it has not acknowledged, and asks again for what must
// not be lost. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "warp/domain/message.h"

namespace warp::domain {

using Done = std::function<void(bool durable)>;

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

// A receipt that found no segment yet: it came before submit_sm_resp, or by another bind.
struct ParkedReceipt {
  ConnectorId connector;
  std::string upstream_id;
  std::string payload;  // what was parsed of it, JSON
  WallTime received_at{};
};

// Everything that was alive when the last process ended.
struct LiveMessages {
  std::vector<Message> messages;  // not final, of this node, oldest first
  std::vector<SentSegment> segments;
  std::vector<Delivery> deliveries;
  std::vector<ParkedReceipt> parked;
};

class MessageStore {
 public:
  virtual ~MessageStore() = default;

  // New messages; state Queued, or Sending when they go to the wire as soon as this is durable. An id that is
  // there already is ignored.
  virtual void insert(Message message, Done done) = 0;
  // The same for a message with a client_reference: when that reference of its customer is another message's,
  // nothing is inserted, and `earlier` is that other one. insert() answers false then.
  virtual void insert_once(Message message,
                           std::function<void(bool, std::optional<MessageId> earlier)> done) {
    insert(std::move(message), [done = std::move(done)](bool durable) { done(durable, std::nullopt); });
  }
  virtual void change(MessageChange change, Done done) = 0;
  // Changes and what follows from them in one transaction: the message's final state, its detail record
  // (records.mdrs, exactly one a message) and what is owed to the customer. Deliveries come back with their
  // ids. The message must have been inserted: its record is made of its row.
  virtual void finish(Message message, std::vector<Delivery> owed,
                      std::function<void(bool, std::vector<Delivery>)> done) = 0;
  virtual void owe(Delivery delivery, std::function<void(bool, Delivery)> done) = 0;
  virtual void taken(std::int64_t delivery, Done done) = 0;  // delivered: forgotten
  virtual void later(std::int64_t delivery, WallTime next_try, std::uint16_t tries, Done done) = 0;
  virtual void park(ParkedReceipt receipt, Done done) = 0;
  virtual void unpark(ConnectorId connector, std::string upstream_id, Done done) = 0;

  // At start, before anything else.
  virtual void load(std::function<void(bool, LiveMessages)> done) = 0;
};

}  // namespace warp::domain
