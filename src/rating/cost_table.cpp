#include "warp/rating/cost_table.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>

namespace warp::rating {
namespace {

constexpr std::uint32_t kNone = DigitIndex::kNone;

// One deck during the walk over all prefixes in ascending order.
class Cursor {
 public:
  // Without `jurisdiction` no line of it holds.
  Cursor(const Deck& deck, WallTime at, std::optional<domain::Jurisdiction> jurisdiction,
         const domain::FxRow* fx)
      : deck_(&deck), keys_(deck.index().keys()), at_(at), jurisdiction_(jurisdiction), fx_(fx) {}

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
    line_ = kNone;
    if (!jurisdiction_) return;
    const auto lines = deck_->lines();
    for (auto at = open_; at != kNone; at = lines[at].next) {
      const auto& line = lines[at];
      if (!stands(line)) continue;
      if (!deck_->terms(line).blocked) line_ = at;
      cost_ = cost_of(line);
      return;
    }
  }

  bool stands(const RateLine& line) {
    if (line.effective_to <= line.effective_from || !line.holds(*jurisdiction_)) return false;
    if (line.effective_from > at_) {
      to_ = std::min(to_, line.effective_from);
      return false;
    }
    if (line.effective_to <= at_) {
      from_ = std::max(from_, line.effective_to);
      return false;
    }
    if (!open(deck_->terms(line))) return false;
    from_ = std::max(from_, line.effective_from);
    to_ = std::min(to_, line.effective_to);
    return true;
  }

  bool open(const RateTerms& terms) {
    if (terms.schedule == 0) return true;
    const auto* schedule = deck_->schedule(terms);
    if (!schedule) return false;
    from_ = std::max(from_, schedule->last_edge(at_));
    to_ = std::min(to_, schedule->next_edge(at_));
    return schedule->open(at_);
  }

  std::int64_t cost_of(const RateLine& line) const {
    const auto own = line.per_minute_for(*jurisdiction_);
    if (!fx_) return own.nanos();
    const auto converted = convert(own, *fx_, 9, Rounding::HalfEven);
    return converted ? converted->nanos() : std::numeric_limits<std::int64_t>::max();
  }

