// Deck: one version of a rate plan's lines, compiled for longest-prefix match. Immutable, shared by
// snapshots.
//
// Lookup by E.164 digits is a walk over a compressed digit trie: no allocation, no comparison of strings.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/catalogue.h"

namespace warp::rating {

// A line as the deck keeps it; views and pointers live as long as the Deck.
struct RateLine {
  std::string_view prefix;
  Money per_minute, setup_fee;
  std::uint32_t initial_increment = 1, increment = 1, minimum_seconds = 0;
  WallTime effective_from{};
  WallTime effective_to = WallTime::max();
};

class Deck {
 public:
  // `plan.rates` may be in any order. Of lines with one prefix the one in effect with the latest
  // effective_from wins.
  static std::shared_ptr<const Deck> compile(const domain::RatePlan& plan);

  // The line of the longest prefix of `digits` that is in effect at `when`; nullptr when there is none.
  const RateLine* find(std::string_view digits, WallTime when) const;

  const domain::RatePlan& plan() const;  // without its rates
  std::size_t size() const;              // lines
  std::size_t memory_octets() const;

  ~Deck();

 private:
  Deck();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::rating
