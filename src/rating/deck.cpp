#include "warp/rating/deck.h"

#include <algorithm>

#include <boost/container/small_vector.hpp>

namespace warp::rating {
namespace {

using domain::Rate;

struct Entry {
  PrefixKey key;
  WallTime from;
  std::uint32_t at;  // in plan.rates
};

bool usable(const Rate& rate) {
  return rate.initial_increment > 0 && rate.increment > 0;
}

// By prefix; within one prefix the line to be tried first comes first.
bool before(const Entry& a, const Entry& b) {
  if (a.key != b.key) return a.key < b.key;
  if (a.from != b.from) return a.from > b.from;
  return a.at > b.at;
}

std::vector<Entry> sorted_entries(std::span<const Rate> rates) {
  std::vector<Entry> entries;
  entries.reserve(rates.size());
  for (std::uint32_t at = 0; at < rates.size(); ++at) {
    const auto key = PrefixKey::parse(rates[at].prefix);
    if (key && usable(rates[at])) entries.push_back({*key, rates[at].effective_from, at});
  }
  // A database that reads by its index delivers them sorted.
  if (!std::is_sorted(entries.begin(), entries.end(), before))
    std::sort(entries.begin(), entries.end(), before);
  return entries;
}

std::vector<PrefixKey> unique_keys(std::span<const Entry> entries) {
  std::vector<PrefixKey> keys;
  keys.reserve(entries.size());
  for (const auto& entry : entries)
    if (keys.empty() || keys.back() != entry.key) keys.push_back(entry.key);
  return keys;
}

}  // namespace

// The first lines_[0..index.keys().size()) are the heads: line i is the one to try first for key i. What
// follows are the further lines of prefixes that have more than one. `next` leads from a line to the
// prefix's older ones, then to the head of its longest shorter prefix.
struct Deck::Impl {
  domain::RatePlan plan;
  DigitIndex index;
  Slab<RateLine> lines;
  std::size_t refused = 0;

  void fill(std::span<const Entry> entries, std::span<const Rate> rates) {
    std::uint32_t head = 0;
    auto extra = static_cast<std::uint32_t>(index.keys().size());
    for (std::size_t at = 0; at < entries.size(); ++head) {
      std::uint32_t line = head;
      put(line, rates[entries[at].at]);
      for (++at; at < entries.size() && entries[at].key == index.keys()[head]; ++at) {
        lines[line].next = extra;
        line = extra++;
        put(line, rates[entries[at].at]);
      }
      lines[line].next = index.parent(head);
    }
  }

  void put(std::uint32_t line, const Rate& rate) {
    lines[line] = RateLine{.prefix = PrefixText(rate.prefix),
                           .per_minute = rate.per_minute,
                           .setup_fee = rate.setup_fee,
                           .initial_increment = rate.initial_increment,
                           .increment = rate.increment,
                           .minimum_seconds = rate.minimum_seconds,
                           .effective_from = rate.effective_from,
                           .effective_to = rate.effective_to.value_or(WallTime::max())};
  }
};

static_assert(RateLine::kNone == DigitIndex::kNone);
static_assert(sizeof(RateLine) == 64);

Deck::Deck() : impl_(std::make_unique<Impl>()) {}
Deck::~Deck() = default;

std::shared_ptr<const Deck> Deck::compile(const domain::RatePlan& plan) {
  std::shared_ptr<Deck> deck(new Deck);
  auto& impl = *deck->impl_;
  const auto rates = plan.rates ? std::span<const Rate>(*plan.rates) : std::span<const Rate>();
  const auto entries = sorted_entries(rates);
  impl.refused = rates.size() - entries.size();
  impl.plan = plan;
  impl.plan.rates = nullptr;
  impl.index = DigitIndex(unique_keys(entries));
  impl.lines = Slab<RateLine>(entries.size());
  impl.fill(entries, rates);
  return deck;
}

void Deck::locate(std::span<const Deck* const> decks, const Digits& digits,
                  std::span<std::uint32_t> located) {
  boost::container::small_vector<const DigitIndex*, 32> indexes(decks.size());
  for (std::size_t i = 0; i < decks.size(); ++i)
    indexes[i] = decks[i] ? &decks[i]->impl_->index : nullptr;
  DigitIndex::find(indexes, digits, located);
  for (std::size_t i = 0; i < decks.size(); ++i)
    if (decks[i]) decks[i]->prefetch(located[i]);
}

void Deck::prefetch(std::uint32_t located) const {
  if (located != RateLine::kNone) __builtin_prefetch(&impl_->lines[located]);
}

const RateLine* Deck::line_at(std::uint32_t located, WallTime when) const {
  while (located != RateLine::kNone) {
    const auto& line = impl_->lines[located];
    if (line.effective_from <= when && when < line.effective_to) return &line;
    located = line.next;
  }
  return nullptr;
}

const RateLine* Deck::find(std::string_view digits, WallTime when) const {
  return line_at(impl_->index.find(Digits(digits)), when);
}

const DigitIndex& Deck::index() const {
  return impl_->index;
}

std::span<const RateLine> Deck::lines() const {
  return impl_->lines.view();
}

const domain::RatePlan& Deck::plan() const {
  return impl_->plan;
}

std::size_t Deck::size() const {
  return impl_->lines.size();
}

std::size_t Deck::refused() const {
  return impl_->refused;
}

std::size_t Deck::memory_octets() const {
  return sizeof(Impl) + impl_->index.memory_octets() + impl_->lines.octets();
}

}  // namespace warp::rating
