// Lines by jurisdiction, schedule and date: decks against a naive search, cost tables against decks, what two
// decks differ in against two naive maps.
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "warp/base/random.h"
#include "warp/rating/cost_table.h"
#include "warp/rating/deck_diff.h"
#include "warp/rating/price.h"

namespace warp::rating {
namespace {

using domain::Jurisdiction;
using domain::Rate;
using std::chrono::days;
using std::chrono::hours;

constexpr WallTime kStart{std::chrono::sys_days(std::chrono::year(2025) / 3 / 1)};
constexpr unsigned kJurisdictions = 7;

std::shared_ptr<const ScheduleBook> book() {
  const std::vector<domain::ScheduleRow> rows{{1, "even", "UTC", {{127, 120, 240}, {127, 360, 480}}, {}},
                                              {2, "never", "UTC", {}, {}}};
  return ScheduleBook::compile(rows, kStart);
}

domain::RatePlan plan_of(std::vector<Rate> rates) {
  domain::RatePlan plan;
  plan.rates = std::make_shared<const std::vector<Rate>>(std::move(rates));
  return plan;
}

Rate line_for(std::string prefix, std::int64_t nanos, domain::Jurisdictions set = domain::kAllJurisdictions) {
  Rate line;
  line.prefix = std::move(prefix);
  line.per_minute = Money::from_nanos(nanos);
  line.jurisdictions = set;
  return line;
}

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_.next64() % bound; }
  std::string digits(std::size_t longest) {
    std::string text(below(longest + 1), '0');
    for (auto& c : text)
      c = static_cast<char>('1' + below(3));
    return text;
  }
  Jurisdiction jurisdiction() { return static_cast<Jurisdiction>(below(kJurisdictions)); }
  WallTime moment() { return kStart + hours(below(10)); }

  std::vector<Rate> lines(std::size_t most) {
    std::vector<Rate> lines(1 + below(most));
    for (std::size_t at = 0; at < lines.size(); ++at) {
      auto& line = lines[at];
      line = line_for(digits(5), static_cast<std::int64_t>(below(4) == 0 ? below(3) : at) * 1'000'000);
      line.jurisdictions = below(3) == 0 ? domain::kAllJurisdictions : sets_[below(std::size(sets_))];
      if (below(3) == 0) line.effective_from = moment();
      if (below(4) == 0) line.effective_to = moment();
      if (below(5) == 0) line.schedule = static_cast<std::uint16_t>(1 + below(3));  // 3 is not there
      if (below(8) == 0) line.setup_fee = Money::from_nanos(static_cast<std::int64_t>(below(3)));
      if (below(15) == 0) line.blocked = true;
    }
    return lines;
  }

  domain::RatePlan plan(std::size_t most) {
    auto plan = plan_of(lines(most));
    switch (below(3)) {
      case 0:
        plan.unknown_as = std::nullopt;
        break;
      case 1:
        plan.unknown_as = static_cast<Jurisdiction>(below(5));
        break;
      default:
        break;
    }
    return plan;
  }

 private:
  static constexpr domain::Jurisdictions sets_[]{0x11, 0x0c, 0x02, 0x60, 0x7d, 0x10, 0x01};
  SeededIdSource random_;
};

bool open(const ScheduleBook& book, const Rate& line, WallTime when) {
  return line.schedule == 0 || book.open(line.schedule, when);
}

// What deck.h says, word by word; the blocked line itself when it is that.
const Rate* naive_line(const domain::RatePlan& plan, const ScheduleBook& book, std::string_view digits,
                       WallTime when, Jurisdiction jurisdiction) {
  if (jurisdiction == Jurisdiction::Unknown) {
    if (!plan.unknown_as) return nullptr;
    jurisdiction = *plan.unknown_as;
  }
  const Rate* best = nullptr;
  const auto rank = [](const Rate& line) {
    return std::tuple(line.prefix.size(), line.effective_from, line.schedule != 0);
  };
  for (const auto& line : *plan.rates) {
    if (!digits.starts_with(line.prefix) || line.effective_from > when) continue;
    if (line.effective_to && *line.effective_to <= when) continue;
    if ((line.jurisdictions & domain::bit(jurisdiction)) == 0 || !open(book, line, when)) continue;
    if (!best || rank(line) >= rank(*best)) best = &line;
  }
  return best;
}

