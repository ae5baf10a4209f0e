// Decisions by cost table against decisions deck by deck: the same for any catalogue, number, time and
// chance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/base/random.h"
#include "warp/routing/decision.h"

#include "support/catalogue_builder.h"

namespace warp::routing {
namespace {

using std::chrono::hours;
using test::CatalogueBuilder;
using test::id_of;
using test::rate;

constexpr WallTime kStart{std::chrono::sys_days(std::chrono::year(2025) / 3 / 1)};
constexpr SnapshotLimits kNoTables{.cost_table_octets = 0};

class RandomCatalogue : public CatalogueBuilder {
 public:
  explicit RandomCatalogue(std::uint64_t seed) : random_(seed) {
    alphabet_ = 1 + below(4);
    dated_ = below(2) == 0;
    catalogue.loaded_at = kStart + hours(below(5));
    const auto plans = static_cast<std::uint8_t>(3 + below(12));
    for (std::uint8_t number = 1; number <= plans; ++number)
      plan(number, lines()).currency = *Currency::parse(below(8) == 0 ? "EUR" : "USD");
    catalogue.rate_plans[0].currency = *Currency::parse("USD");
    catalogue.rate_plans[0].allow_below_cost = below(3) == 0;
    customer(1, 1, 1);
    trunk(1, 1);
    partition(1).max_attempts = static_cast<std::uint8_t>(1 + below(25));
    const auto providers = static_cast<std::uint8_t>(3 + below(20));
    // More providers than plans: some share a deck, and some have a plan that is not there.
    for (std::uint8_t number = 1; number <= providers; ++number)
      add_provider(number, static_cast<std::uint8_t>(2 + below(plans)));
    for (auto left = providers + below(20); left > 0; --left)
      add_route(static_cast<std::uint8_t>(1 + below(providers)));
  }

  std::string digits(std::size_t longest) {
    std::string text(below(longest + 1), '0');
    for (auto& c : text)
      c = static_cast<char>('1' + below(alphabet_));
    return text;
  }
  std::uint64_t below(std::uint64_t bound) { return random_.next64() % bound; }

 private:
  std::vector<domain::Rate> lines() {
    std::vector<domain::Rate> lines(1 + below(60));
    for (auto& line : lines) {
      line = rate(digits(6), "0");
      // Few prices, so that many are equal; now and then one that does not fit a row.
      line.per_minute = Money::from_nanos(static_cast<std::int64_t>(below(5)) * 1'000'000);
      if (below(30) == 0) line.per_minute = Money::from_nanos(std::int64_t{5'000'000'000'000});
      if (below(30) == 0) line.per_minute = Money::from_nanos(-1);
      if (!dated_) continue;
      if (below(3) == 0) line.effective_from = kStart + hours(below(6));
      if (below(3) == 0) line.effective_to = kStart + hours(below(6));
    }
    return lines;
  }

  void add_provider(std::uint8_t number, std::uint8_t plan) {
    auto& one = provider(number, plan, below(10) == 0 ? "" : "192.0.2.1:" + std::to_string(5000 + number));
    if (below(10) == 0) one.rate_plan.reset();
    if (below(10) == 0) one.enabled = false;
    for (auto more = below(4) == 0 ? below(3) : 0; more > 0; --more)
      one.endpoints.push_back(endpoint(static_cast<std::int64_t>(100 * more + number),
                                       "192.0.2.2:" + std::to_string(6000 + more)));
  }

  void add_route(std::uint8_t provider) {
    auto& one = route(1, provider, below(3) == 0 ? digits(3) : "");
    one.priority = below(3) == 0 ? static_cast<int>(below(3)) : 1;
    one.weight = static_cast<int>(below(4));
    one.enabled = below(12) != 0;
  }

