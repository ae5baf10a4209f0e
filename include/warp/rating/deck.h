// Deck: one version of a rate plan's lines, compiled for longest-prefix match. Immutable, shared by
// snapshots.
//
// Lookup by E.164 digits is a walk over a level-compressed digit trie: no allocation, no comparison of
// strings; for a NANP deck of a million prefixes three or four reads of memory. A line takes 64 octets, its
// prefix 8 and its share of the trie 4 to 24: a deck of a million lines is below 100 MB (memory_octets()
// tells).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/catalogue.h"
#include "warp/rating/digit_index.h"

namespace warp::rating {

// A line as the deck keeps it, one cache line long; views and pointers live as long as the Deck.
struct alignas(64) RateLine {
  static constexpr std::uint32_t kNone = 0xffffffff;

  std::string_view prefix;
  Money per_minute, setup_fee;
  std::uint32_t initial_increment = 1, increment = 1, minimum_seconds = 0;
  std::uint32_t next = kNone;  // the deck's own: the line to look at when this one is not in effect
  WallTime effective_from{};
  WallTime effective_to = WallTime::max();
};

class Deck {
 public:
  // `plan.rates` may be in any order. Of lines with one prefix the one in effect with the latest
  // effective_from wins; of two that also begin together, the later in `rates`. Lines that no call could be
  // priced by (prefix not 0..15 digits, increment 0) are left out and counted in refused().
  static std::shared_ptr<const Deck> compile(const domain::RatePlan& plan);

  // The line of the longest prefix of `digits` that is in effect at `when`; nullptr when there is none.
  const RateLine* find(std::string_view digits, WallTime when) const;
  // The same in two steps, for a caller that asks many decks about one number: the first walks the trie and
  // starts to fetch the line, the second reads it.
  std::uint32_t locate(const Digits& digits) const;
  const RateLine* line_at(std::uint32_t located, WallTime when) const;

  const domain::RatePlan& plan() const;  // without its rates
  std::size_t size() const;              // lines
  std::size_t refused() const;           // lines left out
  std::size_t memory_octets() const;

  ~Deck();

 private:
  Deck();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::rating
