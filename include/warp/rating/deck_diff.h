// What a new deck changes against the one in force, and where it would lose money. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/rating/deck.h"

namespace warp::rating {

// Compared are prefixes, those with a schedule apart. Of each and each jurisdiction the line in effect at
// `at` counts, or the first that begins after; what ended before is not there.
struct DeckDiff {
  enum class Kind : std::uint8_t {
    New,      // only in the new deck
    Up,       // dearer for some jurisdiction
    Down,     // dearer for none, cheaper for some
    Changed,  // of one price, but fees, increments or jurisdictions differ
    Same,
    Closed  // only in the old deck
  };
  static constexpr std::size_t kKinds = 6;
  static constexpr std::size_t kSamples = 20;  // of each kind, in the order of the prefixes

  struct Sample {
    std::string prefix;
    std::uint16_t schedule = 0;
    domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown;  // of which the prices are
    std::optional<Money> before, after;
  };
  struct Mean {  // of the prices a minute, half-even to the nano; of no line: 0
    std::uint64_t lines = 0;
    Money before, after;
    std::uint64_t lines_before = 0;
  };
  std::array<std::uint64_t, kKinds> counts{};
  std::array<std::vector<Sample>, kKinds> samples;
  std::array<Mean, 7> means;  // by jurisdiction

  std::uint64_t count(Kind kind) const { return counts[static_cast<std::size_t>(kind)]; }
};
std::string_view to_string(DeckDiff::Kind kind);  // new, up, down, changed, same, closed

DeckDiff diff_decks(std::span<const domain::Rate> before, std::span<const domain::Rate> after, WallTime at);

// Lines of a customers' deck below every vendor's price for their prefix, or of a vendor's deck above some
// customers' price. `others`: the decks of the other side, with their currencies; what has no rate of
// exchange is passed over.
struct MarginAlarm {
  std::string prefix;
  domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown;
  Money price, other;  // other: the vendor's, or the customers', in the currency of the deck
};
struct MarginAlarms {
  std::uint64_t total = 0;
  std::vector<MarginAlarm> samples;  // the first 20
};
MarginAlarms margin_alarms(std::span<const domain::Rate> lines, const domain::RatePlan& plan,
                           std::span<const std::shared_ptr<const Deck>> others, const FxTable& fx,
                           WallTime at);

// Prices a minute and fees of a deck times (1 + markup), plus `add` on the price a minute, each rounded once
// to nine decimals. nullopt: overflow, or a price below zero.
std::optional<std::vector<domain::Rate>> marked_up(std::span<const domain::Rate> lines,
                                                   std::int64_t markup_e9, Money add, Rounding rounding);

}  // namespace warp::rating
