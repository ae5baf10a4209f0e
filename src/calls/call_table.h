// CallTable: finds the call that a tag, a transaction or a number means. One per shard.
//
// A call that was removed stays in memory until sweep(), so code that ended it may still look at it; no
// tag, transaction or number leads to it any more.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "call.h"

namespace warp::calls {

struct LegRef {
  Call* call = nullptr;  // null: a dialog that we have said BYE to
  Side side = Side::Caller;
};

// What a transaction is for.
enum class Purpose : std::uint8_t {
  CallerInvite,     // server: the INVITE that made the call
  FarInvite,        // client: the attempt, later the answered leg
  AbandonedInvite,  // client: cancelled or left; a 2xx that comes still gets ACK and BYE
  AskedReinvite,    // server: a re-INVITE that waits for the other side
  Reinvite,         // client: the same, carried through
  Update,           // client: an offer carried through by UPDATE (or by re-INVITE in its place)
  Relayed,          // client: another request carried through
  Refresh,          // client: an UPDATE or re-INVITE of our own that keeps the session alive
  Join,             // client: the re-INVITE that joins a referred party to its new one
  Merge,            // client: a re-INVITE of ours that brings parties of answered calls together
  AskedReplacing,   // server: an INVITE with Replaces that waits for the side that stays
  Fax,              // client: a re-INVITE of our own that brings a fax to a side
  Probe,            // client: an OPTIONS that asks a far end whether it is still in the call
  Prack,            // client: our PRACK, when it may be challenged; `tag` names the attempt's leg
  Recorder,         // client: an INVITE towards a recorder; `tag` names its dialog
  Bye,              // client: our BYE; keeps `tag` known until it is answered
};

struct Transaction {
  Purpose purpose;
  Call* call = nullptr;
  Side side = Side::Callee;  // of the leg it runs on
  Tag tag = 0;
  domain::Reason reason = domain::Reason::NormalClearing;  // why it was abandoned
};

class CallTable {
 public:
  explicit CallTable(std::size_t expected);

  Call& add(std::unique_ptr<Call> call);
  void remove(Call& call);
  // Out of the table, for another one.
  std::unique_ptr<Call> take(Call& call);
  void sweep() { removed_.clear(); }

  Call* find(std::uint64_t serial) const;
  std::size_t size() const { return calls_.size(); }
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [serial, call] : calls_)
      visit(*call);
  }
  // Numbers of all calls: to visit while ending them.
  std::vector<std::uint64_t> serials() const;

  void bind(Tag tag, const LegRef& leg) { tags_[tag] = leg; }
  void unbind(Tag tag) { tags_.erase(tag); }
  const LegRef* find_tag(std::string_view text) const;

  // Calls that are being set up on a way, whatever its number stands for.
  WayMark mark_way(std::uint64_t way) { return {ways_, way}; }
  unsigned on_way(std::uint64_t way) const {
    const auto found = ways_.find(way);
    return found == ways_.end() ? 0 : found->second;
  }

  void expect(sip::TransactionId id, const Transaction& transaction);
  void forget(sip::TransactionId id) { transactions_.erase(id); }
  // Null also when its call was removed meanwhile.
  const Transaction* find_transaction(sip::TransactionId id);

 private:
  // The call by its number besides: it may go before what was asked for it is answered.
  struct Expected {
    Transaction transaction;
    std::uint64_t serial = 0;
  };
  Ways ways_;  // the calls' marks go before it
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> calls_;
  std::unordered_map<Tag, LegRef> tags_;
  std::unordered_map<sip::TransactionId, Expected> transactions_;
  std::vector<std::unique_ptr<Call>> removed_;
  std::uint64_t last_serial_ = 0;
};

}  // namespace warp::calls
