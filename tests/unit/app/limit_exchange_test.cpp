// Two nodes with one real Redis between them.
#include "app/limit_exchange.h"

#include <gtest/gtest.h>

#include "warp/calls/limit_cluster.h"

#include "support/catalogue_builder.h"
#include "unit/redis/test_client.h"

namespace warp::app {
namespace {

using namespace std::chrono_literals;
using calls::LimitKey;
using test::RedisServer;
using test::TestClient;

const LimitKey kTrunk = LimitKey::trunk(test::id_of<TrunkId>(1), domain::Direction::Outbound);

class LimitNode {
 public:
  LimitNode(const std::string& url, std::string name, std::chrono::milliseconds life)
      : client(url), exchange(*client, std::move(name), life) {
    EXPECT_TRUE(client.up());
  }
  void turn() {
    const auto others = TestClient::get(client.spawn(exchange.turn(cluster.own_word())));
    if (others)
      cluster.hear(*others);
    else
      cluster.lose();
  }
  int take(int times, std::uint32_t ceiling) {
    int granted = 0;
    for (int i = 0; i < times; ++i) {
      auto grant = limits.take(kTrunk, {{}, ceiling}, clock.now());
      if (!grant.token) continue;
      calls.push_back(std::move(grant.token));
      ++granted;
    }
    return granted;
  }

  SystemClock clock;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  calls::Limits limits;
  calls::LimitCluster cluster{limits, nullptr, clock, log, metrics};
  std::vector<calls::ChannelToken> calls;
  TestClient client;
  LimitExchange exchange;
};

void turns(LimitNode& a, LimitNode& b) {
  for (int i = 0; i < 3; ++i) {
    a.turn();
    b.turn();
  }
}

TEST(LimitExchange, TwoNodesShareACeilingAndALeavingOneGivesItBack) {
  RedisServer server;
  LimitNode a(server.url(), "a", 60s), b(server.url(), "b", 60s);
  EXPECT_EQ(a.take(6, 10), 6);
  turns(a, b);
  EXPECT_EQ(b.take(10, 10), 4);
  turns(a, b);
  EXPECT_EQ(a.take(1, 10), 0);
  TestClient::get(a.client.spawn(a.exchange.leave()));
  b.turn();
  b.turn();
  EXPECT_EQ(b.take(10, 10), 6);
  EXPECT_EQ(b.client.command({"SCARD", "warp:limits"})->integer(), 1);
}

TEST(LimitExchange, AKilledNodesUseIsForgottenWithItsWord) {
  RedisServer server;
  LimitNode b(server.url(), "b", 60s);
  {
    LimitNode a(server.url(), "a", 60s);
    a.take(5, 5);
    turns(a, b);
    EXPECT_EQ(b.take(5, 5), 0);
  }
  // What the server does when the time is over.
  EXPECT_EQ(b.client.command({"PEXPIRE", "warp:limits:a", "0"})->integer(), 1);
  for (int i = 0; i < 3; ++i)
    b.turn();
  EXPECT_EQ(b.take(5, 5), 5);
  EXPECT_EQ(b.client.command({"SISMEMBER", "warp:limits", "a"})->integer(), 0) << "and it is named no more";
  EXPECT_GT(*b.client.command({"PTTL", "warp:limits:b"})->integer(), 50'000);
}

TEST(LimitExchange, WithoutRedisEachNodeIsAlone) {
  auto server = std::make_unique<RedisServer>();
  LimitNode a(server->url(), "a", 60s), b(server->url(), "b", 60s);
  a.take(5, 5);
  turns(a, b);
  EXPECT_EQ(b.take(5, 5), 0);
  server.reset();
  ASSERT_TRUE(test::eventually([&] { return !b.client->healthy(); }));
  b.turn();
  EXPECT_EQ(b.cluster.state(), calls::LimitCluster::State::Alone);
  EXPECT_EQ(b.take(5, 5), 5);
}

}  // namespace
}  // namespace warp::app
