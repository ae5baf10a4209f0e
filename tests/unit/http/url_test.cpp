#include "warp/http/url.h"

#include <gtest/gtest.h>

namespace warp::http {
namespace {

TEST(Url, IsTakenApart) {
  const auto url = Url::parse("https://hooks.example.net/in/1?a=b#part");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->host, "hooks.example.net");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/in/1?a=b");
  EXPECT_EQ(url->authority(), "hooks.example.net");
}

TEST(Url, FillsInWhatIsNotSaid) {
  const auto bare = Url::parse("HTTP://a.example");
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->secure);
  EXPECT_EQ(bare->port, 80);
  EXPECT_EQ(bare->target, "/");
  const auto query = Url::parse("https://a.example?x=1");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->target, "/?x=1");
}

TEST(Url, NamesThePortWhereItIsNotTheSchemes) {
  EXPECT_EQ(Url::parse("https://a.example:8443/")->authority(), "a.example:8443");
  EXPECT_EQ(Url::parse("https://a.example:443/")->authority(), "a.example");
  const auto six = Url::parse("http://[2001:db8::1]:8080/x");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "2001:db8::1");
  EXPECT_EQ(six->authority(), "[2001:db8::1]:8080");
}

TEST(Url, IsRefusedWhereSomebodyMightReadItOtherwise) {
  for (const auto* text :
       {"", "https://", "https:///x", "ftp://a.example/", "//a.example/", "a.example",
        "https://user@a.example/", "https://a.example@evil.example/", "https://a.example:0/",
        "https://a.example:65536/", "https://a.example:80x/", "https://a.example:/", "https://[::1",
        "https://[]/", "https://[::1]x/", "https://a.example\\@evil.example/", "https://a.example/ x",
        "https://a.example/\r\nHost: b", "https://a.example/\xc3\xa4"})
    EXPECT_FALSE(Url::parse(text)) << text;
  EXPECT_TRUE(Url::parse("https://a.example/" + std::string(2030, 'x')));
  EXPECT_FALSE(Url::parse("https://a.example/" + std::string(2031, 'x')));
}

}  // namespace
}  // namespace warp::http
