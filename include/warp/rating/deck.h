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
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/catalogue.h"
#include "warp/rating/digit_index.h"
#include "warp/rating/line.h"
#include "warp/rating/terms.h"

namespace warp::rating {

class Deck {
 public:
  // `plan.rates` may be in any order. Of lines with one prefix that hold for a call, the one with the latest
  // effective_from wins; of those that begin together one with a schedule before one without, then the later
  // in `rates`. Lines that no call could be priced by (prefix not 0..15 digits, increment 0 or beyond
  // RateLine::kMostSeconds, no jurisdiction) are left out and counted in refused(). Without `schedules`, or
  // without its own among them, a line that has one never holds.
  static std::shared_ptr<const Deck> compile(const domain::RatePlan& plan,
                                             std::shared_ptr<const ScheduleBook> schedules = nullptr);

  // The line of the longest prefix of `digits` that holds at `when` for a call of that jurisdiction; nullptr
  // when there is none, or it is blocked. UNKNOWN counts as the plan says; a plan that refuses it has none.
  const RateLine* find(std::string_view digits, WallTime when,
                       domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown) const;
  // The same for many decks at once: `located[i]` belongs to `decks[i]`, which may be null. The walks go in
  // step, so that their reads of memory overlap; the lines are being fetched when it returns.
  static void locate(std::span<const Deck* const> decks, const Digits& digits,
                     std::span<std::uint32_t> located);
  const RateLine* line_at(std::uint32_t located, WallTime when,
                          domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown) const;
  // There is a line, but nothing goes there: why line_at says no.
  bool blocked_at(std::uint32_t located, WallTime when, domain::Jurisdiction jurisdiction) const;
  void prefetch(std::uint32_t located) const;

  // What a call of that jurisdiction counts as; nullopt: the plan refuses it.
  std::optional<domain::Jurisdiction> counts_as(domain::Jurisdiction jurisdiction) const;
  // Equal for jurisdictions to which every line of the deck gives one answer; kRefuses: there is none.
  static constexpr unsigned kRefuses = 7;
  unsigned signature(domain::Jurisdiction jurisdiction) const;

  const RateTerms& terms(const RateLine& line) const;
  const Schedule* schedule(const RateTerms& terms) const;
  // Some of its lines hang on a schedule: whoever changes schedules compiles it again.
  bool timed() const;
  const std::shared_ptr<const ScheduleBook>& schedules() const;

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
