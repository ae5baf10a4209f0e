#include "warp/rating/cost_table.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace warp::rating {
namespace {

constexpr std::uint32_t kNone = DigitIndex::kNone;

// One deck during the walk over all prefixes in ascending order.
class Cursor {
 public:
  Cursor(const Deck& deck, WallTime at) : deck_(&deck), keys_(deck.index().keys()), at_(at) {}

  // The next prefix of the deck; the greatest key when there is none.
  PrefixKey next() const {
    return next_ < keys_.size() ? keys_[next_]
                                : PrefixKey::from_bits(std::numeric_limits<std::uint64_t>::max());
  }
  void skip(PrefixKey key) { next_ += next() == key; }

  // To the line that `key` leads to; `key` ascends from call to call, and none of the deck's is left out.
  void go_to(PrefixKey key) {
    const std::uint32_t before = open_;
    if (next() == key) {
      open_ = next_++;
    } else {
      while (open_ != kNone && !keys_[open_].is_prefix_of(key))
        open_ = deck_->index().parent(open_);
    }
    if (open_ != before) pick();
  }

  std::uint32_t line() const { return line_; }
  std::int64_t cost() const { return cost_; }
  WallTime from() const { return from_; }
  WallTime to() const { return to_; }

 private:
  // As Deck::line_at, and since and until when it would say the same.
  void pick() {
    from_ = WallTime::min();
    to_ = WallTime::max();
    const auto lines = deck_->lines();
    for (line_ = open_; line_ != kNone; line_ = lines[line_].next) {
      const auto& line = lines[line_];
      if (line.effective_to <= line.effective_from) continue;
      if (line.effective_from > at_) {
        to_ = std::min(to_, line.effective_from);
      } else if (line.effective_to <= at_) {
        from_ = std::max(from_, line.effective_to);
      } else {
        from_ = std::max(from_, line.effective_from);
        to_ = std::min(to_, line.effective_to);
        cost_ = line.per_minute.nanos();
        return;
      }
    }
  }

  const Deck* deck_;
  std::span<const PrefixKey> keys_;
  WallTime at_;
  std::uint32_t next_ = 0;
  std::uint32_t open_ = kNone;  // the head that the last key led to
  std::uint32_t line_ = kNone;
  std::int64_t cost_ = 0;
  WallTime from_ = WallTime::min();
  WallTime to_ = WallTime::max();
};

std::vector<Cursor> cursors_of(std::span<const std::shared_ptr<const Deck>> decks, WallTime at) {
  std::vector<Cursor> cursors;
  for (const auto& deck : decks)
    cursors.emplace_back(*deck, at);
  return cursors;
}

// The prefixes of all, ascending; stops when there are more than `most`.
std::vector<PrefixKey> union_of(std::vector<Cursor> cursors, std::size_t most) {
  std::vector<PrefixKey> keys;
  while (keys.size() <= most) {
    PrefixKey least = cursors.front().next();
    for (const auto& cursor : cursors)
      least = std::min(least, cursor.next());
    if (least.bits() == std::numeric_limits<std::uint64_t>::max()) break;
    keys.push_back(least);
    for (auto& cursor : cursors)
      cursor.skip(least);
  }
  return keys;
}

}  // namespace

class CostTableBuilder {
 public:
  CostTableBuilder(CostTable& table, WallTime at)
      : table_(table), cursors_(cursors_of(table.decks_, at)), order_(table.decks_.size()) {
    for (std::size_t slot = 0; slot < order_.size(); ++slot)
      order_[slot] = static_cast<std::uint8_t>(slot);
  }

  void fill(std::span<const PrefixKey> keys) {
    for (std::size_t at = 0; at < keys.size(); ++at) {
      for (auto& cursor : cursors_)
        cursor.go_to(keys[at]);
      sort();
      write(&table_.rows_[at * table_.stride_]);
    }
  }

