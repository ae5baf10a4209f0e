// Two nodes with one real Redis between them.
#include "app/binding_exchange.h"

#include <gtest/gtest.h>

#include "support/catalogue_builder.h"
#include "support/manual_clock.h"
#include "unit/redis/test_client.h"

namespace warp::app {
namespace {

using namespace std::chrono_literals;
using registrar::AddressOfRecord;
using registrar::BindingStore;
using test::RedisServer;
using test::TestClient;

AddressOfRecord address(int number) {
  return {test::id_of<TrunkId>(1), "user" + std::to_string(number)};
}

class BindingNode {
 public:
  BindingNode(const std::string& url, std::string name, test::ManualClock& with)
      : clock(with), store(std::move(name), clock, metrics), client(url) {
    store.on_change([this](registrar::Change change) { exchange.note(std::move(change)); });
    EXPECT_TRUE(client.up());
  }
  bool turn() { return TestClient::get(client.spawn(exchange.turn())); }
  void add(const AddressOfRecord& to, const std::string& id) {
    domain::Binding b;
    b.id = id;
    b.user = to.user;
    b.contact = "sip:" + id + "@192.0.2.1";
    b.node = store.node();
    b.received = *domain::SocketAddress::parse("192.0.2.1:5060");
    b.local = *domain::SocketAddress::parse("198.51.100.1:5060");
    b.registered_at = clock.wall();
    b.expires_at = clock.wall() + 3600s;
    store.edit(to, [&](BindingStore::List& list) {
      std::erase_if(list, [&](const auto& one) { return one.id == id; });
      list.push_back(b);
      return true;
    });
  }
  std::set<std::string> ids(const AddressOfRecord& of) const {
    std::set<std::string> all;
    for (const auto& one : store.of(of))
      all.insert(one.id);
    return all;
  }
  // Addresses that anybody has read from Redis.
  int asked() {
    const auto stats = client.command({"INFO", "commandstats"})->text();
    const auto at = stats.find("cmdstat_hgetall:calls=");
    return at == std::string::npos ? 0 : std::stoi(stats.substr(at + 22));
  }

  test::ManualClock& clock;
  metrics::Registry metrics;
  BindingStore store;
  TestClient client;
  BindingExchange exchange{*client, store, clock};
};

using Ids = std::set<std::string>;

class BindingExchangeTest : public testing::Test {
 protected:
  BindingExchangeTest() {
    // Redis has a clock of its own, and lets go of what is over by that.
    clock.advance(SystemClock().wall() - clock.wall());
    // Nothing is there, and the next reading is some time off.
    EXPECT_TRUE(a.turn());
    EXPECT_TRUE(b.turn());
  }
  void read() {
    clock.advance(BindingExchange::kRead);
    EXPECT_TRUE(a.turn());
    EXPECT_TRUE(b.turn());
  }

