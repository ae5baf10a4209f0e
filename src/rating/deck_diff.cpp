#include "warp/rating/deck_diff.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "warp/base/exact.h"

namespace warp::rating {
using exact::divide;
using exact::narrowed;
using exact::Wide;
namespace {

using domain::Jurisdiction;
using domain::Rate;
using Kind = DeckDiff::Kind;

using domain::kJurisdictions;
constexpr std::int64_t kWhole = 1'000'000'000;

// One prefix and schedule of a deck: its line for each jurisdiction.
struct Group {
  std::array<const Rate*, kJurisdictions> lines{};
};

bool ended(const Rate& rate, WallTime at) {
  return rate.effective_to && (*rate.effective_to <= at || *rate.effective_to <= rate.effective_from);
}

// Of two lines for one jurisdiction the one that counts at `at`; `later` comes later in the deck.
bool goes_before(const Rate& later, const Rate& earlier, WallTime at) {
  const bool begun = later.effective_from <= at, other = earlier.effective_from <= at;
  if (begun != other) return begun;
  return begun ? later.effective_from >= earlier.effective_from
               : later.effective_from < earlier.effective_from;
}

// The groups of a deck in the order of prefix and schedule.
class Walk {
 public:
  Walk(std::span<const Rate> rates, WallTime at) : rates_(rates), at_(at), order_(rates.size()) {
    std::iota(order_.begin(), order_.end(), 0u);
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
      const auto order = key(a).compare_three_way(key(b));
      return order != 0 ? order < 0 : a < b;
    };
    if (!std::is_sorted(order_.begin(), order_.end(), before))
      std::sort(order_.begin(), order_.end(), before);
    skip_ended();
  }

  struct Key {
    std::string_view prefix;
    std::uint16_t schedule = 0;
    int compare_three_way(const Key& other) const {
      if (const int order = prefix.compare(other.prefix); order != 0) return order;
      return static_cast<int>(schedule) - static_cast<int>(other.schedule);
    }
  };

  bool done() const { return next_ == order_.size(); }
  Key next() const { return key(order_[next_]); }

  Group take() {
    Group group;
    const auto wanted = next();
    for (; next_ < order_.size() && key(order_[next_]).compare_three_way(wanted) == 0; ++next_) {
      const auto& rate = rates_[order_[next_]];
      if (ended(rate, at_)) continue;
      for (unsigned one = 0; one < kJurisdictions; ++one) {
        if ((rate.jurisdictions >> one & 1u) == 0) continue;
        auto& line = group.lines[one];
        if (!line || goes_before(rate, *line, at_)) line = &rate;
      }
    }
    skip_ended();
    return group;
  }

 private:
  Key key(std::uint32_t at) const { return {rates_[at].prefix, rates_[at].schedule}; }

  // Groups of which all lines have ended are none.
  void skip_ended() {
    while (next_ < order_.size()) {
      const auto wanted = next();
      auto end = next_;
      bool alive = false;
      for (; end < order_.size() && key(order_[end]).compare_three_way(wanted) == 0; ++end)
        alive = alive || !ended(rates_[order_[end]], at_);
      if (alive) return;
      next_ = end;
    }
  }

  std::span<const Rate> rates_;
  WallTime at_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
};

bool same_terms(const Rate& a, const Rate& b) {
  const auto terms = [](const Rate& rate) {
    return std::tie(rate.setup_fee, rate.attempt_fee, rate.surcharge, rate.free_seconds,
                    rate.initial_increment, rate.increment, rate.minimum_seconds, rate.blocked);
  };
  return terms(a) == terms(b);
}

struct Verdict {
  Kind kind = Kind::Same;
  std::size_t jurisdiction = 0;  // that decided
};

Verdict compare(const Group& before, const Group& after) {
  std::optional<std::size_t> down, changed, present;
  for (std::size_t one = 0; one < kJurisdictions; ++one) {
    const auto* old = before.lines[one];
    const auto* now = after.lines[one];
    if (!present && now) present = one;
    if (!old && !now) continue;
    if (!old || !now) {
      changed = changed.value_or(one);
      continue;
    }
    if (now->per_minute > old->per_minute) return {Kind::Up, one};
    if (now->per_minute < old->per_minute) down = down.value_or(one);
    if (!same_terms(*old, *now)) changed = changed.value_or(one);
  }
  if (down) return {Kind::Down, *down};
  if (changed) return {Kind::Changed, *changed};
  return {Kind::Same, present.value_or(0)};
}

std::size_t first_of(const Group& group) {
  for (std::size_t one = 0; one < kJurisdictions; ++one)
    if (group.lines[one]) return one;
  return 0;
}

class Differ {
 public:
  void put(const Walk::Key& key, const Group* before, const Group* after) {
    Verdict verdict;
    if (!before)
      verdict = {Kind::New, first_of(*after)};
    else if (!after)
      verdict = {Kind::Closed, first_of(*before)};
    else
      verdict = compare(*before, *after);
    const auto kind = static_cast<std::size_t>(verdict.kind);
    ++diff_.counts[kind];
    add(before, before_);
    add(after, after_);
    if (diff_.samples[kind].size() == DeckDiff::kSamples) return;
    diff_.samples[kind].push_back({std::string(key.prefix), key.schedule,
                                   static_cast<Jurisdiction>(verdict.jurisdiction),
                                   price(before, verdict.jurisdiction), price(after, verdict.jurisdiction)});
  }

