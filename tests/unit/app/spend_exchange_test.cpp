// Two nodes add up in one real Redis what they used of a limit.
#include "app/spend_exchange.h"

#include <gtest/gtest.h>

#include "unit/redis/test_client.h"

namespace warp::app {
namespace {

using charging::SpendWatch;
using domain::Reason;
using test::RedisServer;
using test::TestClient;

class NoAccounts final : public charging::Accounts {
 public:
  std::optional<charging::Account> account(CustomerId) const override { return std::nullopt; }
  std::optional<std::int64_t> rate(Currency, Currency, WallTime) const override { return std::nullopt; }
  bool open(std::uint16_t, WallTime) const override { return true; }
};

const WallTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 3 / 17) + std::chrono::hours(13)};

std::vector<domain::SpendLimit> day_of_ten() {
  std::vector<domain::SpendLimit> limits(1);
  limits[0].id = Uuid{{7}};
  limits[0].window = "day";
  limits[0].action = "BLOCK";
  limits[0].count = 10;
  return limits;
}

class SpendNode {
 public:
  explicit SpendNode(const std::string& url) : client(url), exchange(*client, watch) {
    EXPECT_TRUE(client.up());
  }
  void turn() { TestClient::get(client.spawn(told())); }
  int admit(int times) {
    domain::ChargeRequest request;
    request.at = kNow;
    int admitted = 0;
    for (int i = 0; i < times; ++i)
      admitted += watch.admit(limits, request, accounts).refusal == Reason::NormalClearing ? 1 : 0;
    return admitted;
  }

  const std::vector<domain::SpendLimit> limits = day_of_ten();
  NoAccounts accounts;
  SpendWatch watch;
  TestClient client;
  SpendExchange exchange;

 private:
  boost::asio::awaitable<int> told() {
    co_await exchange.turn(kNow);
    co_return 0;
  }
};

TEST(SpendExchange, TwoNodesShareALimit) {
  RedisServer server;
  SpendNode a(server.url()), b(server.url());
  EXPECT_EQ(a.admit(6), 6);
  a.turn();
  EXPECT_EQ(b.admit(1), 1);
  b.turn();
  EXPECT_EQ(b.admit(10), 3) << "six are the other's, one was its own";
  b.turn();
  a.turn();
  EXPECT_EQ(a.admit(1), 0);
}

TEST(SpendExchange, ADayThatHasBegunIsNotBegunAnew) {
  RedisServer server;
  SpendNode a(server.url());
  a.exchange.seed(a.limits[0].id, SpendWatch::since("day", kNow), {8, 0, 0});
  EXPECT_EQ(a.admit(1), 1);
  a.turn();
  EXPECT_EQ(a.admit(5), 1) << "eight before, one told";
  SpendNode b(server.url());
  b.exchange.seed(b.limits[0].id, SpendWatch::since("day", kNow), {3, 0, 0});
  EXPECT_EQ(b.admit(1), 1);
  a.turn();
  b.turn();
  EXPECT_EQ(b.admit(1), 0) << "what stands in Redis goes before what a node has read";
}

TEST(SpendExchange, WithoutRedisANodeCountsByItself) {
  auto server = std::make_unique<RedisServer>();
  SpendNode a(server->url());
  EXPECT_EQ(a.admit(4), 4);
  a.turn();
  server.reset();
  ASSERT_TRUE(test::eventually([&] { return !a.client->healthy(); }));
  EXPECT_EQ(a.admit(2), 2);
  a.turn();
  EXPECT_EQ(a.admit(10), 4);
}

}  // namespace
}  // namespace warp::app
