#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "warp/billing/invoice.h"

#include "unit/billing/golden_reader.h"

namespace warp::billing {
namespace {

using test::Golden;
using test::GoldenLine;

std::vector<GoldenLine> brief(const Draft& draft) {
  std::vector<GoldenLine> out;
  for (const auto& line : draft.lines)
    out.push_back({std::string(to_string(line.kind)), line.sku, line.amount.nanos()});
  return out;
}

std::string text(const std::vector<GoldenLine>& lines) {
  std::string out;
  for (const auto& line : lines)
    out += line.kind + " " + line.sku + " " + std::to_string(line.nanos) + "\n";
  return out;
}

// The table was worked out with exact rationals by golden_invoices.py beside it.
TEST(Compose, EqualsTheGoldenInvoices) {
  const auto cases = test::read_golden(WARP_SOURCE_DIR "/tests/unit/billing/golden_invoices.txt");
  EXPECT_GE(cases.size(), 40u);
  for (const auto& golden : cases) {
    const auto draft = compose(golden.terms, test::skus(), golden.usage, golden.recurring, golden.taxes);
    ASSERT_TRUE(draft) << golden.name;
    EXPECT_EQ(brief(*draft), golden.lines) << golden.name << ": got\n" << text(brief(*draft));
    const std::vector<Money> sums{draft->charges, draft->taxes, draft->rounding,
                                  draft->carried, draft->total, draft->credit_out};
    EXPECT_EQ(sums, golden.sums) << golden.name;
    EXPECT_EQ(draft->rollover, golden.left) << golden.name;
  }
}

Money sum_of(const Draft& draft) {
  std::int64_t nanos = 0;
  for (const auto& line : draft.lines)
    nanos += line.amount.nanos();
  return Money::from_nanos(nanos);
}

Terms march() {
  Terms terms;
  terms.period = {WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)),
                  WallTime(std::chrono::sys_days(std::chrono::year(2026) / 4 / 1))};
  terms.minimum_holds = terms.period;
  return terms;
}

// What a random month's ledger has: what was charged by traffic and by hand, and what issuing books.
TEST(Compose, LinesAreTheLedgerOfAnyMonth) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t end) { return static_cast<std::int64_t>(random() % end); };
  const std::vector<std::string> places{"INTERSTATE", "INTRASTATE", "LOCAL", "INTERNATIONAL", ""};
  for (int month = 0; month < 300; ++month) {
    Terms terms = march();
    terms.decimals = static_cast<unsigned>(below(7));
    terms.rounding = static_cast<Rounding>(below(4));
    terms.minimum = Money::from_nanos(below(2) * below(200'000'000'000));
    terms.credit_in = Money::from_nanos(-below(2) * below(90) * 10'000'000);
    if (below(2) != 0)
      terms.tiers.push_back(
          {"VOICE-OUT",
           static_cast<rating::TierMode>(below(2)),
           60,
           {{0, Money::from_nanos(below(20'000'000))}, {1'000, Money::from_nanos(below(9'000'000))}}});
    if (below(2) != 0)
      terms.bundles.push_back({"VOICE-OUT", static_cast<std::uint64_t>(1 + below(9'000)),
                               Money::from_nanos(below(9'000'000'000)), below(2) != 0,
                               static_cast<std::uint64_t>(below(3'000))});
    Usage usage;
    std::int64_t ledger = 0;  // what the account lost
    for (auto calls = below(60); calls > 0; --calls) {
      UsageRow row;
      row.kind = below(3) == 0 ? "message" : "call";
      row.direction = below(3) == 0 ? "inbound" : "outbound";
      row.jurisdiction = places[static_cast<std::size_t>(below(places.size()))];
      row.prefix = std::to_string(1 + below(50));
      row.items = 1;
      row.units = static_cast<std::uint64_t>(below(600));
      row.correction = below(10) == 0;
      row.amount = Money::from_nanos(below(2'000'000'000) - (row.correction ? 1'000'000'000 : 0));
      ledger += row.amount.nanos();
      usage.rows.push_back(row);
    }
    if (below(3) == 0) {
      usage.entries.push_back({1, Money::from_nanos(below(20'000'000'000) - 5'000'000'000), "by hand"});
      ledger -= usage.entries[0].amount.nanos();
    }
    const std::vector<TaxRate> taxes{{"TELECOM", "A", below(400'000'000), false},
                                     {"TELECOM", "B", below(400'000'000), true}};
    const auto draft = compose(terms, test::skus(), usage, {}, taxes);
    ASSERT_TRUE(draft);
    for (const auto& line : draft->lines)
      if (!in_ledger(line.kind) && line.kind != LineKind::Carry) ledger += line.amount.nanos();
    EXPECT_EQ(draft->charges.nanos() + draft->taxes.nanos() + draft->rounding.nanos(), ledger);
    EXPECT_EQ(sum_of(*draft), draft->total);
    EXPECT_EQ(draft->total.nanos(), ledger + draft->carried.nanos());
    EXPECT_GE(draft->total, Money());
    EXPECT_LE(draft->credit_out, Money());
    EXPECT_TRUE(draft->credit_out == Money() || draft->total == Money());
    const std::int64_t step = terms.decimals == 0   ? 1'000'000'000
                              : terms.decimals == 1 ? 100'000'000
                                                    : 10'000'000;
    EXPECT_EQ(ledger % step, 0);
  }
}

TEST(Compose, AnotherCurrencyIsRefused) {
  Usage usage;
  usage.rows.emplace_back().currency = *Currency::parse("EUR");
  const auto draft = compose(march(), test::skus(), usage, {}, {});
  ASSERT_TRUE(draft.has_error());
  EXPECT_EQ(draft.error(), ComposeError::Currency);
}

TEST(Compose, NoSuchZoneIsRefused) {
  auto terms = march();
  terms.zone = "Mars/Olympus";
  EXPECT_EQ(compose(terms, {}, {}, {}, {}).error(), ComposeError::Zone);
}

TEST(Compose, MoreThanMoneyCanHoldIsRefused) {
  Usage usage;
  for (int i = 0; i < 2; ++i) {
    auto& row = usage.rows.emplace_back();
    row.kind = "call";
    row.direction = "outbound";
    row.amount = Money::from_nanos(std::numeric_limits<std::int64_t>::max() / 10 * 9);
  }
  EXPECT_EQ(compose(march(), test::skus(), usage, {}, {}).error(), ComposeError::Overflow);
}

TEST(SkuOf, TheMostMembersWinThenTheLongerPrefix) {
  auto skus = test::skus();
  UsageRow row;
  row.kind = "call";
  row.direction = "outbound";
  row.jurisdiction = "INTRASTATE";
  row.prefix = "442";
  EXPECT_EQ(sku_of(skus, row)->code, "VOICE-44");
  skus[1].match.prefix = "442";
  EXPECT_EQ(sku_of(skus, row)->code, "VOICE-NEAR");
  row.prefix = "1212";
  row.jurisdiction = "LOCAL";
  EXPECT_EQ(sku_of(skus, row)->code, "VOICE-OUT");
  row.kind = "data";
  EXPECT_EQ(sku_of(skus, row), nullptr);
}

TEST(LineKinds, NamesAreReadBack) {
  for (int i = 0; i <= static_cast<int>(LineKind::Carry); ++i) {
    const auto kind = static_cast<LineKind>(i);
    EXPECT_EQ(parse_line_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(parse_line_kind("bonus"));
}

}  // namespace
}  // namespace warp::billing
