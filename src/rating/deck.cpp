#include "warp/rating/deck.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <boost/container/small_vector.hpp>

namespace warp::rating {
namespace {

using domain::Rate;

using domain::bit;
using domain::Jurisdiction;

using domain::kJurisdictions;
constexpr std::size_t kMostTerms = 65'536;

struct Entry {
  PrefixKey key;
  WallTime from;
  std::uint32_t at;  // in plan.rates
  std::uint16_t terms = 0;
  bool timed = false;
  bool joins = false;  // the line of the entry before it, as its second price
};

bool usable(const Rate& rate) {
  return rate.initial_increment > 0 && rate.initial_increment <= RateLine::kMostSeconds &&
         rate.increment > 0 && rate.increment <= RateLine::kMostSeconds &&
         (rate.jurisdictions & domain::kAllJurisdictions) != 0;
}

RateTerms terms_of(const Rate& rate) {
  return {rate.setup_fee, rate.attempt_fee, rate.surcharge, rate.free_seconds, rate.schedule, rate.blocked};
}

// The different terms of a deck. Most lines have those of the line before.
class TermsTable {
 public:
  // nullopt: there are too many.
  std::optional<std::uint16_t> number_of(const RateTerms& wanted) {
    if (terms_[last_] == wanted) return static_cast<std::uint16_t>(last_);
    const auto [known, fresh] = numbers_.try_emplace(wanted, terms_.size());
    if (fresh) {
      if (terms_.size() == kMostTerms) {
        numbers_.erase(known);
        return std::nullopt;
      }
      terms_.push_back(wanted);
    }
    last_ = known->second;
    return static_cast<std::uint16_t>(last_);
  }
  std::vector<RateTerms> take() { return std::move(terms_); }

 private:
  std::vector<RateTerms> terms_{RateTerms{}};
  std::map<RateTerms, std::size_t> numbers_{{RateTerms{}, 0}};
  std::size_t last_ = 0;
};

// By prefix; within one prefix the line to be tried first comes first.
bool before(const Entry& a, const Entry& b) {
  if (a.key != b.key) return a.key < b.key;
  if (a.from != b.from) return a.from > b.from;
  if (a.timed != b.timed) return a.timed;
  return a.at > b.at;
}

std::vector<Entry> sorted_entries(std::span<const Rate> rates, TermsTable& terms) {
  std::vector<Entry> entries;
  entries.reserve(rates.size());
  for (std::uint32_t at = 0; at < rates.size(); ++at) {
    const auto& rate = rates[at];
    const auto key = PrefixKey::parse(rate.prefix);
    if (!key || !usable(rate)) continue;
    if (const auto number = terms.number_of(terms_of(rate)))
      entries.push_back({*key, rate.effective_from, at, *number, rate.schedule != 0});
  }
  // A database that reads by its index delivers them sorted.
  if (!std::is_sorted(entries.begin(), entries.end(), before))
    std::sort(entries.begin(), entries.end(), before);
  return entries;
}

// Two lines that differ in jurisdictions and price alone are one, as long as it has room for the price.
class Joiner {
 public:
  explicit Joiner(std::span<const Rate> rates) : rates_(rates) {}

  bool joins(const Entry& entry) {
    const auto& rate = rates_[entry.at];
    const auto set = static_cast<domain::Jurisdictions>(rate.jurisdictions & domain::kAllJurisdictions);
    if (before_ && entry.key == before_->key && entry.from == before_->from &&
        entry.terms == before_->terms && (sets_ & set) == 0 && same_increments(rates_[before_->at], rate)) {
      const bool first = rate.per_minute == rates_[before_->at].per_minute;
      const bool second = second_ && rate.per_minute == *second_;
      if (first || second || !second_) {
        if (!first) second_ = rate.per_minute;
        sets_ = static_cast<domain::Jurisdictions>(sets_ | set);
        return true;
      }
    }
    before_ = &entry;
    sets_ = set;
    second_.reset();
    return false;
  }