  test::ManualClock clock;
  RedisServer server;
  BindingNode a{server.url(), "a", clock}, b{server.url(), "b", clock};
};

TEST_F(BindingExchangeTest, WhatIsNewAndWhatIsGoneIsWithTheOthersWithinASecond) {
  static_assert(BindingExchange::kGather + BindingExchange::kRead < 1s);
  a.add(address(1), "phone");
  a.add(address(1), "desk");
  EXPECT_TRUE(a.turn());
  EXPECT_TRUE(b.ids(address(1)).empty());
  read();
  EXPECT_EQ(b.ids(address(1)), (Ids{"phone", "desk"}));
  EXPECT_EQ(b.store.of(address(1))[0].node, "a");
  a.store.evict(address(1), "phone");
  EXPECT_TRUE(a.turn());
  read();
  EXPECT_EQ(b.ids(address(1)), Ids{"desk"});
  EXPECT_EQ(a.ids(address(1)), Ids{"desk"});
  a.store.evict(address(1), "desk");
  EXPECT_TRUE(a.turn());
  read();
  EXPECT_TRUE(b.ids(address(1)).empty());
}

TEST_F(BindingExchangeTest, AKeyLivesAMinuteLongerThanItsLastBinding) {
  a.add(address(1), "phone");
  EXPECT_TRUE(a.turn());
  const auto key = "warp:aor:" + address(1).trunk.to_string() + ":user1";
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>((clock.wall() + 3660s).time_since_epoch())
          .count();
  EXPECT_EQ(a.client.command({"PEXPIRETIME", key})->integer(), millis);
}

TEST_F(BindingExchangeTest, NobodyReadsWhatItWroteOrHasReadAlready) {
  for (int i = 0; i < 150; ++i)
    a.add(address(i), "phone");
  EXPECT_TRUE(a.turn());
  clock.advance(BindingExchange::kRead);
  EXPECT_TRUE(a.turn());
  EXPECT_EQ(a.asked(), 0);
  for (int i = 0; i < 10; ++i)
    read();
  EXPECT_EQ(b.store.size(), 150u);
  EXPECT_EQ(a.asked(), 150);
  // What stood before is long read by everybody.
  a.add(address(7), "phone");
  EXPECT_TRUE(a.turn());
  read();
  read();
  EXPECT_EQ(a.asked(), 151);
}

TEST_F(BindingExchangeTest, WhatTwoNodesChangeInOneMomentIsWithBoth) {
  a.add(address(1), "phone");
  b.add(address(1), "desk");
  EXPECT_TRUE(a.turn());
  EXPECT_TRUE(b.turn());  // over a's word, which it has not read
  read();
  EXPECT_EQ(a.ids(address(1)), (Ids{"phone", "desk"}));
  EXPECT_EQ(b.ids(address(1)), (Ids{"phone", "desk"}));
  // And b's next word, before it has read, has not made a's its own either.
  a.add(address(2), "phone");
  EXPECT_TRUE(a.turn());
  b.add(address(2), "desk");
  EXPECT_TRUE(b.turn());
  b.add(address(2), "car");
  EXPECT_TRUE(b.turn());
  read();
  EXPECT_EQ(b.ids(address(2)), (Ids{"phone", "desk", "car"}));
}

TEST_F(BindingExchangeTest, ADeviceThatMovesIsWhereItRegisteredLast) {
  a.add(address(1), "phone");
  EXPECT_TRUE(a.turn());
  read();
  clock.advance(5s);
  b.add(address(1), "phone");
  EXPECT_TRUE(b.turn());
  read();
  ASSERT_EQ(a.store.of(address(1)).size(), 1u);
  EXPECT_EQ(a.store.of(address(1))[0].node, "b");
}

TEST_F(BindingExchangeTest, ARestartForgetsNobody) {
  for (int i = 0; i < 200; ++i)
    a.add(address(i), "phone");
  EXPECT_TRUE(a.turn());
  BindingNode again(server.url(), "a", clock);
  EXPECT_TRUE(again.turn());
  EXPECT_EQ(again.store.size(), 200u);
}

TEST_F(BindingExchangeTest, AfterAnOutageEverybodyHasEverything) {
  a.add(address(1), "before");
  EXPECT_TRUE(a.turn());
  server.kill();
  ASSERT_TRUE(test::eventually([&] { return !a.client->healthy() && !b.client->healthy(); }));
  read();
  a.add(address(2), "meanwhile");
  a.turn();
  EXPECT_EQ(a.ids(address(1)), Ids{"before"});
  server.start();  // it has lost everything
  ASSERT_TRUE(a.client.up());
  ASSERT_TRUE(b.client.up());
  read();
  EXPECT_EQ(b.ids(address(1)), Ids{"before"});
  EXPECT_EQ(b.ids(address(2)), Ids{"meanwhile"});
}

TEST_F(BindingExchangeTest, AKeyThatIsNoHashIsInNobodysWay) {
  const auto trunk = address(0).trunk.to_string();
  EXPECT_TRUE(a.client.command({"SET", "warp:aor:" + trunk + ":user0", "nonsense"})->is_ok());
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall().time_since_epoch()).count();
  EXPECT_TRUE(a.client.command({"ZADD", "warp:aors", std::to_string(now), trunk + ":user0"}));
  a.add(address(1), "phone");
  EXPECT_TRUE(a.turn());
  read();
  EXPECT_EQ(b.ids(address(1)), Ids{"phone"});
}

TEST_F(BindingExchangeTest, AnIndexOfManyPagesIsReadToItsEnd) {
  std::vector<std::string> index{"ZADD", "warp:aors"};
  const auto trunk = address(0).trunk.to_string();
  for (std::size_t i = 0; i < BindingExchange::kPage + 100; ++i) {
    index.push_back(std::to_string(i + 1));
    index.push_back(trunk + ":gone" + std::to_string(i));
  }
  EXPECT_TRUE(a.client.command(std::move(index)));
  a.add(address(1), "phone");
  EXPECT_TRUE(a.turn());
  BindingNode late(server.url(), "late", clock);
  EXPECT_TRUE(late.turn());
  EXPECT_EQ(late.ids(address(1)), Ids{"phone"});
}

}  // namespace
}  // namespace warp::app
