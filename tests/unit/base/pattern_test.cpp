#include "warp/base/pattern.h"

#include <chrono>

#include <gtest/gtest.h>

namespace warp {
namespace {

Pattern make(std::string_view expression) {
  auto compiled = Pattern::compile(expression);
  EXPECT_TRUE(compiled.has_value()) << expression;
  return std::move(*compiled);
}
std::size_t position_of(std::string_view expression) {
  const auto compiled = Pattern::compile(expression);
  EXPECT_FALSE(compiled.has_value()) << expression;
  return compiled ? 9999 : compiled.error().position;
}

TEST(Pattern, MatchesAnywhereInAnyCase) {
  const auto pattern = make("casino|скидк[аи]");
  EXPECT_TRUE(pattern.matches("The CaSiNo calls"));
  EXPECT_TRUE(pattern.matches("Большие СКИДКИ!"));
  EXPECT_FALSE(pattern.matches("hello"));
  EXPECT_FALSE(pattern.matches(std::string_view("casin\0o", 7)));
}

TEST(Pattern, SaysWhereItIsBroken) {
  EXPECT_EQ(position_of("abc[z-a]"), 4u);
  EXPECT_EQ(position_of("abc(def"), 7u);
  EXPECT_EQ(position_of("a(?=b)"), 1u) << "no look-ahead: it is not linear";
  EXPECT_EQ(position_of("abc\\1"), 3u) << "nor what refers back";
}

TEST(Pattern, TooMuchOfItIsRefused) {
  EXPECT_FALSE(Pattern::compile("((a{100}){100}){100}").has_value());
  EXPECT_FALSE(Pattern::compile("a{2000}").has_value());
  EXPECT_FALSE(Pattern::compile(std::string(200'000, '(')).has_value());
}

TEST(Pattern, IsLinearWhereOthersExplode) {
  const auto pattern = make("(a+)+$|(a|aa)+$|(.*)*x");
  const std::string text = std::string(40'000, 'a') + "!";
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(pattern.matches(text));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(500));
}

TEST(Pattern, ReplacesEveryMatchWithItsGroups) {
  const auto pattern = make("(\\d{3})-(\\d{4})");
  EXPECT_EQ(pattern.replace("555-0100 or 555-0101.", "[\\2 \\\\\\1]", 100), "[0100 \\555] or [0101 \\555].");
  EXPECT_EQ(make("x*").replace("aéxb", "-", 100), "-a-é-b-");
  EXPECT_EQ(make("a*").replace("baac", "-", 100), "-b-c-");
  EXPECT_EQ(make("z").replace("", "-", 100), "");
}

TEST(Pattern, AReplacementThatGrowsTooFarIsNone) {
  const auto pattern = make("");
  EXPECT_EQ(pattern.replace(std::string(500, 'a'), std::string(1000, 'b'), 64 * 1024), std::nullopt);
  EXPECT_EQ(make("a").replace(std::string(1001, 'a'), "", 64 * 1024), std::nullopt);
  EXPECT_EQ(make("a").replace(std::string(1000, 'a'), "", 64 * 1024), "");
}

TEST(Pattern, ChecksReplacements) {
  const auto pattern = make("(a)(b)");
  EXPECT_FALSE(pattern.check_replacement("\\1\\2\\0\\\\"));
  EXPECT_EQ(pattern.check_replacement("x\\3")->position, 1u);
  EXPECT_EQ(pattern.check_replacement("xy\\")->position, 2u);
  EXPECT_EQ(pattern.check_replacement("\\n")->position, 0u);
}

TEST(Pattern, BrokenUtf8MatchesNothingAndBreaksNothing) {
  const auto pattern = make("é.x");
  EXPECT_FALSE(pattern.matches("\xff\xc3\xa9\xfex"));
  EXPECT_EQ(make("b").replace("\xff\xe2\x82"
                              "b\xc3",
                              "-", 100),
            std::string("\xff\xe2\x82-\xc3"));
}

}  // namespace
}  // namespace warp