 private:
  static bool same_increments(const Rate& a, const Rate& b) {
    return a.initial_increment == b.initial_increment && a.increment == b.increment &&
           a.minimum_seconds == b.minimum_seconds && a.effective_to == b.effective_to;
  }

  std::span<const Rate> rates_;
  const Entry* before_ = nullptr;
  domain::Jurisdictions sets_ = 0;
  std::optional<Money> second_;
};

// How many lines there will be.
std::size_t join(std::span<Entry> entries, std::span<const Rate> rates) {
  Joiner joiner(rates);
  std::size_t lines = 0;
  for (auto& entry : entries) {
    entry.joins = joiner.joins(entry);
    lines += !entry.joins;
  }
  return lines;
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
  std::vector<RateTerms> terms;
  std::shared_ptr<const ScheduleBook> schedules;
  std::array<std::uint8_t, kJurisdictions> alike{};  // the least jurisdiction that has the same lines
  std::size_t refused = 0;

  void fill(std::span<const Entry> entries, std::span<const Rate> rates) {
    std::uint32_t head = 0;
    auto extra = static_cast<std::uint32_t>(index.keys().size());
    for (std::size_t at = 0; at < entries.size(); ++head) {
      std::uint32_t line = head;
      put(line, rates[entries[at].at], entries[at].terms);
      for (++at; at < entries.size() && entries[at].key == index.keys()[head]; ++at) {
        if (entries[at].joins) {
          join(line, rates[entries[at].at]);
          continue;
        }
        lines[line].next = extra;
        line = extra++;
        put(line, rates[entries[at].at], entries[at].terms);
      }
      lines[line].next = index.parent(head);
    }
  }

  void put(std::uint32_t at, const Rate& rate, std::uint16_t terms_number) {
    RateLine line;
    line.prefix = PrefixText(rate.prefix);
    line.per_minute = line.alternate = rate.per_minute;
    line.effective_from = rate.effective_from;
    line.effective_to = rate.effective_to.value_or(WallTime::max());
    line.initial = rate.initial_increment & RateLine::kMostSeconds;
    line.step = rate.increment & RateLine::kMostSeconds;
    line.primary_set = rate.jurisdictions & domain::kAllJurisdictions;
    line.terms = terms_number;
    line.minimum_seconds = rate.minimum_seconds;
    lines[at] = line;
  }

  void join(std::uint32_t at, const Rate& rate) {
    auto& line = lines[at];
    const unsigned set = rate.jurisdictions & domain::kAllJurisdictions;
    if (rate.per_minute == line.per_minute) {
      line.primary_set = (line.primary_set | set) & domain::kAllJurisdictions;
    } else {
      line.alternate = rate.per_minute;
      line.alternate_set = (line.alternate_set | set) & domain::kAllJurisdictions;
    }
  }

  // RateLine::per_minute is what a call of unknown jurisdiction costs, where the line holds for one.
  void put_usual_first() {
    if (!plan.unknown_as) return;
    for (std::size_t at = 0; at < lines.size(); ++at) {
      auto& line = lines[at];
      if ((line.alternate_set & bit(*plan.unknown_as)) == 0) continue;
      std::swap(line.per_minute, line.alternate);
      const std::uint64_t set = line.primary_set;
      line.primary_set = line.alternate_set;
      line.alternate_set = set & domain::kAllJurisdictions;
    }
  }

  // Which jurisdictions some line tells apart.
  void compare() {
    std::array<unsigned, kJurisdictions> apart{};  // bits of those that j is apart from
    for (const auto& line : lines.view()) {
      const auto sets =
          std::array{static_cast<unsigned>(line.primary_set), static_cast<unsigned>(line.alternate_set)};
      for (const unsigned set : sets) {
        if (set == 0 || set == domain::kAllJurisdictions) continue;
        for (unsigned one = 0; one < kJurisdictions; ++one)
          apart[one] |= (set >> one & 1u) != 0 ? domain::kAllJurisdictions & ~set : set;
      }
    }
    for (unsigned one = 0; one < kJurisdictions; ++one)
      for (unsigned least = one + 1; least-- > 0;)
        if ((apart[one] >> least & 1u) == 0) alike[one] = static_cast<std::uint8_t>(least);
  }

  bool stands(const RateLine& line, WallTime when, Jurisdiction jurisdiction) const {
    if (when < line.effective_from || when >= line.effective_to || !line.holds(jurisdiction)) return false;
    if (line.terms == 0) return true;
    const auto schedule = terms[line.terms].schedule;
    return schedule == 0 || (schedules && schedules->open(schedule, when));
  }

  const RateLine* first_standing(std::uint32_t located, WallTime when, Jurisdiction jurisdiction) const {
    for (; located != RateLine::kNone; located = lines[located].next)
      if (stands(lines[located], when, jurisdiction)) return &lines[located];
    return nullptr;
  }

  std::optional<Jurisdiction> counts_as(Jurisdiction jurisdiction) const {
    return jurisdiction == Jurisdiction::Unknown ? plan.unknown_as : jurisdiction;
  }
};

static_assert(RateLine::kNone == DigitIndex::kNone);
static_assert(sizeof(RateLine) == 64);

Deck::Deck() : impl_(std::make_unique<Impl>()) {}
Deck::~Deck() = default;

std::shared_ptr<const Deck> Deck::compile(const domain::RatePlan& plan,
                                          std::shared_ptr<const ScheduleBook> schedules) {
  std::shared_ptr<Deck> deck(new Deck);
  auto& impl = *deck->impl_;
  const auto rates = plan.rates ? std::span<const Rate>(*plan.rates) : std::span<const Rate>();
  TermsTable terms;
  auto entries = sorted_entries(rates, terms);
  impl.refused = rates.size() - entries.size();
  impl.plan = plan;
  impl.plan.rates = nullptr;
  impl.schedules = std::move(schedules);
  impl.terms = terms.take();
  impl.index = DigitIndex(unique_keys(entries));
  impl.lines = Slab<RateLine>(join(entries, rates));
  impl.fill(entries, rates);
  impl.put_usual_first();
  impl.compare();
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

const RateLine* Deck::line_at(std::uint32_t located, WallTime when, Jurisdiction jurisdiction) const {
  const auto counted = impl_->counts_as(jurisdiction);
  if (!counted) return nullptr;
  const auto* line = impl_->first_standing(located, when, *counted);
  if (line && line->terms != 0 && impl_->terms[line->terms].blocked) return nullptr;
  return line;
}

bool Deck::blocked_at(std::uint32_t located, WallTime when, Jurisdiction jurisdiction) const {
  const auto counted = impl_->counts_as(jurisdiction);
  const auto* line = counted ? impl_->first_standing(located, when, *counted) : nullptr;
  return line && impl_->terms[line->terms].blocked;
}

const RateLine* Deck::find(std::string_view digits, WallTime when, Jurisdiction jurisdiction) const {
  return line_at(impl_->index.find(Digits(digits)), when, jurisdiction);
}

std::optional<Jurisdiction> Deck::counts_as(Jurisdiction jurisdiction) const {
  return impl_->counts_as(jurisdiction);
}

unsigned Deck::signature(Jurisdiction jurisdiction) const {
  const auto counted = impl_->counts_as(jurisdiction);
  return counted ? impl_->alike[static_cast<std::size_t>(*counted)] : kRefuses;
}

const RateTerms& Deck::terms(const RateLine& line) const {
  return impl_->terms[line.terms];
}

const Schedule* Deck::schedule(const RateTerms& terms) const {
  return impl_->schedules ? impl_->schedules->find(terms.schedule) : nullptr;
}

bool Deck::timed() const {
  return std::any_of(impl_->terms.begin(), impl_->terms.end(),
                     [](const RateTerms& terms) { return terms.schedule != 0; });
}

const std::shared_ptr<const ScheduleBook>& Deck::schedules() const {
  return impl_->schedules;
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
  return sizeof(Impl) + impl_->index.memory_octets() + impl_->lines.octets() +
         impl_->terms.size() * sizeof(RateTerms);
}

}  // namespace warp::rating
