#include "warp/api/json.h"

#include <gtest/gtest.h>

namespace warp::api {
namespace {

Money money_of(std::string_view text) {
  return *Money::parse(text);
}

TEST(Json, MoneyKeepsEveryDigit) {
  Json value;
  value["small"] = money(money_of("0.000000001"));
  value["large"] = money(money_of("-9223372036.854775807"));
  value["round"] = money(money_of("12"));
  EXPECT_EQ(dump(value), R"({"small":0.000000001,"large":-9223372036.854775807,"round":12.00})");
}

TEST(Json, ReadsMoneyExactlyOrNotAtAll) {
  EXPECT_EQ(parse_money(Json("0.0095")), money_of("0.0095"));
  EXPECT_EQ(parse_money(Json(0.0095)), money_of("0.0095"));
  EXPECT_EQ(parse_money(Json(0.1)), money_of("0.1"));
  EXPECT_EQ(parse_money(Json(-7)), money_of("-7"));
  EXPECT_EQ(parse_money(Json(1e-7)), money_of("0.0000001"));
  EXPECT_FALSE(parse_money(Json(1e-10)));
  EXPECT_FALSE(parse_money(Json(123456789.123456789)));
  EXPECT_FALSE(parse_money(Json(1e300)));
  EXPECT_FALSE(parse_money(Json("1e3")));
  EXPECT_FALSE(parse_money(Json(true)));
  EXPECT_FALSE(parse_money(Json(std::uint64_t{18'446'744'073'709'551'615u})));
}

TEST(Json, OutputIsSafeInAPageAndAlwaysUtf8) {
  Json value;
  value["dni"] = "<script>alert(\"x\")</script>&";
  value["raw"] = std::string("a\xff\xc0\xaf\xed\xa0\x80z\x01\n");
  const auto text = dump(value);
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(text.find('&'), std::string::npos);
  const auto back = Json::parse(text, nullptr, false);
  ASSERT_FALSE(back.is_discarded());
  EXPECT_EQ(back["dni"], value["dni"]);
  EXPECT_EQ(back["raw"].get<std::string>().front(), 'a');
  EXPECT_EQ(dump(Json("\xe2\x82\xac\xf0\x9f\x98\x80")), "\"\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST(Json, RefusesWhatIsTooDeepBeforeParsing) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth)));
  EXPECT_FALSE(parse_json(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
  EXPECT_TRUE(parse_json("[\"" + std::string(1000, '[') + "\"]")) << "brackets in a string are text";
}

TEST(Json, RefusesBrokenTextAndNamesGivenTwice) {
  for (const char* bad : {"", "{", "{\"a\":1,}", "{'a':1}", "nul", "{\"a\":1} x", "\"\xff\"",
                          "{\"a\":1,\"a\":2}", "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}", "1e999"})
    EXPECT_FALSE(parse_json(bad)) << bad;
  EXPECT_TRUE(parse_json(R"({"x":{"a":1},"y":{"a":1},"a":2})"));
}

TEST(Json, SaysWhatIsWrongWithAText) {
  EXPECT_EQ(why_not_json("{\"name\":}"), "is no JSON: it breaks at octet 9");
  EXPECT_EQ(why_not_json("{\"a\":1,\"a\":2}"), "names a member twice in one object");
  EXPECT_EQ(why_not_json(std::string(100, '[')), "is nested deeper than 32");
  EXPECT_EQ(why_not_json("[1e999]"), "holds a number beyond all ranges");
}
TEST(Json, TimestampsRoundTrip) {
  const auto when = parse_timestamp("2025-06-15T12:34:56.789012Z");
  ASSERT_TRUE(when);
  EXPECT_EQ(timestamp(*when), "2025-06-15T12:34:56.789012Z");
  EXPECT_EQ(timestamp(*parse_timestamp("2024-02-29T00:00:00Z")), "2024-02-29T00:00:00.000000Z");
  for (const char* bad :
       {"2025-02-29T00:00:00Z", "2025-06-15", "2025-06-15 12:00:00Z", "2025-06-15T24:00:00Z",
        "2025-06-15T12:00:00", "2025-06-15T12:00:00+01:00", "2025-06-15T12:00:00.Z",
        "2025-06-15T12:00:00.1234567Z", "2025-13-01T00:00:00Z", "-025-06-15T12:00:00Z"})
    EXPECT_FALSE(parse_timestamp(bad)) << bad;
}

}  // namespace
}  // namespace warp::api
