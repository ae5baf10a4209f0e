// Whole calls against exact rationals: which line, how many seconds, what amount, what is charged.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "warp/rating/deck_csv.h"
#include "warp/rating/price.h"
#include "warp/rating/terms.h"

#include "support/golden_fields.h"

namespace warp::rating {
namespace {

using domain::Jurisdiction;
using domain::Rate;
using test::number;
using test::split;

// By the reader of decks: it is tested apart.
WallTime moment(const std::string& stamp) {
  const auto rates = parse_deck_csv("prefix,per_minute,effective_from\n1,1," + stamp + "\n");
  return rates ? rates->front().effective_from : WallTime::max();
}

domain::Jurisdictions set_of(const std::string& names) {
  if (names == "ALL") return domain::kAllJurisdictions;
  domain::Jurisdictions set = 0;
  for (const auto& name : split(names, '|'))
    set = static_cast<domain::Jurisdictions>(set | domain::bit(*domain::parse_jurisdiction(name)));
  return set;
}

Rate rate_of(const std::string& text) {
  const auto fields = split(text, ' ');
  Rate rate;
  rate.prefix = fields.at(0);
  rate.per_minute = *Money::parse(fields.at(1));
  rate.jurisdictions = set_of(fields.at(2));
  rate.schedule = number<std::uint16_t>(fields.at(3));
  rate.setup_fee = *Money::parse(fields.at(4));
  rate.attempt_fee = *Money::parse(fields.at(5));
  rate.surcharge = *Money::parse(fields.at(6));
  rate.free_seconds = number<std::uint32_t>(fields.at(7));
  rate.initial_increment = number<std::uint32_t>(fields.at(8));
  rate.increment = number<std::uint32_t>(fields.at(9));
  rate.minimum_seconds = number<std::uint32_t>(fields.at(10));
  rate.effective_from = moment(fields.at(11));
  rate.blocked = fields.at(12) == "1";
  return rate;
}

std::vector<Rate> rates_of(const std::string& text) {
  std::vector<Rate> rates;
  for (const auto& line : split(text, ';'))
    rates.push_back(rate_of(line));
  return rates;
}

// As golden_calls.py has them.
std::shared_ptr<const ScheduleBook> schedules(WallTime at) {
  const std::vector<domain::ScheduleRow> rows{
      {1, "peak", "America/New_York", {{31, 480, 1200}}, {"2025-07-04", "2025-12-25"}},
      {2, "nights", "Europe/Berlin", {{127, 1320, 360}}, {}},
      {3, "twice", "America/New_York", {{127, 60, 90}, {127, 135, 165}}, {}}};
  return ScheduleBook::compile(rows, at);
}

struct Row {
  std::vector<std::string> fields;
  const std::string& operator[](std::size_t at) const { return fields.at(at); }
};

std::shared_ptr<const Deck> deck_of(const Row& row, WallTime at) {
  domain::RatePlan plan;
  plan.decimals = number<std::uint8_t>(row[7]);
  plan.rounding = *parse_rounding(row[8]);
  plan.currency = *Currency::parse(row[9]);
  plan.unknown_as = row[12] == "-" ? std::nullopt : domain::parse_jurisdiction(row[12]);
  plan.rates = std::make_shared<const std::vector<Rate>>(rates_of(row[1]));
  return Deck::compile(plan, schedules(at));
}

// The row of the deck's lines that a compiled line was made from.
bool is_line(const Deck& deck, const RateLine& line, Jurisdiction counted, const Rate& rate) {
  return line.prefix == std::string_view(rate.prefix) && line.per_minute_for(counted) == rate.per_minute &&
         line.effective_from == rate.effective_from && deck.terms(line).schedule == rate.schedule &&
         (rate.jurisdictions & domain::bit(counted)) != 0;
}

void check_call(const Row& row, const std::string& text) {
  const auto when = moment(row[4]);
  const auto jurisdiction = *domain::parse_jurisdiction(row[3]);
  // The edges that were compiled, and the clock itself for times far from those.
  for (const auto compiled_at : {when, when + std::chrono::days(3000)}) {
    const auto deck = deck_of(row, compiled_at);
    const auto* line = deck->find(row[2], when, jurisdiction);
    ASSERT_EQ(line != nullptr, row[13] != "-") << text;
    if (!line) continue;
    const auto rates = rates_of(row[1]);
    const auto counted = *deck->counts_as(jurisdiction);
    EXPECT_TRUE(is_line(*deck, *line, counted, rates.at(number<std::size_t>(row[13])))) << text;
    const std::chrono::microseconds duration(number<std::int64_t>(row[5]));
    const auto side = unpriced(*deck, *line, jurisdiction);
    EXPECT_EQ(side.jurisdiction, counted);
    const auto priced = row[6] == "1" ? reprice(side, duration) : price_attempt(side);
    ASSERT_TRUE(priced) << text;
    EXPECT_EQ(priced->billed_seconds, number<std::uint32_t>(row[14])) << text;
    EXPECT_EQ(priced->amount.nanos(), Money::parse(row[15])->nanos()) << text;
    const domain::FxRow fx{side.currency, Currency{}, number<std::int64_t>(row[10]), {}};
    const auto charged = convert(priced->amount, fx, number<unsigned>(row[11]), side.rounding);
    ASSERT_TRUE(charged) << text;
    EXPECT_EQ(charged->nanos(), Money::parse(row[16])->nanos()) << text;
  }
}

void check_tiers(const Row& row, const std::string& text) {
  std::vector<Tier> tiers;
  for (const auto& item : split(row[1], ' ')) {
    const auto parts = split(item, ':');
    tiers.push_back({number<std::uint64_t>(parts.at(0)), *Money::parse(parts.at(1))});
  }
  const auto mode = row[2] == "VOLUME" ? TierMode::Volume : TierMode::Graduated;
  const auto amount = tiered(tiers, mode, number<std::uint64_t>(row[3]), number<std::uint32_t>(row[4]),
                             number<unsigned>(row[5]), *parse_rounding(row[6]));
  ASSERT_TRUE(amount) << text;
  EXPECT_EQ(amount->nanos(), Money::parse(row[7])->nanos()) << text;
}

TEST(GoldenCalls, EqualTheTableToTheNano) {
  std::ifstream file(WARP_SOURCE_DIR "/tests/unit/rating/golden_calls.csv");
  std::string text;
  ASSERT_TRUE(std::getline(file, text));
  std::size_t cases = 0;
  while (std::getline(file, text)) {
    const Row row{split(text, ',')};
    ASSERT_EQ(row.fields.size(), 17u) << text;
    if (row[0] == "TIERS")
      check_tiers(row, text);
    else
      check_call(row, text);
    if (HasFatalFailure()) return;
    ++cases;
  }
  EXPECT_GE(cases, 320u);
}

}  // namespace
}  // namespace warp::rating
