// Deliveries: receipts and inbound messages on their way to customers, by deliver_sm or webhook, kept until
// taken. At least once: a crash between the customer's answer and the store's forgets the answer.
//
// deliver_sm waits for a bind with room, in order; errors are tried again with backoff. Webhooks are tried
// for days, with backoff, then given up (counted, logged).
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "content.h"
#include "core.h"

namespace warp::messaging {

class Deliveries {
 public:
  explicit Deliveries(Core& core) : core_(core) {}

  void add(domain::Delivery delivery);  // with the store's id; due at its next_try
  void esme_ready(EsmeId esme);         // a receiving bind has room
  std::size_t size() const { return owed_.size(); }

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
    std::unique_ptr<Composed> composed;
    std::size_t next = 0, open = 0;  // parts given, and of those without an answer
    bool failed = false, not_sent = false, refused = false;
  };

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

  Core& core_;
  std::unordered_map<std::int64_t, std::unique_ptr<Owed>> owed_;
  std::unordered_map<EsmeId, std::deque<std::int64_t>> lanes_;
  std::deque<std::int64_t> webhooks_;
  std::size_t posting_ = 0;
  std::uint16_t reference_ = 0;
};

}  // namespace warp::messaging