 private:
  // From the order of the row before: neighbours seldom differ in all.
  void sort() {
    const auto dearer = [&](std::uint8_t a, std::uint8_t b) {
      const std::int64_t costs[]{cursors_[a].cost(), cursors_[b].cost()};
      return costs[0] != costs[1] ? costs[0] > costs[1] : a > b;
    };
    for (std::size_t i = 1; i < order_.size(); ++i) {
      const std::uint8_t slot = order_[i];
      std::size_t at = i;
      for (; at > 0 && dearer(order_[at - 1], slot); --at)
        order_[at] = order_[at - 1];
      order_[at] = slot;
    }
  }

  void write(std::uint32_t* row) {
    std::uint32_t* cells = row + CostTable::kHeader;
    auto* highs = reinterpret_cast<std::uint8_t*>(cells + 2 * order_.size());
    std::uint32_t count = 0;
    CostTable::Interval holds{WallTime::min(), WallTime::max()};
    for (const std::uint8_t slot : order_) {
      const Cursor& cursor = cursors_[slot];
      holds.from = std::max(holds.from, cursor.from());
      holds.to = std::min(holds.to, cursor.to());
      if (cursor.line() == kNone) continue;
      const std::uint64_t price = std::min(static_cast<std::uint64_t>(cursor.cost()),
                                           CostTable::kElsewhere);  // negative: as too great
      cells[2 * count] = static_cast<std::uint32_t>(price);
      cells[2 * count + 1] = cursor.line() << 8 | slot;
      highs[count++] = static_cast<std::uint8_t>(price >> 32);
    }
    row[0] = number_of(holds);
    row[1] = count;
  }

  std::uint32_t number_of(const CostTable::Interval& interval) {
    auto& intervals = table_.intervals_;
    if (!intervals.empty() && intervals[last_] == interval) return last_;
    const auto key = std::pair(interval.from, interval.to);
    const auto [known, fresh] = numbers_.try_emplace(key, static_cast<std::uint32_t>(intervals.size()));
    if (fresh) intervals.push_back(interval);
    table_.changes_at_ = std::min(table_.changes_at_, interval.to);
    return last_ = known->second;
  }

  struct HashPair {
    std::size_t operator()(const std::pair<WallTime, WallTime>& pair) const {
      return static_cast<std::size_t>(pair.first.time_since_epoch().count()) * 0x9E3779B97F4A7C15ull ^
             static_cast<std::size_t>(pair.second.time_since_epoch().count());
    }
  };

  CostTable& table_;
  std::vector<Cursor> cursors_;
  std::vector<std::uint8_t> order_;
  std::unordered_map<std::pair<WallTime, WallTime>, std::uint32_t, HashPair> numbers_;
  std::uint32_t last_ = 0;
};

std::shared_ptr<const CostTable> CostTable::compile(std::vector<std::shared_ptr<const Deck>> decks,
                                                    WallTime at, std::size_t most_octets) {
  if (decks.empty() || decks.size() > kMostDecks) return nullptr;
  for (const auto& deck : decks)
    if (deck->lines().size() > kMostLines) return nullptr;
  std::shared_ptr<CostTable> table(new CostTable);
  table->decks_ = std::move(decks);
  table->stride_ = words_a_row(table->decks_.size());
  const std::size_t most_rows = most_octets / (table->stride_ * sizeof(std::uint32_t));
  const auto keys = union_of(cursors_of(table->decks_, at), most_rows);
  if (keys.size() > most_rows) return nullptr;
  for (const auto& deck : table->decks_)
    table->lines_.push_back(deck->lines().data());
  table->index_ = DigitIndex(keys);
  table->rows_ = Slab<std::uint32_t>(keys.size() * table->stride_);
  CostTableBuilder(*table, at).fill(keys);
  return table;
}

std::size_t CostTable::memory_octets() const {
  constexpr std::size_t kDeckOctets =
      sizeof(decltype(decks_)::value_type) + sizeof(std::uintptr_t);  // a line pointer
  return sizeof(*this) + index_.memory_octets() + rows_.octets() + intervals_.size() * sizeof(Interval) +
         decks_.size() * kDeckOctets;
}

}  // namespace warp::rating
