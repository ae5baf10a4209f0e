// Inbound: what upstreams deliver. Receipts go to Receipts; messages, whole or once their parts are, to the
// customer that has the number. A part is answered when it is durable: it is kept in the store's park under a
// name of its own until its message is complete.
#pragma once

#include <string>

#include "warp/smpp/pdu/reassembler.h"

#include "core.h"
#include "finisher.h"
#include "intake.h"
#include "keywords.h"
#include "receipts.h"

namespace warp::messaging {

class Inbound {
 public:
  Inbound(Core& core, Receipts& receipts, Finisher& finisher, Intake& intake);

  void on_deliver(ConnectorId connector, const IncomingPart& part, Answer answer);
  // At start. True when `parked` is a part of ours and no receipt.
  bool restore_part(const domain::ParkedReceipt& parked);
  // At start: an inbound message that was durable but not yet handed on.
  void restore(domain::Message message);
  // The customer that has the number it came for; false: nobody.
  bool find_owner(domain::Message& message) const;
  // Keywords, the record and what is owed to its owner; `done` when that is durable.
  void hand_on(domain::Message message, std::function<void()> done);
  void sweep();

 private:
  struct Whole {
    ConnectorId connector;
    domain::MessageAddress from, to;
    std::string octets;
    std::uint8_t data_coding = 0, protocol_id = 0;
    smpp::GsmShift shift;
    std::uint16_t segments = 1;
    std::string udh;
  };
  bool take_receipt(const domain::Connector& connector, const IncomingPart& part, Answer& answer);
  void take_part(ConnectorId connector, const IncomingPart& in, const smpp::Part& part, std::string octets,
                 Answer answer);
  void complete(ConnectorId connector, const smpp::Reassembler::Set& set, Answer answer);
  void take_whole(Whole whole, std::function<void()> done);
  domain::Delivery delivery_for(const domain::Message& message, Keyword keyword) const;
  // What the rules make of it: its addresses, text, and whether it is refused.
  void intercept(domain::Message& message);
  Keyword keyword_in(const domain::Message& message) const;
  void apply_keyword(const domain::Message& message, Keyword keyword);
  void opt(const domain::Message& message, bool out);
  void keep_opt_out(const domain::OptOut& entry, bool out);
  void reply(const domain::Message& message, const std::string& text);
  smpp::Alphabet alphabet_of(ConnectorId connector) const;

  Core& core_;
  Receipts& receipts_;
  Finisher& finisher_;
  Intake& intake_;
  smpp::Reassembler reassembler_;
  std::unordered_map<std::uint64_t, ConnectorId> connectors_;  // by the reassembler's key
};

}  // namespace warp::messaging
