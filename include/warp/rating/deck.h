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
#include <span>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/catalogue.h"
#include "warp/rating/digit_index.h"

namespace warp::rating {

// The digits of a line's prefix, in the line itself: to read them costs no further memory.
class PrefixText {
 public:
  PrefixText() = default;
  explicit PrefixText(std::string_view digits) : size_(static_cast<std::uint8_t>(digits.copy(text_, kMax))) {}
  operator std::string_view() const { return {text_, size_}; }
  friend bool operator==(const PrefixText& a, std::string_view b) { return std::string_view(a) == b; }

 private:
  static constexpr std::size_t kMax = 15;
  char text_[kMax]{};
  std::uint8_t size_ = 0;
};

// A line as the deck keeps it, one cache line long; lives as long as the Deck.
struct alignas(64) RateLine {
  static constexpr std::uint32_t kNone = 0xffffffff;

  PrefixText prefix;
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
  // The same for many decks at once: `located[i]` belongs to `decks[i]`, which may be null. The walks go in
  // step, so that their reads of memory overlap; the lines are being fetched when it returns.
  static void locate(std::span<const Deck* const> decks, const Digits& digits,
                     std::span<std::uint32_t> located);
  const RateLine* line_at(std::uint32_t located, WallTime when) const;
  void prefetch(std::uint32_t located) const;

  // The lines that come first for their prefix have the positions of index().keys(); RateLine::next leads on.
  const DigitIndex& index() const;
  std::span<const RateLine> lines() const;

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
