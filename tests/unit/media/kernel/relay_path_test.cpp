// The path in a namespace of its own: on loopback, where flows stay on the machine.
#include "kernel/relay_path.h"

#include <gtest/gtest.h>

#include "packets.h"
#include "support/network_namespace.h"

namespace warp::media::testing {
namespace {

const auto kLocalA = at("127.0.0.1:21000"), kLocalB = at("127.0.0.1:21002");
const auto kPeerA = at("127.0.0.1:4000"), kPeerB = at("127.0.0.1:6000");
const KernelFlow kForward{kLocalA, kPeerA, kLocalB, kPeerB, 46, std::nullopt};
const KernelFlow kBackward{kLocalB, kPeerB, kLocalA, kPeerA, 46, std::nullopt};

struct RelayPathTest : ::testing::Test {
  void SetUp() override {
    if (!network.made() || !files.ok()) GTEST_SKIP() << "namespaces or a bpf file system are not to be had";
    settings.mode = KernelSettings::Mode::Auto;
    settings.pins = files.pins();
    settings.most_flows = 8;
  }
  std::unique_ptr<KernelPath> begin(std::vector<domain::IpAddress> addresses = {kLocalA.ip}) {
    std::unique_ptr<KernelPath> path;
    network.run([&] { path = KernelPath::start(settings, addresses, log, registry, why); });
    return path;
  }
  bool filter_there() const { return network.sh("tc filter show dev lo ingress | grep -q warp_relay"); }

  test::NetworkNamespace network;
  test::BpfFileSystem files;
  KernelSettings settings;
  log::Logger log{log::Settings{}};
  metrics::Registry registry;
  std::string why;
};

TEST_F(RelayPathTest, TakesFlowsAndLeavesNothingBehindWhenTheLastHasGone) {
  auto path = begin();
  if (!path) GTEST_SKIP() << why;
  EXPECT_TRUE(filter_there());
  const auto id = path->install(kForward);
  ASSERT_TRUE(id) << to_string(id.error());
  EXPECT_EQ(path->flows(), 1u);
  ASSERT_TRUE(path->install(kForward)) << "in the place of the one before";
  EXPECT_EQ(path->flows(), 1u);
  EXPECT_NE(registry.expose().find("warp_media_kernel_flows 1"), std::string::npos);
  EXPECT_NE(registry.expose().find("warp_media_kernel_state{state=\"running\"} 1"), std::string::npos);
  path->remove(*path->install(kForward));
  EXPECT_EQ(path->flows(), 0u);
  network.run([&] { path.reset(); });
  EXPECT_FALSE(filter_there());
  registry.expose();  // the callback outlives the path
}

TEST_F(RelayPathTest, RefusesWhatItCannotDoAndSaysWhy) {
  auto path = begin();
  if (!path) GTEST_SKIP() << why;
  auto flow = kForward;
  flow.destination = at("[::1]:6000");
  EXPECT_EQ(path->install(flow).error(), KernelPath::Refused::Family);
  flow = kForward;
  flow.destination = at("198.51.100.1:6000");
  EXPECT_EQ(path->install(flow).error(), KernelPath::Refused::NoRoute);
  ASSERT_TRUE(
      network.sh("ip link add far type veth peer name end && ip link set far up && ip link set end up && ip "
                 "address add 192.0.2.1/24 dev far"));
  flow.from = at("192.0.2.1:21002");
  flow.destination = at("192.0.2.9:6000");
  EXPECT_EQ(path->install(flow).error(), KernelPath::Refused::Local);
  for (std::uint16_t i = 0; i < 8; ++i) {
    flow = kForward;
    flow.local.port = static_cast<std::uint16_t>(30000 + i);
    ASSERT_TRUE(path->install(flow));
  }
  EXPECT_EQ(path->install(kForward).error(), KernelPath::Refused::Full);
  const auto page = registry.expose();
  for (const auto* reason : {"family", "no_route", "local", "full"})
    EXPECT_NE(page.find("warp_media_kernel_refused_total{reason=\"" + std::string(reason) + "\"} 1"),
              std::string::npos)
        << reason;
}

TEST_F(RelayPathTest, TheNextProcessAdoptsWhatItKnowsAndFreesTheRest) {
  auto path = begin();
  if (!path) GTEST_SKIP() << why;
  ASSERT_TRUE(path->install(kForward));
  ASSERT_TRUE(path->install(kBackward));
  path.reset();
  EXPECT_TRUE(filter_there());

  path = begin();
  ASSERT_TRUE(path) << why;
  EXPECT_EQ(path->flows(), 2u);
  EXPECT_EQ(path->left_behind(kLocalA), kForward);
  ASSERT_TRUE(path->adopt(kForward));
  EXPECT_FALSE(path->left_behind(kLocalA));
  path->free_orphans();
  EXPECT_EQ(path->flows(), 1u);
  EXPECT_FALSE(path->left_behind(kLocalB));
}

TEST_F(RelayPathTest, SwitchedOffItTakesAwayWhatWasLeft) {
  auto path = begin();
  if (!path) GTEST_SKIP() << why;
  ASSERT_TRUE(path->install(kForward));
  path.reset();
  settings.mode = KernelSettings::Mode::Off;
  EXPECT_EQ(begin(), nullptr);
  EXPECT_FALSE(filter_there());
  EXPECT_FALSE(std::filesystem::exists(settings.pins));
}

TEST_F(RelayPathTest, AnAddressThatIsNowhereIsAReason) {
  auto path = begin();
  if (!path) GTEST_SKIP() << why;
  path.reset();
  EXPECT_EQ(begin({at("203.0.113.1:1").ip}), nullptr);
  EXPECT_NE(why.find("203.0.113.1"), std::string::npos) << why;
  EXPECT_EQ(begin({at("0.0.0.0:1").ip}), nullptr);
  EXPECT_NE(why.find("wildcard"), std::string::npos) << why;
  EXPECT_NE(registry.expose().find("warp_media_kernel_state{state=\"unavailable\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace warp::media::testing
