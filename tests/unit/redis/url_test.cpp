#include "warp/redis/url.h"

#include <gtest/gtest.h>

namespace warp::redis {
namespace {

Url tcp(std::string host, std::uint16_t port, std::uint32_t database = 0, std::string user = "") {
  Url url;
  url.host = std::move(host);
  url.port = port;
  url.database = database;
  url.user = std::move(user);
  return url;
}

TEST(RedisUrl, TcpWithAndWithoutItsOptionalParts) {
  EXPECT_EQ(*parse_url("redis://cache.example"), tcp("cache.example", 6379));
  EXPECT_EQ(*parse_url("REDIS://cache.example/"), tcp("cache.example", 6379));
  EXPECT_EQ(*parse_url("redis://10.0.0.7:7000/15"), tcp("10.0.0.7", 7000, 15));
  EXPECT_EQ(*parse_url("redis://warp@cache:1/2"), tcp("cache", 1, 2, "warp"));
  EXPECT_EQ(*parse_url("redis://wa%40rp%3a@cache"), tcp("cache", 6379, 0, "wa@rp:"));
  EXPECT_EQ(*parse_url("redis://[::1]:6380/3"), tcp("::1", 6380, 3));
  EXPECT_EQ(*parse_url("redis://[fd00::7]"), tcp("fd00::7", 6379));
}

TEST(RedisUrl, Tls) {
  auto expected = tcp("cache.example", 6379, 1, "warp");
  expected.transport = Transport::Tls;
  EXPECT_EQ(*parse_url("rediss://warp@cache.example/1"), expected);
}

TEST(RedisUrl, Unix) {
  const auto url = *parse_url("unix:///run/redis/redis.sock?db=4");
  EXPECT_EQ(url.transport, Transport::Unix);
  EXPECT_EQ(url.path, "/run/redis/redis.sock");
  EXPECT_EQ(url.database, 4u);
  EXPECT_EQ(parse_url("unix:///a%20b")->path, "/a b");
  EXPECT_EQ(parse_url("unix://warp@/run/r.sock")->user, "warp");
  EXPECT_EQ(parse_url("unix:///run/a@b:c.sock")->path, "/run/a@b:c.sock");
}

TEST(RedisUrl, WhatIsWrongIsSaidInASentence) {
  const char* const bad[] = {"",
                             "redis",
                             "localhost:6379",
                             "http://cache",
                             "redis:/cache",
                             "redis://",
                             "redis:///1",
                             "redis://:6379",
                             "redis://cache:",
                             "redis://cache:0",
                             "redis://cache:65536",
                             "redis://cache:63x",
                             "redis://cache:-1",
                             "redis://cache/x",
                             "redis://cache/-1",
                             "redis://cache/1/2",
                             "redis://cache/65536",
                             "redis://cache?db=1",
                             "redis://ca che",
                             "redis://cache\n",
                             "redis://ca_c\xc3\xa9",
                             "redis://ca%63he",
                             "redis://@cache",
                             "redis://%zz@cache",
                             "redis://%00@cache",
                             "redis://::1",
                             "redis://[::1",
                             "redis://[::1]x",
                             "redis://[cache]",
                             "redis://[]",
                             "unix://",
                             "unix:///",
                             "unix://run/redis.sock",
                             "unix:///run/r.sock?db=",
                             "unix:///run/r.sock?db=a",
                             "unix:///run/r.sock?database=1",
                             "unix:///run/r.sock%4"};
  for (const auto* text : bad) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_TRUE(url.error().ends_with('.')) << text << " -> " << url.error();
    EXPECT_GT(url.error().size(), 20u) << text;
  }
  EXPECT_FALSE(parse_url("unix:///" + std::string(107, 'x')));
  EXPECT_TRUE(parse_url("unix:///" + std::string(106, 'x')));
  EXPECT_FALSE(parse_url("redis://" + std::string(254, 'x')));
}

TEST(RedisUrl, APasswordIsRefusedAndNotRepeated) {
  for (const auto* text :
       {"redis://warp:hunter2@cache", "redis://:hunter2@cache", "unix://warp:hunter2@/r"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_NE(url.error().find("password"), std::string::npos);
    EXPECT_EQ(url.error().find("hunter2"), std::string::npos);
  }
}

TEST(RedisUrl, ShownWithoutItsUser) {
  EXPECT_EQ(to_string(*parse_url("redis://warp@cache")), "redis://cache:6379/0");
  EXPECT_EQ(to_string(*parse_url("rediss://[::1]:7/1")), "rediss://[::1]:7/1");
  EXPECT_EQ(to_string(*parse_url("unix://warp@/run/r.sock?db=2")), "unix:///run/r.sock?db=2");
}

}  // namespace
}  // namespace warp::redis
