#include "warp/rating/deck.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "warp/base/random.h"

namespace warp::rating {
namespace {

using domain::Rate;
using std::chrono::hours;

constexpr WallTime kCompiledAt{std::chrono::sys_days(std::chrono::year(2025) / 3 / 1)};

std::shared_ptr<const Deck> compile(std::vector<Rate> rates) {
  domain::RatePlan plan;
  plan.name = "test";
  plan.rates = std::make_shared<const std::vector<Rate>>(std::move(rates));
  return Deck::compile(plan);
}

Rate rate(std::string prefix, std::int64_t nanos = 1, WallTime from = {}, std::optional<WallTime> to = {}) {
  return {.prefix = std::move(prefix),
          .per_minute = Money::from_nanos(nanos),
          .setup_fee = Money{},
          .effective_from = from,
          .effective_to = to};
}

// What the header says, word by word, over all lines.
const Rate* oracle(const std::vector<Rate>& rates, std::string_view digits, WallTime when) {
  const Rate* best = nullptr;
  for (const auto& line : rates) {
    if (!digits.starts_with(line.prefix) || line.effective_from > when) continue;
    if (line.effective_to && *line.effective_to <= when) continue;
    const bool longer = !best || line.prefix.size() > best->prefix.size();
    const bool later = best && line.prefix == best->prefix && line.effective_from >= best->effective_from;
    if (longer || later) best = &line;
  }
  return best;
}

std::string random_digits(SeededIdSource& random, unsigned alphabet, unsigned longest) {
  std::string digits(random.next64() % (longest + 1), '0');
  for (auto& c : digits)
    c = static_cast<char>('0' + random.next64() % alphabet);
  return digits;
}

void expect_same(const Deck& deck, const std::vector<Rate>& rates, const std::string& digits, WallTime when) {
  const auto* expected = oracle(rates, digits, when);
  const auto* found = deck.find(digits, when);
  ASSERT_EQ(found != nullptr, expected != nullptr) << '"' << digits << '"';
  if (!found) return;
  EXPECT_EQ(found->prefix, expected->prefix) << digits;
  EXPECT_EQ(found->per_minute, expected->per_minute) << digits;
  EXPECT_EQ(found->effective_from, expected->effective_from) << digits;
}

class RandomDecks : public testing::TestWithParam<unsigned> {};

// Small alphabets nest prefixes deeply and collide often; large ones give sparse tries with lone tails.
TEST_P(RandomDecks, EqualTheNaiveSearch) {
  const unsigned alphabet = GetParam();
  SeededIdSource random(alphabet);
  for (int round = 0; round < 60; ++round) {
    const unsigned longest = 1 + static_cast<unsigned>(random.next64() % 15);
    std::vector<Rate> rates(random.next64() % 400);
    for (std::size_t i = 0; i < rates.size(); ++i) {
      rates[i] = rate(random_digits(random, alphabet, longest), static_cast<std::int64_t>(i),
                      kCompiledAt + hours(random.next64() % 4));
      if (random.next64() % 3 == 0)
        rates[i].effective_to = rates[i].effective_from + hours(random.next64() % 3);
    }
    const auto deck = compile(rates);
    ASSERT_EQ(deck->size(), rates.size());
    for (int lookup = 0; lookup < 300; ++lookup) {
      auto digits = random_digits(random, alphabet, 15);
      if (!rates.empty() && lookup % 2 == 0)
        digits = rates[random.next64() % rates.size()].prefix + random_digits(random, alphabet, 4);
      digits.resize(std::min<std::size_t>(digits.size(), 15));
      expect_same(*deck, rates, digits, kCompiledAt + hours(random.next64() % 6) - hours(1));
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Alphabets, RandomDecks, testing::Values(1u, 2u, 3u, 5u, 10u));

TEST(Deck, DenseDecksUseWideNodesAndStayExact) {
  std::vector<Rate> rates;
  for (int block = 0; block < 60'000; ++block)
    if (block % 7 != 0) rates.push_back(rate("1" + std::to_string(200'000 + block), block));
  rates.push_back(rate("1", 777));
  const auto deck = compile(rates);
  for (int block = 0; block < 60'000; block += 11) {
    const auto number = "1" + std::to_string(200'000 + block);
    const auto* line = deck->find(number + "1212", {});
    ASSERT_NE(line, nullptr);
    EXPECT_EQ(line->per_minute.nanos(), block % 7 == 0 ? 777 : block);
    EXPECT_EQ(deck->find(std::string_view(number).substr(0, 5), {})->per_minute.nanos(), 777);
  }
  EXPECT_EQ(deck->find("2125551212", {}), nullptr);
}

TEST(Deck, EmptyDeckFindsNothing) {
  EXPECT_EQ(compile({})->find("12125551212", {}), nullptr);
  EXPECT_EQ(Deck::compile(domain::RatePlan{})->find("", {}), nullptr);
}

TEST(Deck, EmptyPrefixMatchesAll) {
  const auto deck = compile({rate(""), rate("44", 2)});
  EXPECT_EQ(deck->find("", {})->per_minute.nanos(), 1);
  EXPECT_EQ(deck->find("4", {})->per_minute.nanos(), 1);
  EXPECT_EQ(deck->find("4420", {})->per_minute.nanos(), 2);
}

TEST(Deck, LineNotYetInEffectLeavesTheShorterPrefix) {
  const auto deck = compile({rate("1", 1), rate("1212", 2, kCompiledAt, kCompiledAt + hours(1))});
  EXPECT_EQ(deck->find("12125551212", kCompiledAt - hours(1))->per_minute.nanos(), 1);
  EXPECT_EQ(deck->find("12125551212", kCompiledAt)->per_minute.nanos(), 2);
  EXPECT_EQ(deck->find("12125551212", kCompiledAt + hours(1))->per_minute.nanos(), 1);
}

TEST(Deck, LatestLineInEffectWins) {
  const auto deck = compile({rate("1", 1), rate("1", 2, kCompiledAt), rate("1", 3, kCompiledAt),
                             rate("1", 4, kCompiledAt + hours(1))});
  EXPECT_EQ(deck->find("1", kCompiledAt - hours(1))->per_minute.nanos(), 1);
  EXPECT_EQ(deck->find("1", kCompiledAt)->per_minute.nanos(), 3);
  EXPECT_EQ(deck->find("1", kCompiledAt + hours(2))->per_minute.nanos(), 4);
}

TEST(Deck, LeavesOutLinesThatCannotPriceACall) {
  auto no_step = rate("44");
  no_step.increment = 0;
  auto no_first = rate("45");
  no_first.initial_increment = 0;
  const auto deck =
      compile({rate("1"), rate("+1"), rate("12a"), rate("1234567890123456"), no_step, no_first});
  EXPECT_EQ(deck->size(), 1u);
  EXPECT_EQ(deck->refused(), 5u);
  EXPECT_EQ(deck->find("4420", {}), nullptr);
}

TEST(Deck, DigitsEndAtTheFirstOtherCharacter) {
  const auto deck = compile({rate("12", 2), rate("123", 3)});
  EXPECT_EQ(deck->find("12x3", {})->per_minute.nanos(), 2);
  EXPECT_EQ(deck->find("+123", {}), nullptr);
  EXPECT_EQ(deck->find("1234567890123456789012345", {})->per_minute.nanos(), 3);
}

TEST(Deck, KeepsThePlanWithoutItsLines) {
  const auto deck = compile({rate("1")});
  EXPECT_EQ(deck->plan().name, "test");
  EXPECT_EQ(deck->plan().rates, nullptr);
  EXPECT_GT(deck->memory_octets(), 64u);
}

}  // namespace
}  // namespace warp::rating