class RandomWorlds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomWorlds, DecksEqualTheNaiveSearch) {
  World world(GetParam());
  const auto schedules = book();
  for (int round = 0; round < 60; ++round) {
    const auto plan = world.plan(120);
    const auto deck = Deck::compile(plan, schedules);
    for (int lookup = 0; lookup < 300; ++lookup) {
      const auto digits = world.digits(8);
      const auto when = world.moment() - hours(1);
      const auto jurisdiction = world.jurisdiction();
      const auto* wanted = naive_line(plan, *schedules, digits, when, jurisdiction);
      const auto* found = deck->find(digits, when, jurisdiction);
      const auto located = deck->index().find(Digits(digits));
      ASSERT_EQ(deck->blocked_at(located, when, jurisdiction), wanted && wanted->blocked) << digits;
      ASSERT_EQ(found != nullptr, wanted && !wanted->blocked) << digits;
      if (!found) continue;
      const auto side = unpriced(*deck, *found, jurisdiction);
      ASSERT_EQ(side.per_minute, wanted->per_minute) << digits;
      ASSERT_EQ(side.prefix, wanted->prefix);
      ASSERT_EQ(side.setup_fee, wanted->setup_fee);
      ASSERT_EQ(side.schedule, wanted->schedule);
    }
  }
}

TEST_P(RandomWorlds, EqualSignaturesMeanEqualLines) {
  World world(GetParam());
  for (int round = 0; round < 40; ++round) {
    const auto deck = Deck::compile(world.plan(20), book());
    for (unsigned a = 0; a < kJurisdictions; ++a)
      for (unsigned b = 0; b < kJurisdictions; ++b) {
        const auto one = static_cast<Jurisdiction>(a), other = static_cast<Jurisdiction>(b);
        if (deck->signature(one) != deck->signature(other)) continue;
        for (int lookup = 0; lookup < 20; ++lookup) {
          const auto digits = world.digits(8);
          const auto when = world.moment();
          ASSERT_EQ(deck->find(digits, when, one), deck->find(digits, when, other));
        }
      }
  }
}

