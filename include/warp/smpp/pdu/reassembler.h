// Reassembler: parts of long messages, in any order, until all are there. Keyed by connector, source,
// destination, reference, its width and the number of parts.
//
// Bounded: by time (a set whose first part is older than `patience` is given up), by sets, and by octets;
// when a bound is reached the oldest set is given up. Nothing is lost silently: what is given up is handed
// back with the parts that were there. Time comes from the caller. Not thread-safe; one owner.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "warp/base/clock.h"
#include "warp/smpp/pdu/udh.h"

namespace warp::smpp {

struct ReassemblyLimits {
  std::chrono::seconds patience{std::chrono::hours(24)};
  std::size_t sets = 100'000;
  std::size_t octets = 64u << 20;
  // How long a complete message is remembered, so that a part that comes again (its response was lost) is
  // known as a duplicate and begins no set that cannot be completed. At most `sets` of them. 0: not at all.
  std::chrono::seconds memory{60};
};

class Reassembler {
 public:
  struct Key {
    std::uint64_t connector = 0;
    std::string_view source, destination;
  };
  // What the owner wants to know again: a token of its own (a row's id) for each part, and the text.
  struct Piece {
    std::uint8_t sequence = 0;
    std::uint64_t token = 0;
    std::string text;
  };
  struct Set {
    std::uint64_t connector = 0;
    std::string source, destination;
    Concat concat;              // reference, total and width
    std::vector<Piece> pieces;  // by sequence
    std::string joined() const;
  };
  enum class Outcome : std::uint8_t {
    Waiting,    // kept; more are needed
    Duplicate,  // the same part with the same text was there, or in a message just completed
    Complete,   // `set` is the message, and forgotten here
    Refused     // not a part of anything, or larger than the limits by itself
  };
  struct Added {
    Outcome outcome = Outcome::Waiting;
    std::optional<Set> set;     // Complete
    std::vector<Set> given_up;  // sets that made room, or whose reference came again with another text
  };

  explicit Reassembler(const ReassemblyLimits& limits = {}) : limits_(limits) {}

  Added add(const Key& key, const Concat& concat, std::string_view text, std::uint64_t token, Monotonic now);
  // Sets that waited too long, oldest first.
  std::vector<Set> expire(Monotonic now);
  // When expire() is due next; nullopt: nothing waits.
  std::optional<Monotonic> next_expiry() const;

  std::size_t sets() const { return waiting_.size(); }
  std::size_t octets() const { return octets_; }

 private:
  struct Waiting {
    std::string key;
    Monotonic since;
    std::size_t octets = 0;
    Set set;
  };
  using Order = std::list<Waiting>;  // oldest first
  struct Complete {
    std::string key;
    Monotonic since;
    std::vector<std::uint64_t> hashes;  // of the parts' texts, by sequence
  };
  using Memory = std::list<Complete>;  // oldest first

  Order::iterator find_or_make(const std::string& name, const Key& key, const Concat& concat, Monotonic now);
  Set release(Order::iterator at);
  void make_room(Order::iterator keep, std::vector<Set>& given_up);
  bool was_complete(const std::string& name, const Concat& concat, std::string_view text, Monotonic now);
  void remember(const std::string& name, const Set& set, Monotonic now);
  void forget(Memory::iterator at);

  ReassemblyLimits limits_;
  Order waiting_;
  std::unordered_map<std::string, Order::iterator> by_key_;
  std::size_t octets_ = 0;
  Memory complete_;
  std::unordered_map<std::string, Memory::iterator> complete_by_key_;
};

}  // namespace warp::smpp
