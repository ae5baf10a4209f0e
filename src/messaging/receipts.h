// Receipts: what upstreams say of parts that they took, matched by connector and normalised id, in whatever
// order it comes. One that finds no part is parked, durably, and matched when submit_sm_resp arrives.
//
// One final state a message: delivered when all parts are; otherwise the first failure decides, once the
// others are known or their time is up. A receipt is answered to the upstream when what it says is durable.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "core.h"
#include "finisher.h"

namespace warp::messaging {

struct ReceiptFacts {
  smpp::MessageState state = smpp::MessageState::Unknown;
  std::string error;
};
std::string to_json(const ReceiptFacts& facts);
std::optional<ReceiptFacts> facts_from_json(std::string_view json);

class Receipts {
 public:
  Receipts(Core& core, Finisher& finisher) : core_(core), finisher_(finisher) {}

  void on_receipt(ConnectorId connector, std::string upstream_id, ReceiptFacts facts, Answer answer);
  // The upstream took a part and named it.
  void taken(Live& live, std::size_t part);
  // All parts are taken: ends the message when their receipts decide it.
  void evaluate(Live& live);
  // The time of a message that was sent is up.
  void overdue(Live& live);
  // At start: known in the store already.
  void restore(domain::ParkedReceipt receipt);
  void sweep();  // forgets what was parked too long
  std::size_t parked() const { return parked_.size(); }

 private:
  struct Parked {
    ReceiptFacts facts;
    WallTime since;
  };
  // False: it says nothing new.
  bool apply(Live& live, PartStatus& part, const ReceiptFacts& facts);
  void park(SegmentKey key, ReceiptFacts facts, Answer answer);
  void store_parked(const SegmentKey& key, const ReceiptFacts& facts, Answer answer);

  Core& core_;
  Finisher& finisher_;
  std::unordered_map<SegmentKey, Parked, SegmentKeyHash> parked_;
  std::deque<SegmentKey> parked_order_;
};

}  // namespace warp::messaging