  DeckDiff finish() {
    for (std::size_t one = 0; one < kJurisdictions; ++one) {
      auto& mean = diff_.means[one];
      mean.lines = after_[one].lines;
      mean.lines_before = before_[one].lines;
      mean.after = after_[one].mean();
      mean.before = before_[one].mean();
    }
    return std::move(diff_);
  }

 private:
  struct Sum {
    Wide nanos = 0;
    std::uint64_t lines = 0;
    Money mean() const {
      if (lines == 0) return Money{};
      // A mean of numbers of 64 bits has 64.
      return Money::from_nanos(narrowed(divide<Wide>(nanos, Wide{lines}, Rounding::HalfEven)).value_or(0));
    }
  };

  static std::optional<Money> price(const Group* group, std::size_t jurisdiction) {
    if (!group || !group->lines[jurisdiction]) return std::nullopt;
    return group->lines[jurisdiction]->per_minute;
  }

  static void add(const Group* group, std::array<Sum, kJurisdictions>& sums) {
    if (!group) return;
    for (std::size_t one = 0; one < kJurisdictions; ++one) {
      if (!group->lines[one] || group->lines[one]->blocked) continue;
      sums[one].nanos += group->lines[one]->per_minute.nanos();
      ++sums[one].lines;
    }
  }

  DeckDiff diff_;
  std::array<Sum, kJurisdictions> before_{}, after_{};
};

}  // namespace

std::string_view to_string(DeckDiff::Kind kind) {
  switch (kind) {
    case Kind::New:
      return "new";
    case Kind::Up:
      return "up";
    case Kind::Down:
      return "down";
    case Kind::Changed:
      return "changed";
    case Kind::Same:
      return "same";
    case Kind::Closed:
      return "closed";
  }
  return "";
}

DeckDiff diff_decks(std::span<const Rate> before, std::span<const Rate> after, WallTime at) {
  Walk old(before, at), now(after, at);
  Differ differ;
  while (!old.done() || !now.done()) {
    const int order = old.done() ? 1 : now.done() ? -1 : old.next().compare_three_way(now.next());
    const auto key = order <= 0 ? old.next() : now.next();
    std::optional<Group> was, is;
    if (order <= 0) was = old.take();
    if (order >= 0) is = now.take();
    differ.put(key, was ? &*was : nullptr, is ? &*is : nullptr);
  }
  return differ.finish();
}

namespace {

// The price of the other side that `price` has to bear: the cheapest vendor's, or the lowest customers'.
std::optional<Money> lowest(const std::string& prefix, Jurisdiction jurisdiction, Currency currency,
                            std::span<const std::shared_ptr<const Deck>> others, const FxTable& fx,
                            WallTime at) {
  std::optional<Money> least;
  for (const auto& deck : others) {
    const auto* line = deck->find(prefix, at, jurisdiction);
    const auto rate = line ? fx.rate(deck->plan().currency, currency, at) : std::nullopt;
    if (!rate) continue;
    const auto own = line->per_minute_for(deck->counts_as(jurisdiction).value_or(jurisdiction));
    const auto price = convert(own, *rate, 9, Rounding::HalfEven);
    if (price && (!least || *price < *least)) least = price;
  }
  return least;
}

Jurisdiction first_in(domain::Jurisdictions set) {
  for (const auto one : {Jurisdiction::Interstate, Jurisdiction::Intrastate, Jurisdiction::International,
                         Jurisdiction::IntraLata, Jurisdiction::Local, Jurisdiction::TollFree})
    if ((set & domain::bit(one)) != 0) return one;
  return Jurisdiction::Unknown;
}

}  // namespace

MarginAlarms margin_alarms(std::span<const Rate> lines, const domain::RatePlan& plan,
                           std::span<const std::shared_ptr<const Deck>> others, const FxTable& fx,
                           WallTime at) {
  MarginAlarms alarms;
  const bool vendor = plan.kind == domain::RatePlanKind::Vendor;
  for (const auto& line : lines) {
    if (line.blocked || ended(line, at)) continue;
    const auto jurisdiction = first_in(line.jurisdictions);
    const auto moment = std::max(at, line.effective_from);
    const auto other = lowest(line.prefix, jurisdiction, plan.currency, others, fx, moment);
    if (!other || !(vendor ? line.per_minute > *other : line.per_minute < *other)) continue;
    if (++alarms.total <= DeckDiff::kSamples)
      alarms.samples.push_back({line.prefix, jurisdiction, line.per_minute, *other});
  }
  return alarms;
}

std::optional<std::vector<Rate>> marked_up(std::span<const Rate> lines, std::int64_t markup_e9, Money add,
                                           Rounding rounding) {
  if (markup_e9 < -kWhole || markup_e9 > 1'000 * kWhole) return std::nullopt;
  std::vector<Rate> out(lines.begin(), lines.end());
  for (auto& rate : out) {
    const auto scaled = Money::scale(rate.per_minute, kWhole + markup_e9, kWhole, rounding);
    const auto price = scaled ? Money::add(*scaled, add) : std::nullopt;
    if (!price || *price < Money{}) return std::nullopt;
    rate.per_minute = *price;
    for (auto* fee : {&rate.setup_fee, &rate.attempt_fee, &rate.surcharge}) {
      const auto marked = Money::scale(*fee, kWhole + markup_e9, kWhole, rounding);
      if (!marked) return std::nullopt;
      *fee = *marked;
    }
  }
  return out;
}

}  // namespace warp::rating