  SeededIdSource random_;
  std::uint64_t alphabet_ = 1;
  bool dated_ = false;
};

void expect_same(const Decision& by_row, const Decision& by_decks) {
  EXPECT_EQ(by_row.reason, by_decks.reason);
  ASSERT_EQ(by_row.rejections.size(), by_decks.rejections.size());
  for (std::size_t i = 0; i < by_row.rejections.size(); ++i)
    EXPECT_EQ(by_row.rejections[i].route->id, by_decks.rejections[i].route->id);
  // Prefixes, prices, versions, endpoints, order, reasons: all of it is in the trace.
  EXPECT_EQ(explain(by_row), explain(by_decks));
}

class CostTables : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CostTables, DecideAsTheDecksDo) {
  std::size_t with_tables = 0, with_candidates = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    RandomCatalogue made(GetParam() * 1000 + round);
    const auto quick = Snapshot::compile(made.catalogue, nullptr);
    const auto plain = Snapshot::compile(made.catalogue, nullptr, kNoTables);
    ASSERT_EQ(plain->cost_tables_octets(), 0u);
    with_tables += quick->cost_tables_octets() > 0;
    for (int call = 0; call < 150; ++call) {
      const auto number = made.digits(8);
      const auto when = kStart + hours(made.below(8)) - hours(1);
      const auto random = made.below(1000);
      SCOPED_TRACE("round " + std::to_string(round) + ", number " + number);
      const auto decide = [&](const Snapshot& snapshot) {
        return decide_outbound(snapshot, *snapshot.trunk(id_of<TrunkId>(1)), number, when, random);
      };
      const auto decision = decide(*quick);
      with_candidates += !decision.candidates.empty();
      expect_same(decision, decide(*plain));
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(with_tables, 30u);
  EXPECT_GT(with_candidates, 1000u);
}
INSTANTIATE_TEST_SUITE_P(Seeds, CostTables, testing::Range<std::uint64_t>(0, 8));

struct CostTableSharing : testing::Test, CatalogueBuilder {
  CostTableSharing() {
    for (std::uint8_t number = 1; number <= 5; ++number) {
      plan(number, {rate("1", "0.01"), rate("1212", "0.00" + std::to_string(number))});
      provider(number, number, "192.0.2.1:" + std::to_string(5000 + number));
      for (std::uint8_t own = 1; own <= 2; ++own)
        if (number != 5 || own == 1) route(own, number, "1");
    }
    partition(1);
    partition(2);
    customer(1, 1, 1);
    trunk(1, 1);
  }
  std::size_t octets(const Snapshot* previous = nullptr, SnapshotLimits limits = {}) {
    return Snapshot::compile(catalogue, previous, limits)->cost_tables_octets();
  }
};

TEST_F(CostTableSharing, ATableServesPartitionsOfFewerDecks) {
  const auto both = octets();
  catalogue.partitions.pop_back();
  EXPECT_EQ(octets(), both);
  EXPECT_GT(both, 0u);
}

TEST_F(CostTableSharing, NoTableForFewDecks) {
  catalogue.routes.resize(2);
  EXPECT_EQ(octets(), 0u);
}

TEST_F(CostTableSharing, NoTableBeyondTheLimit) {
  EXPECT_EQ(octets(nullptr, {.cost_table_octets = 8}), 0u);
  EXPECT_GT(octets(nullptr, {.cost_table_octets = 1000}), 0u);
}

TEST_F(CostTableSharing, ALentTableLeavesWithItsDecks) {
  const auto first = Snapshot::compile(catalogue, nullptr);
  EXPECT_EQ(octets(first.get(), {.cost_table_octets = 0}), first->cost_tables_octets());
  ++catalogue.rate_plans[4].version;
  EXPECT_EQ(octets(first.get(), {.cost_table_octets = 0}), 0u);
}

TEST_F(CostTableSharing, ALentTableLeavesWhenItsTimeIsOver) {
  auto later = rate("1212", "0.001");
  later.effective_from = kStart;
  plan(6, {rate("1", "0.02"), later});
  provider(6, 6, "192.0.2.1:5006");
  route(1, 6, "1");
  catalogue.loaded_at = kStart - hours(2);
  const auto first = Snapshot::compile(catalogue, nullptr);
  catalogue.loaded_at = kStart - hours(1);
  EXPECT_GT(octets(first.get(), {.cost_table_octets = 0}), 0u);
  catalogue.loaded_at = kStart;
  EXPECT_EQ(octets(first.get(), {.cost_table_octets = 0}), 0u);
}

}  // namespace
}  // namespace warp::routing
