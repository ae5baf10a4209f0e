// Live transactions: their memory and the tables that find them. Nothing is allocated per transaction once
// the pool has grown, but for the bytes that are kept for retransmission.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "warp/net/timer_wheel.h"
#include "warp/sip/transaction/keys.h"
#include "warp/sip/transaction/transaction_layer.h"

namespace warp::sip {

enum class Kind : std::uint8_t { InviteClient, InviteServer, NonInviteClient, NonInviteServer };

struct Transaction {
  Key key, merge_key;
  Transaction *next = nullptr, *merge_next = nullptr;  // in the tables' chains
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

// Chained hash table through the nodes; grows by doubling.
template <Key Transaction::*KeyMember, Transaction* Transaction::*Next>
class KeyTable {
 public:
  Transaction* find(const Key& key) const {
    auto* node = buckets_[bucket(key)];
    while (node != nullptr && !(node->*KeyMember == key))
      node = node->*Next;
    return node;
  }
  void insert(Transaction& node) {
    if (++size_ > buckets_.size()) grow();
    link(node);
  }
  void erase(Transaction& node) {
    auto** place = &buckets_[bucket(node.*KeyMember)];
    while (*place != &node)
      place = &((*place)->*Next);
    *place = node.*Next;
    --size_;
  }

 private:
  std::size_t bucket(const Key& key) const { return key.low & (buckets_.size() - 1); }
  void link(Transaction& node) {
    auto& head = buckets_[bucket(node.*KeyMember)];
    node.*Next = head;
    head = &node;
  }
  void grow() {
    std::vector<Transaction*> old(buckets_.size() * 2);
    old.swap(buckets_);
    for (auto* node : old)
      while (node != nullptr) {
        auto* next = node->*Next;
        link(*node);
        node = next;
      }
  }

  std::vector<Transaction*> buckets_ = std::vector<Transaction*>(1024);
  std::size_t size_ = 0;
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
