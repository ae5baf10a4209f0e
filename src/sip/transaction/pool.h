// Live transactions: their memory and the tables that find them. Nothing is allocated per transaction once
// the pool has grown, but for the bytes that are kept for retransmission.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "warp/base/flat_table.h"
#include "warp/net/timer_wheel.h"
#include "warp/sip/transaction/keys.h"
#include "warp/sip/transaction/transaction_layer.h"

namespace warp::sip {

enum class Kind : std::uint8_t { InviteClient, InviteServer, NonInviteClient, NonInviteServer };

struct Transaction {
  Key key, merge_key;
  std::uint32_t index = 0, generation = 0;
  net::TimerWheel::Handle retransmission, deadline;
  std::string bytes;  // what is retransmitted: the request or its ACK, the last response
  std::unique_ptr<std::string> held_cancel;
  Flow flow;
  TransactionUser* owner = nullptr;  // client: who is told; null: the layer's user
  Kind kind = Kind::InviteClient;
  std::uint8_t state = 0, repeats = 0;
  bool live = false;
  bool abandoned = false;         // the user hears nothing more
  bool provisional_seen = false;  // client
  bool merge_listed = false;      // server
  bool cancel_seen = false;       // INVITE: one went out, or came in

  TransactionId id() const { return TransactionId{generation} << 32 | (index + 1); }
};

// Finds them by one of their keys. What is not there is found missing without a look at any transaction.
template <Key Transaction::*KeyMember>
class KeyTable {
 public:
  Transaction* find(const Key& key) {
    const Slot* found =
        table_.find(key.low, [&key](const Slot& slot) { return slot.transaction->*KeyMember == key; });
    return found != nullptr ? found->transaction : nullptr;
  }
  void insert(Transaction& transaction) { table_.insert({(transaction.*KeyMember).low, &transaction}); }
  void erase(Transaction& transaction) {
    Slot* const found = table_.find((transaction.*KeyMember).low, [&transaction](const Slot& slot) {
      return slot.transaction == &transaction;
    });
    if (found != nullptr) table_.erase(found);
  }

 private:
  struct Slot {
    std::uint64_t low = 0;
    Transaction* transaction = nullptr;
    bool empty() const { return transaction == nullptr; }
    std::uint64_t hash() const { return low; }
  };
  FlatTable<Slot> table_;
};

// Addresses stay valid; slots are reused with another generation.
class TransactionPool {
 public:
  Transaction& take() {
    if (free_.empty()) grow();
    auto& transaction = at(free_.back());
    free_.pop_back();
    ++transaction.generation;
    transaction.live = true;
    ++live_;
    return transaction;
  }
  void give_back(Transaction& transaction) {
    const auto index = transaction.index, generation = transaction.generation;
    transaction = Transaction();
    transaction.index = index;
    transaction.generation = generation;
    free_.push_back(index);
    --live_;
  }
  Transaction* find(TransactionId id) {
    const auto index = static_cast<std::uint32_t>(id) - 1;
    if (id == 0 || index >= chunks_.size() * kChunk) return nullptr;
    auto& transaction = at(index);
    return transaction.live && transaction.generation == id >> 32 ? &transaction : nullptr;
  }
  Transaction& at(std::uint32_t index) { return (*chunks_[index / kChunk])[index % kChunk]; }
  std::size_t live() const { return live_; }
  template <class Visitor>
  void for_each_live(Visitor visit) {
    for (auto& chunk : chunks_)
      for (auto& transaction : *chunk)
        if (transaction.live) visit(transaction);
  }

 private:
  static constexpr std::size_t kChunk = 256;
  void grow() {
    const auto first = static_cast<std::uint32_t>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<std::array<Transaction, kChunk>>());
    for (auto i = static_cast<std::uint32_t>(kChunk); i-- > 0;) {
      at(first + i).index = first + i;
      free_.push_back(first + i);
    }
  }

  std::vector<std::unique_ptr<std::array<Transaction, kChunk>>> chunks_;
  std::vector<std::uint32_t> free_;
  std::size_t live_ = 0;
};

}  // namespace warp::sip
