// The calls of the message store while they wait, and what becomes of them.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <unordered_set>
#include <variant>
#include <vector>

#include "warp/domain/message_store.h"

namespace warp::store {

struct InsertCall {
  domain::Message message;
  domain::InsertDone done;
  domain::Insertion outcome;  // but for `durable`, which is the call's
};
struct ChangeCall {
  domain::MessageChange change;
  domain::Done done;
};
struct ReplaceCall {
  domain::Message message;
  domain::Done done;
};
struct FinishCall {
  domain::Message message;
  std::vector<domain::Delivery> owed;
  std::function<void(bool, std::vector<domain::Delivery>)> done;
};
struct OweCall {
  domain::Delivery delivery;
  std::function<void(bool, domain::Delivery)> done;
};
struct TakenCall {
  std::int64_t delivery;
  domain::Done done;
};
struct BuryCall {
  std::int64_t delivery;
  domain::Done done;
};
struct LaterCall {
  std::int64_t delivery;
  WallTime next_try;
  std::uint16_t tries;
  domain::Done done;
};
struct ParkCall {
  domain::ParkedReceipt receipt;
  domain::Done done;
};
struct UnparkCall {
  ConnectorId connector;
  std::string upstream_id;
  domain::Done done;
};

struct MessageCall {
  std::variant<InsertCall, ChangeCall, ReplaceCall, FinishCall, OweCall, TakenCall, BuryCall, LaterCall,
               ParkCall, UnparkCall>
      what;
  std::chrono::steady_clock::time_point arrived;
  std::size_t octets = 0;
  bool durable = false;
};

std::size_t octets_of(const MessageCall& call);
// The message that the call changes; nullptr: none.
const MessageId* message_of(const MessageCall& call);
void answer(MessageCall& call);

// Says how many calls from the front may be one transaction: its statements run by kind and not by call, so
// that two calls whose order shows must not meet in it.
class Compatible {
 public:
  bool add(const MessageCall& call);  // false: not with those before it

 private:
  std::unordered_set<MessageId> finished_, replaced_;
  std::set<std::pair<ConnectorId, std::string>> unparked_;
};

}  // namespace warp::store
