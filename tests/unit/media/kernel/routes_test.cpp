#include "kernel/routes.h"

#include <future>

#include <gtest/gtest.h>

#include "packets.h"
#include "support/network_namespace.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

struct RoutesTest : ::testing::Test {
  void SetUp() override {
    if (!network.made()) GTEST_SKIP() << "a network namespace is not to be had";
    ASSERT_TRUE(network.sh(
        "ip link add out type veth peer name far && ip link set far up && ip link set out mtu 1400 up && "
        "ip address add 192.0.2.1/24 dev out && "
        "ip address add 2001:db8::1/64 dev out nodad"));
  }
  std::optional<Route> find(const char* to, const char* from) {
    std::optional<Route> found;
    network.run([&] { found = Routes().find(at(to).ip, at(from).ip); });
    return found;
  }
  test::NetworkNamespace network;
};

TEST_F(RoutesTest, NeighboursAreTheirOwnNextHop) {
  const auto v4 = find("192.0.2.7:1", "192.0.2.1:1");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->next_hop, at("192.0.2.7:1").ip);
  EXPECT_EQ(v4->most_octets, 1400);
  EXPECT_FALSE(v4->local);
  const auto v6 = find("[2001:db8::7]:1", "[2001:db8::1]:1");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->next_hop, at("[2001:db8::7]:1").ip);
  EXPECT_EQ(v6->interface, v4->interface);
}

TEST_F(RoutesTest, BehindAGatewayOfEitherFamily) {
  ASSERT_TRUE(
      network.sh("ip route add 198.51.100.0/24 via 192.0.2.254 && "
                 "ip route add 203.0.113.0/24 via inet6 fe80::9 dev out"));
  EXPECT_EQ(find("198.51.100.1:1", "192.0.2.1:1").value().next_hop, at("192.0.2.254:1").ip);
  EXPECT_EQ(find("203.0.113.1:1", "192.0.2.1:1").value().next_hop, at("[fe80::9]:1").ip);
}

TEST_F(RoutesTest, NowhereAndHere) {
  EXPECT_FALSE(find("198.51.100.1:1", "192.0.2.1:1"));
  ASSERT_TRUE(network.sh("ip route add blackhole 198.51.100.0/24"));
  EXPECT_FALSE(find("198.51.100.1:1", "192.0.2.1:1"));
  EXPECT_TRUE(find("192.0.2.1:1", "192.0.2.1:1").value().local);
  EXPECT_TRUE(find("127.0.0.1:1", "127.0.0.1:1").value().local);
}

TEST_F(RoutesTest, TheWatchTellsOfItsStartAndOfAChange) {
  std::promise<void> started, changed;
  int calls = 0;
  std::unique_ptr<RouteWatch> watch;
  network.run([&] {
    watch = std::make_unique<RouteWatch>([&] {
      if (++calls == 1) started.set_value();
      if (calls == 2) changed.set_value();
    });
  });
  ASSERT_TRUE(watch->works());
  ASSERT_EQ(started.get_future().wait_for(30s), std::future_status::ready);
  ASSERT_TRUE(network.sh("ip route add blackhole 198.51.100.0/24"));
  EXPECT_EQ(changed.get_future().wait_for(30s), std::future_status::ready);
}

TEST_F(RoutesTest, LinksOfAddresses) {
  std::vector<MediaLink> links;
  std::optional<domain::IpAddress> missing;
  network.run([&] {
    links = links_of({at("192.0.2.1:1").ip, at("[2001:db8::1]:1").ip, at("127.3.2.1:1").ip}, missing);
  });
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].name, "out");
  EXPECT_FALSE(links[0].loopback);
  EXPECT_TRUE(links[1].loopback);
  EXPECT_FALSE(missing);
  network.run([&] { links = links_of({at("192.0.2.2:1").ip}, missing); });
  EXPECT_TRUE(links.empty());
  EXPECT_EQ(missing, at("192.0.2.2:1").ip);
}

}  // namespace
}  // namespace warp::media::testing
