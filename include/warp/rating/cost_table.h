// CostTable: what a number costs by each of many decks, cheapest first. One walk and one read of memory
// answer what would be a walk a deck. Immutable once built; any number of threads may read it.
//
// Over the prefixes of all its decks it keeps a row each: the line of every deck that the prefix leads to,
// sorted by price. Which line that is hangs on the jurisdiction, for which there are tables of their own, and
// on the time: a row says from when to when it holds, as seen at the time the table was built (dates of
// lines, edges of schedules, rates of exchange). Outside of that the decks have to be asked.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/rating/deck.h"
#include "warp/rating/digit_index.h"

namespace warp::rating {

// What a table is built for. With `fx`, prices are in fx->base(), to nine decimals half-even, and a deck in a
// currency without a rate has no line; without, each is in its own deck's.
struct CostView {
  domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown;
  const FxTable* fx = nullptr;  // read by compile() alone
};

// A deck's line in a row. `slot` is the deck's position in CostTable::decks(). The line itself lies in memory
// that the row has not touched.
struct Cost {
  std::size_t slot;
  Money per_minute;
  const RateLine* line;
};

class CostTable {
 public:
  static constexpr std::size_t kMostDecks = 255;
  static constexpr std::size_t kMostLines = std::size_t{1} << 24;  // of one deck

  // nullptr when the rows would take more than `most_octets`, or there are more decks or lines than above.
  // `decks` without null and without repetition.
  static std::shared_ptr<const CostTable> compile(std::vector<std::shared_ptr<const Deck>> decks, WallTime at,
                                                  std::size_t most_octets, CostView view = {});
  // For another jurisdiction over the same prefixes; only the rows count against `most_octets`.
  static std::shared_ptr<const CostTable> compile_beside(const CostTable& other, WallTime at,
                                                         std::size_t most_octets, CostView view);
  // Every deck takes the lines for `jurisdiction` that the table has.
  bool serves(domain::Jurisdiction jurisdiction) const;

  // The decks that have a line, cheapest first; of equal prices the lower slot first.
  class Row {
   public:
    std::size_t size() const { return size_; }
    Cost operator[](std::size_t at) const;

   private:
    friend class CostTable;
    const CostTable* table_ = nullptr;
    const std::uint32_t* cells_ = nullptr;
    const std::uint8_t* highs_ = nullptr;
    std::size_t size_ = 0;
  };

  // Positions of its rows; kNone is the row of a number that no deck knows.
  const DigitIndex& index() const { return *index_; }
  void prefetch(std::uint32_t position) const;
  // nullopt when the row does not hold at `when`.
  std::optional<Row> row(std::uint32_t position, WallTime when) const;

  std::span<const std::shared_ptr<const Deck>> decks() const { return decks_; }
  // Until then all rows hold, as seen at the time it was built.
  WallTime changes_at() const { return changes_at_; }
  std::size_t memory_octets() const;   // with the index
  std::size_t rows_octets() const;     // without
  const void* index_identity() const;  // equal for tables that share one

 private:
  friend class CostTableBuilder;
  struct Interval {
    WallTime from, to;
    friend bool operator==(const Interval&, const Interval&) = default;
  };
  CostTable() = default;
  static std::shared_ptr<const CostTable> compile_over(std::vector<std::shared_ptr<const Deck>> decks,
                                                       std::shared_ptr<const DigitIndex> index, WallTime at,
                                                       CostView view);
  Money elsewhere(std::size_t slot, const RateLine& line) const;  // too great for a cell

  // A row: interval, count, a word pair a cell (price, low part; line in 24 bits and slot in 8), an octet a
  // cell (price, high part). Prices of 40 bits; what is beyond has all bits set and is read from the line.
  static constexpr std::size_t kHeader = 2;
  static constexpr std::uint64_t kElsewhere = (std::uint64_t{1} << 40) - 1;
  static constexpr std::size_t words_a_row(std::size_t decks) {
    return (kHeader + 2 * decks + (decks + 3) / 4 + 3) / 4 * 4;
  }

  std::vector<std::shared_ptr<const Deck>> decks_;  // shared: a row's lines live as long as the table
  std::vector<const RateLine*> lines_;              // by slot
  std::vector<Interval> intervals_;
  WallTime changes_at_ = WallTime::max();
  std::shared_ptr<const DigitIndex> index_;  // shared: by the tables of other jurisdictions
  std::vector<domain::FxRow> rates_;         // by slot; empty: each in its own currency
  std::vector<std::uint8_t> signatures_;     // by slot
  domain::Jurisdiction jurisdiction_ = domain::Jurisdiction::Unknown;
  std::size_t stride_ = 0;  // words
  Slab<std::uint32_t> rows_;
};

inline Cost CostTable::Row::operator[](std::size_t at) const {
  const std::uint32_t where = cells_[2 * at + 1];
  const std::size_t slot = where & 0xff;
  const RateLine* line = table_->lines_[slot] + (where >> 8);
  const std::uint64_t price = std::uint64_t{highs_[at]} << 32 | cells_[2 * at];
  return {slot,
          price == kElsewhere ? table_->elsewhere(slot, *line)
                              : Money::from_nanos(static_cast<std::int64_t>(price)),
          line};
}

inline void CostTable::prefetch(std::uint32_t position) const {
  if (position == DigitIndex::kNone) return;
  const std::uint32_t* row = &rows_[position * stride_];
  for (std::size_t word = 0; word < stride_; word += 16)
    __builtin_prefetch(row + word);
  __builtin_prefetch(row + stride_ - 1);
}

inline std::optional<CostTable::Row> CostTable::row(std::uint32_t position, WallTime when) const {
  Row row;
  if (position == DigitIndex::kNone) return row;
  const std::uint32_t* words = &rows_[position * stride_];
  const auto& interval = intervals_[words[0]];
  if (when < interval.from || when >= interval.to) return std::nullopt;
  row.table_ = this;
  row.cells_ = words + kHeader;
  row.highs_ = reinterpret_cast<const std::uint8_t*>(row.cells_ + 2 * decks_.size());
  row.size_ = words[1];
  return row;
}

// A table for each jurisdiction over the same decks; jurisdictions for which all decks take the same lines
// share one. Immutable.
class JurisdictionCosts {
 public:
  // Within `most_octets` for all together: what no longer fits is not there.
  static JurisdictionCosts compile(std::vector<std::shared_ptr<const Deck>> decks, WallTime at,
                                   std::size_t most_octets, const FxTable* fx = nullptr);

  // nullptr: the decks have to be asked.
  const CostTable* of(domain::Jurisdiction jurisdiction) const {
    return tables_[static_cast<std::size_t>(jurisdiction)].get();
  }
  const std::shared_ptr<const CostTable>& shared(domain::Jurisdiction jurisdiction) const {
    return tables_[static_cast<std::size_t>(jurisdiction)];
  }
  std::size_t different() const;  // tables
  std::size_t memory_octets() const;
  WallTime changes_at() const;

 private:
  std::array<std::shared_ptr<const CostTable>, 7> tables_;
};

}  // namespace warp::rating