  const Deck* deck_;
  std::span<const PrefixKey> keys_;
  WallTime at_;
  std::optional<domain::Jurisdiction> jurisdiction_;
  const domain::FxRow* fx_;  // null: in its own currency
  std::uint32_t next_ = 0;
  std::uint32_t open_ = kNone;  // the head that the last key led to
  std::uint32_t line_ = kNone;
  std::int64_t cost_ = 0;
  WallTime from_ = WallTime::min();
  WallTime to_ = WallTime::max();
};

std::vector<Cursor> cursors_over(std::span<const std::shared_ptr<const Deck>> decks) {
  std::vector<Cursor> cursors;
  for (const auto& deck : decks)
    cursors.emplace_back(*deck, WallTime{}, std::nullopt, nullptr);
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
  CostTableBuilder(CostTable& table, WallTime at, const FxTable* fx)
      : table_(table), order_(table.decks_.size()) {
    if (fx) whole_ = {fx->last_change(at), fx->next_change(at)};
    table_.rates_.reserve(order_.size());  // cursors point into it
    for (std::size_t slot = 0; slot < order_.size(); ++slot) {
      order_[slot] = static_cast<std::uint8_t>(slot);
      const auto& deck = *table.decks_[slot];
      auto counted = deck.counts_as(table.jurisdiction_);
      const domain::FxRow* rate = nullptr;
      if (fx) {
        const auto known = fx->rate(deck.plan().currency, fx->base(), at);
        if (!known) counted.reset();
        rate = &table_.rates_.emplace_back(known.value_or(domain::FxRow{}));
      }
      cursors_.emplace_back(deck, at, counted, rate);
    }
    table_.changes_at_ = whole_.to;
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
    CostTable::Interval holds = whole_;
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
  CostTable::Interval whole_{WallTime::min(), WallTime::max()};
  std::vector<Cursor> cursors_;
  std::vector<std::uint8_t> order_;
  std::unordered_map<std::pair<WallTime, WallTime>, std::uint32_t, HashPair> numbers_;
  std::uint32_t last_ = 0;
};

std::shared_ptr<const CostTable> CostTable::compile(std::vector<std::shared_ptr<const Deck>> decks,
                                                    WallTime at, std::size_t most_octets, CostView view) {
  if (decks.empty() || decks.size() > kMostDecks) return nullptr;
  for (const auto& deck : decks)
    if (deck->lines().size() > kMostLines) return nullptr;
  const std::size_t most_rows = most_octets / (words_a_row(decks.size()) * sizeof(std::uint32_t));
  const auto keys = union_of(cursors_over(decks), most_rows);
  if (keys.size() > most_rows) return nullptr;
  return compile_over(std::move(decks), std::make_shared<const DigitIndex>(keys), at, view);
}

std::shared_ptr<const CostTable> CostTable::compile_beside(const CostTable& other, WallTime at,
                                                           std::size_t most_octets, CostView view) {
  if (other.rows_.octets() > most_octets) return nullptr;
  return compile_over(other.decks_, other.index_, at, view);
}

std::shared_ptr<const CostTable> CostTable::compile_over(std::vector<std::shared_ptr<const Deck>> decks,
                                                         std::shared_ptr<const DigitIndex> index, WallTime at,
                                                         CostView view) {
  std::shared_ptr<CostTable> table(new CostTable);
  table->decks_ = std::move(decks);
  table->stride_ = words_a_row(table->decks_.size());
  table->jurisdiction_ = view.jurisdiction;
  for (const auto& deck : table->decks_) {
    table->lines_.push_back(deck->lines().data());
    table->signatures_.push_back(static_cast<std::uint8_t>(deck->signature(view.jurisdiction)));
  }
  table->index_ = std::move(index);
  table->rows_ = Slab<std::uint32_t>(table->index_->keys().size() * table->stride_);
  CostTableBuilder(*table, at, view.fx).fill(table->index_->keys());
  return table;
}

bool CostTable::serves(domain::Jurisdiction jurisdiction) const {
  for (std::size_t slot = 0; slot < decks_.size(); ++slot)
    if (decks_[slot]->signature(jurisdiction) != signatures_[slot]) return false;
  return true;
}

Money CostTable::elsewhere(std::size_t slot, const RateLine& line) const {
  const auto own = line.per_minute_for(decks_[slot]->counts_as(jurisdiction_).value_or(jurisdiction_));
  if (rates_.empty()) return own;
  return convert(own, rates_[slot], 9, Rounding::HalfEven)
      .value_or(Money::from_nanos(std::numeric_limits<std::int64_t>::max()));
}

std::size_t CostTable::rows_octets() const {
  constexpr std::size_t kDeckOctets = sizeof(decltype(decks_)::value_type) + sizeof(std::uintptr_t) +
                                      sizeof(std::uint8_t);  // a line pointer, a signature
  return sizeof(*this) + rows_.octets() + intervals_.size() * sizeof(Interval) + decks_.size() * kDeckOctets +
         rates_.size() * sizeof(domain::FxRow);
}

std::size_t CostTable::memory_octets() const {
  return rows_octets() + index_->memory_octets();
}

const void* CostTable::index_identity() const {
  return index_.get();
}

JurisdictionCosts JurisdictionCosts::compile(std::vector<std::shared_ptr<const Deck>> decks, WallTime at,
                                             std::size_t most_octets, const FxTable* fx) {
  JurisdictionCosts costs;
  std::size_t left = most_octets;
  const CostTable* first = nullptr;
  for (std::size_t one = 0; one < costs.tables_.size(); ++one) {
    const auto jurisdiction = static_cast<domain::Jurisdiction>(one);
    const auto same = std::find_if(costs.tables_.begin(), costs.tables_.begin() + static_cast<int>(one),
                                   [&](const auto& table) { return table && table->serves(jurisdiction); });
    if (same != costs.tables_.begin() + static_cast<int>(one)) {
      costs.tables_[one] = *same;
      continue;
    }
    const CostView view{jurisdiction, fx};
    costs.tables_[one] =
        first ? CostTable::compile_beside(*first, at, left, view) : CostTable::compile(decks, at, left, view);
    const auto* made = costs.tables_[one].get();
    if (!made && !first) break;
    if (!made) continue;
    left -= std::min(left, first ? made->rows_octets() : made->memory_octets());
    if (!first) first = made;
  }
  return costs;
}

std::size_t JurisdictionCosts::different() const {
  std::set<const CostTable*> tables;
  for (const auto& table : tables_)
    if (table) tables.insert(table.get());
  return tables.size();
}

std::size_t JurisdictionCosts::memory_octets() const {
  std::set<const CostTable*> tables;
  std::set<const void*> indexes;
  std::size_t octets = sizeof(*this);
  for (const auto& table : tables_) {
    if (!table || !tables.insert(table.get()).second) continue;
    octets += indexes.insert(table->index_identity()).second ? table->memory_octets() : table->rows_octets();
  }
  return octets;
}

WallTime JurisdictionCosts::changes_at() const {
  auto at = WallTime::max();
  for (const auto& table : tables_)
    if (table) at = std::min(at, table->changes_at());
  return at;
}

}  // namespace warp::rating