TEST_P(RandomWorlds, CostTablesEqualTheirDecks) {
  World world(GetParam());
  const auto schedules = book();
  const FxTable fx(std::vector<domain::FxRow>{
      {*Currency::parse("EUR"), Currency{}, 1'083'450'000'000, {}},
      {*Currency::parse("EUR"), Currency{}, 1'200'000'000'000, kStart + hours(5)}});
  for (int round = 0; round < 25; ++round) {
    std::vector<std::shared_ptr<const Deck>> decks(1 + world.below(8));
    for (auto& deck : decks) {
      auto plan = world.plan(60);
      const char* names[]{"USD", "EUR", "GBP"};
      plan.currency = *Currency::parse(names[world.below(3)]);
      deck = Deck::compile(plan, schedules);
    }
    const auto built = world.moment();
    const auto costs = JurisdictionCosts::compile(decks, built, std::size_t{1} << 30, &fx);
    std::size_t answered = 0;
    for (int lookup = 0; lookup < 200; ++lookup) {
      const auto jurisdiction = world.jurisdiction();
      const auto* table = costs.of(jurisdiction);
      ASSERT_NE(table, nullptr);
      const auto digits = world.digits(8);
      const auto when = lookup % 2 == 0 ? built : world.moment();
      const auto row = table->row(table->index().find(Digits(digits)), when);
      if (!row) {
        ASSERT_NE(when, built);
        continue;
      }
      ++answered;
      std::vector<std::tuple<Money, std::size_t, const RateLine*>> wanted;
      for (std::size_t slot = 0; slot < decks.size(); ++slot) {
        const auto* line = decks[slot]->find(digits, when, jurisdiction);
        const auto rate = fx.rate(decks[slot]->plan().currency, Currency{}, when);
        if (!line || !rate) continue;
        const auto price = PickedLine(*decks[slot], *line, jurisdiction).per_minute();
        wanted.emplace_back(*convert(price, *rate, 9, Rounding::HalfEven), slot, line);
      }
      std::sort(wanted.begin(), wanted.end());
      ASSERT_EQ(row->size(), wanted.size()) << digits;
      for (std::size_t at = 0; at < wanted.size(); ++at)
        ASSERT_EQ(std::tuple((*row)[at].per_minute, (*row)[at].slot, (*row)[at].line), wanted[at]) << digits;
    }
    EXPECT_GE(answered, 100u);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomWorlds, testing::Values(1u, 2u, 3u, 20250301u));

TEST(CostTables, JurisdictionsOfEqualLinesShareOne) {
  const auto plain = Deck::compile(plan_of({line_for("1", 5), line_for("44", 9)}));
  const auto two = Deck::compile(plan_of({line_for("1", 5, 0x0e), line_for("1", 4, 0x71)}));
  EXPECT_EQ(JurisdictionCosts::compile({plain}, kStart, 1 << 20).different(), 1u);
  const auto costs = JurisdictionCosts::compile({plain, two}, kStart, 1 << 20);
  EXPECT_EQ(costs.different(), 2u);
  EXPECT_EQ(costs.of(Jurisdiction::Interstate), costs.of(Jurisdiction::International));
  EXPECT_NE(costs.of(Jurisdiction::Interstate), costs.of(Jurisdiction::Local));
  EXPECT_LT(costs.memory_octets() - sizeof(costs), costs.of(Jurisdiction::Interstate)->memory_octets() +
                                                       costs.of(Jurisdiction::Local)->memory_octets())
      << "one index";
}

TEST(CostTables, BeyondTheBudgetThereIsNone) {
  const auto two = Deck::compile(plan_of({line_for("1", 5, 0x0e), line_for("1", 4, 0x71)}));
  EXPECT_EQ(JurisdictionCosts::compile({two}, kStart, 16).different(), 0u);
  const auto one = CostTable::compile({two}, kStart, 1 << 20);
  const auto costs = JurisdictionCosts::compile({two}, kStart, one->memory_octets() + 1);
  EXPECT_EQ(costs.different(), 1u);
  EXPECT_EQ(costs.of(Jurisdiction::Local), nullptr);
}

TEST(CostTables, ChangeAtTheEdgeOfAScheduleAndOfARate) {
  auto even = line_for("1", 3);
  even.schedule = 1;
  const auto deck = Deck::compile(plan_of({line_for("1", 5), even}), book());
  EXPECT_EQ(CostTable::compile({deck}, kStart, 1 << 20)->changes_at(), kStart + hours(2));
  EXPECT_EQ(CostTable::compile({deck}, kStart + hours(3), 1 << 20)->changes_at(), kStart + hours(4));
  const FxTable fx(std::vector<domain::FxRow>{{*Currency::parse("EUR"), Currency{}, 1, kStart + hours(1)}});
  EXPECT_EQ(CostTable::compile({deck}, kStart, 1 << 20, {Jurisdiction::Local, &fx})->changes_at(),
            kStart + hours(1));
}

TEST(Deck, TwoPricesOfAPrefixAreOneLine) {
  const auto deck = Deck::compile(plan_of({line_for("1212", 5, 0x0c), line_for("1212", 4, 0x10),
                                           line_for("1212", 5, 0x02), line_for("1212", 7, 0x40)}));
  EXPECT_EQ(deck->size(), 2u);
  EXPECT_EQ(deck->find("1212555", kStart, Jurisdiction::TollFree)->per_minute.nanos(), 7);
  const auto* line = deck->find("1212555", kStart, Jurisdiction::Local);
  ASSERT_NE(line, nullptr);
  EXPECT_EQ(line->per_minute_for(Jurisdiction::Local).nanos(), 5);
  EXPECT_EQ(deck->find("1212555", kStart, Jurisdiction::International), nullptr);
  EXPECT_EQ(deck->find("1212555", kStart)->per_minute.nanos(), 4) << "what UNKNOWN counts as comes first";
}

TEST(Deck, ManyTermsAreKeptAndTooManyAreRefused) {
  std::vector<Rate> rates(70'000);
  for (std::size_t at = 0; at < rates.size(); ++at) {
    rates[at] = line_for("1" + std::to_string(100'000 + at), 1);
    rates[at].setup_fee = Money::from_nanos(static_cast<std::int64_t>(at));
  }
  const auto deck = Deck::compile(plan_of(std::move(rates)));
  EXPECT_EQ(deck->size(), 65'536u);
  EXPECT_EQ(deck->refused(), 70'000u - 65'536u);
  const auto* line = deck->find("1150000", kStart);
  ASSERT_NE(line, nullptr);
  EXPECT_EQ(deck->terms(*line).setup_fee.nanos(), 50'000);
}

TEST(Deck, ThousandBlocksAreLongerPrefixes) {
  const auto deck = Deck::compile(plan_of({line_for("1212555", 5), line_for("12125553", 3)}));
  EXPECT_EQ(deck->find("12125553456", kStart)->per_minute.nanos(), 3);
  EXPECT_EQ(deck->find("12125554456", kStart)->per_minute.nanos(), 5);
}

// --- differences

using Key = std::pair<std::string, std::uint16_t>;
using Cells = std::map<unsigned, const Rate*>;

// Of each prefix and schedule the line that counts at `at`, by jurisdiction.
std::map<Key, Cells> map_of(const std::vector<Rate>& rates, WallTime at) {
  std::map<Key, Cells> out;
  for (unsigned one = 0; one < kJurisdictions; ++one)
    for (const auto& rate : rates) {
      if ((rate.jurisdictions >> one & 1) == 0) continue;
      if (rate.effective_to && (*rate.effective_to <= at || *rate.effective_to <= rate.effective_from))
        continue;
      auto& best = out[{rate.prefix, rate.schedule}][one];
      const auto rank = [&](const Rate& line) {
        const bool begun = line.effective_from <= at;
        const auto since = line.effective_from.time_since_epoch().count();
        return std::pair(begun, begun ? since : -since);
      };
      const bool goes =
          !best || rank(rate) > rank(*best) || (rank(rate) == rank(*best) && rate.effective_from <= at);
      if (goes) best = &rate;
    }
  return out;
}

DeckDiff::Kind kind_of(const Cells& before, const Cells& after) {
  bool up = false, down = false, changed = false;
  for (unsigned one = 0; one < kJurisdictions; ++one) {
    const bool was = before.contains(one), is = after.contains(one);
    changed = changed || was != is;
    if (!was || !is) continue;
    const auto& a = *before.at(one);
    const auto& b = *after.at(one);
    up = up || b.per_minute > a.per_minute;
    down = down || b.per_minute < a.per_minute;
    changed = changed || a.setup_fee != b.setup_fee || a.blocked != b.blocked;
  }
  if (up) return DeckDiff::Kind::Up;
  if (down) return DeckDiff::Kind::Down;
  return changed ? DeckDiff::Kind::Changed : DeckDiff::Kind::Same;
}

TEST_P(RandomWorlds, DifferencesEqualThoseOfTwoMaps) {
  World world(GetParam());
  for (int round = 0; round < 60; ++round) {
    auto before = world.lines(60), after = before;
    for (auto& line : after)
      if (world.below(3) == 0) line = world.lines(1).front();
    const auto at = world.moment();
    const auto old = map_of(before, at), now = map_of(after, at);
    std::array<std::uint64_t, DeckDiff::kKinds> counts{};
    std::set<Key> keys;
    for (const auto& [key, cells] : old)
      keys.insert(key);
    for (const auto& [key, cells] : now)
      keys.insert(key);
    for (const auto& key : keys) {
      auto kind = DeckDiff::Kind::New;
      if (!now.contains(key))
        kind = DeckDiff::Kind::Closed;
      else if (old.contains(key))
        kind = kind_of(old.at(key), now.at(key));
      ++counts[static_cast<std::size_t>(kind)];
    }
    EXPECT_EQ(diff_decks(before, after, at).counts, counts) << "seed " << GetParam() << ", round " << round;
  }
}

TEST(DeckDiff, SaysWhatChangedWithSamplesAndMeans) {
  const std::vector<Rate> before{line_for("1", 10), line_for("44", 20, 0x10), line_for("33", 5),
                                 line_for("49", 7)};
  const std::vector<Rate> after{line_for("1", 12), line_for("44", 15, 0x10), line_for("49", 7),
                                line_for("81", 3)};
  const auto diff = diff_decks(before, after, kStart);
  EXPECT_EQ(diff.count(DeckDiff::Kind::New), 1u);
  EXPECT_EQ(diff.count(DeckDiff::Kind::Up), 1u);
  EXPECT_EQ(diff.count(DeckDiff::Kind::Down), 1u);
  EXPECT_EQ(diff.count(DeckDiff::Kind::Same), 1u);
  EXPECT_EQ(diff.count(DeckDiff::Kind::Closed), 1u);
  const auto& up = diff.samples[static_cast<std::size_t>(DeckDiff::Kind::Up)];
  ASSERT_EQ(up.size(), 1u);
  EXPECT_EQ(up[0].prefix, "1");
  EXPECT_EQ(up[0].before->nanos(), 10);
  EXPECT_EQ(up[0].after->nanos(), 12);
  const auto& mean = diff.means[static_cast<std::size_t>(Jurisdiction::Interstate)];
  EXPECT_EQ(mean.lines_before, 4u);
  EXPECT_EQ(mean.before.nanos(), 10) << "42 / 4, half to even";
  EXPECT_EQ(mean.after.nanos(), 9) << "37 / 4";
  EXPECT_EQ(diff.means[static_cast<std::size_t>(Jurisdiction::Local)].lines, 3u);
}

TEST(DeckDiff, KeepsTwentySamplesOfAKind) {
  std::vector<Rate> after;
  for (int i = 0; i < 50; ++i)
    after.push_back(line_for(std::to_string(100 + i), i));
  const auto diff = diff_decks({}, after, kStart);
  EXPECT_EQ(diff.count(DeckDiff::Kind::New), 50u);
  EXPECT_EQ(diff.samples[0].size(), DeckDiff::kSamples);
}

TEST(MarginAlarms, NamePrefixesThatLoseMoney) {
  auto vendor = plan_of({line_for("1", 10), line_for("44", 20)});
  vendor.kind = domain::RatePlanKind::Vendor;
  auto dearer = plan_of({line_for("1", 12)});
  const std::vector<std::shared_ptr<const Deck>> vendors{Deck::compile(vendor), Deck::compile(dearer)};
  const auto customers = plan_of({});
  const std::vector<Rate> lines{line_for("1", 9), line_for("1212", 10), line_for("44", 21),
                                line_for("99", 1)};
  const auto alarms = margin_alarms(lines, customers, vendors, FxTable(), kStart);
  ASSERT_EQ(alarms.total, 1u);
  EXPECT_EQ(alarms.samples[0].prefix, "1");
  EXPECT_EQ(alarms.samples[0].other.nanos(), 10);
  const auto sold = Deck::compile(plan_of({line_for("1", 11)}));
  const std::vector<std::shared_ptr<const Deck>> buyers{sold};
  EXPECT_EQ(margin_alarms(*dearer.rates, vendor, buyers, FxTable(), kStart).total, 1u);
  EXPECT_EQ(margin_alarms(*vendor.rates, vendor, buyers, FxTable(), kStart).total, 0u);
}

TEST(MarkUp, RoundsEachPriceOnceAndNeverBelowZero) {
  const std::vector<Rate> lines{line_for("1", 15), line_for("44", 1'000'000'000)};
  const auto dearer = marked_up(lines, 100'000'000, Money::from_nanos(1), Rounding::HalfEven);
  ASSERT_TRUE(dearer);
  EXPECT_EQ((*dearer)[0].per_minute.nanos(), 17) << "16.5 to even, and one";
  EXPECT_EQ((*dearer)[1].per_minute.nanos(), 1'100'000'001);
  EXPECT_EQ((*marked_up(lines, 100'000'000, Money{}, Rounding::Up))[0].per_minute.nanos(), 17);
  EXPECT_FALSE(marked_up(lines, 0, Money::from_nanos(-16), Rounding::Down));
}

}  // namespace
}  // namespace warp::rating
