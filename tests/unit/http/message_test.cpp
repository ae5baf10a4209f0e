#include "warp/http/message.h"

#include <gtest/gtest.h>

namespace warp::http {
namespace {

TEST(PercentDecode, DecodesAndRefuses) {
  EXPECT_EQ(percent_decode("a%20b%2Fc"), "a b/c");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode("%e2%82%AC"), "\xe2\x82\xac");
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_FALSE(percent_decode("a%00b"));
}

TEST(PercentEncode, ComesBack) {
  const std::string odd = "a b/c?%\xff;@+";
  EXPECT_EQ(percent_encode(odd), "a%20b%2Fc%3F%25%FF%3B%40%2B");
  EXPECT_EQ(percent_decode(percent_encode(odd)), odd);
}

TEST(Query, KeepsOrderAndDecodes) {
  const auto query = Query::parse("a=1&b=x+y%26z&&c&a=2");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("a"), "1");
  EXPECT_EQ(query->get("b"), "x y&z");
  EXPECT_EQ(query->get("c"), "");
  EXPECT_FALSE(query->get("d"));
  EXPECT_EQ(query->items().size(), 4u);
  EXPECT_FALSE(Query::parse("a=%g0"));
}

TEST(Headers, CompareWithoutCase) {
  Headers headers;
  headers.add("X-One", "1");
  headers.set("x-one", "2");
  EXPECT_EQ(headers.get("X-ONE"), "2");
  EXPECT_EQ(headers.items().size(), 1u);
}

TEST(Headers, CannotBeginAnotherLine) {
  Headers headers;
  headers.set("Location", "x\r\nSet-Cookie: a=b");
  EXPECT_EQ(headers.get("Location"), "x  Set-Cookie: a=b");
}

TEST(Method, RoundTrips) {
  EXPECT_EQ(parse_method("PATCH"), Method::Patch);
  EXPECT_EQ(parse_method("patch"), Method::Other);
  EXPECT_EQ(to_string(Method::Delete), "DELETE");
}

}  // namespace
}  // namespace warp::http
