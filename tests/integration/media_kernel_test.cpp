// Three machines in a row, A – relay – B, as network namespaces joined by veth: the kernel forwards between A
// and B, and what it must not forward reaches the relay's socket. Needs privileges; skipped without.
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <linux/capability.h>
#include <set>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "kernel/path.h"
#include "media_kernel_fixture.h"

namespace warp::media::testing {
namespace {

constexpr unsigned kNobody = 65534;

bool become_nobody_with_two_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> caps{};
  for (const unsigned one : {CAP_NET_ADMIN, CAP_BPF})
    caps[one / 32].effective = caps[one / 32].permitted |= 1u << one % 32;
  return prctl(PR_SET_KEEPCAPS, 1) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0 && syscall(SYS_capset, &head, caps.data()) == 0;
}

struct Ends {
  const char* name;
  const char *a, *relay_a, *relay_b, *b;
};

class MediaKernelPath : public ::testing::TestWithParam<Ends>, public ThreeMachines {
 protected:
  void SetUp() override {
    if (!made()) GTEST_SKIP() << "no namespaces here";
    settings.mode = KernelSettings::Mode::Auto;
    settings.pins = files.pins();
    settings.most_flows = 64;
    const auto& ends = GetParam();
    flow = {at(ends.relay_a), at(ends.a), at(ends.relay_b), at(ends.b), 46, std::uint8_t{101}};
    path = begin();
    if (!path) GTEST_SKIP() << why;
    box_a = std::make_unique<Box>(a, flow.source);
    box_b = std::make_unique<Box>(b, flow.destination);
    at_relay = std::make_unique<Box>(relay, flow.local);
  }
  void TearDown() override {
    if (!path) return;
    path->free_orphans();
    if (id) path->remove(*id);
    relay.run([&] { path.reset(); });
  }

  std::unique_ptr<KernelPath> begin() {
    std::unique_ptr<KernelPath> out;
    relay.run([&] {
      out = KernelPath::start(
          settings,
          {at("10.84.1.1:1").ip, at("10.84.2.1:1").ip, at("[fd84:1::1]:1").ip, at("[fd84:2::1]:1").ip}, log,
          registry, why);
    });
    return out;
  }
  void install() {
    const auto put = path->install(flow);
    ASSERT_TRUE(put) << to_string(put.error());
    id = *put;
  }
  void expect_through(std::uint16_t sequence) {
    box_a->send(flow.local, rtp_of(sequence));
    const auto got = box_b->receive();
    ASSERT_TRUE(got) << "packet " << sequence << " did not reach B";
    EXPECT_EQ(got->data, rtp_of(sequence));
    EXPECT_EQ(got->from, flow.from);
  }
  void expect_at_relay(const Datagram& data) {
    const auto got = at_relay->receive();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->data, data);
  }

  KernelSettings settings;
  log::Logger log{log::Settings{}};
  metrics::Registry registry;
  std::string why;
  KernelFlow flow;
  std::unique_ptr<KernelPath> path;
  std::optional<KernelPath::FlowId> id;
  std::unique_ptr<Box> box_a, box_b, at_relay;
};

TEST_P(MediaKernelPath, ForwardsTheFlowAndNothingElse) {
  box_a->send(flow.local, rtp_of(1));
  expect_at_relay(rtp_of(1));
  install();
  for (std::uint16_t i = 2; i < 52; ++i)
    expect_through(i);
  // None of those came to the socket: what comes next is what is sent now.
  box_a->send(flow.local, rtp_of(52, 200));
  expect_at_relay(rtp_of(52, 200));
  box_a->send(flow.local, rtp_of(53, 101));
  expect_at_relay(rtp_of(53, 101));
  auto other = flow.source;
  other.port += 2;
  const Box thief(a, other);
  thief.send(flow.local, rtp_of(54));
  expect_at_relay(rtp_of(54));
  expect_through(55);
  const auto counters = path->counters(*id);
  EXPECT_EQ(counters.packets, 51u);
  EXPECT_EQ(counters.octets, 51u * 172);
  EXPECT_EQ(counters.highest_sequence, 55);
  const auto page = registry.expose();
  EXPECT_NE(page.find("warp_media_kernel_packets_total 51"), std::string::npos);
  EXPECT_NE(page.find("warp_media_kernel_passed_total{reason=\"source\"} 1"), std::string::npos);
}

TEST_P(MediaKernelPath, SwitchingBackAndForthInAStreamLosesNothing) {
  constexpr std::uint16_t kPackets = 4000, kOnTheWay = 64;
  install();
  expect_through(0);  // neighbours are known now
  std::atomic<std::size_t> arrived{0};
  std::atomic<bool> late{false};
  std::thread sender([&] {
    for (std::uint16_t i = 0; i < kPackets && !late; ++i) {
      while (i >= arrived + kOnTheWay && !late)
        std::this_thread::yield();
      box_a->send(flow.local, rtp_of(i));
    }
  });
  std::set<std::uint16_t> seen;
  const auto collect = [&](const Box& box) {
    const auto before = arrived.load();
    while (const auto got = box.receive(0)) {
      seen.insert(sequence_of(got->data));
      ++arrived;
    }
    return arrived - before;
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  // Each way stays open until something has come by it.
  int switches = 0;
  for (bool kernel = true; arrived < kPackets && !late; kernel = !kernel, ++switches) {
    for (std::size_t came = 0; came == 0 && arrived < kPackets && !late;) {
      came = kernel ? collect(*box_b) : collect(*at_relay);
      collect(kernel ? *at_relay : *box_b);
      late = std::chrono::steady_clock::now() > until;
    }
    if (kernel) {
      path->remove(*id);
      id.reset();
    } else {
      install();
    }
  }
  sender.join();
  EXPECT_EQ(arrived, kPackets);
  EXPECT_EQ(seen.size(), kPackets) << "some came twice";
  EXPECT_GT(switches, 10);
}

TEST_P(MediaKernelPath, OutlivesTheProcessAndIsAdoptedByTheNext) {
  relay.run([&] { path.reset(); });
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    path = begin();
    const char done = path && path->install(flow) ? 'y' : 'n';
    if (::write(ready[1], &done, 1) != 1) ::_exit(1);
    for (;;)
      ::pause();
  }
  char done = 'n';
  EXPECT_EQ(::read(ready[0], &done, 1), 1);
  EXPECT_EQ(done, 'y');
  ::kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);

  for (std::uint16_t i = 0; i < 20; ++i)
    expect_through(i);
  path = begin();
  ASSERT_TRUE(path) << why;
  EXPECT_EQ(path->left_behind(flow.local), flow);
  const auto adopted = path->adopt(flow);
  ASSERT_TRUE(adopted);
  id = *adopted;
  path->free_orphans();
  expect_through(20);
  EXPECT_EQ(path->counters(*id).packets, 21u);
  path->remove(*id);
  id.reset();
  box_a->send(flow.local, rtp_of(21));
  expect_at_relay(rtp_of(21));
}

// What the daemon's service has: an own user, CAP_BPF and CAP_NET_ADMIN. Twice, as after a restart.
TEST_P(MediaKernelPath, NeedsTwoCapabilitiesAndNoMore) {
  relay.run([&] { path.reset(); });
  ASSERT_TRUE(files.give_to(kNobody));
  for (const char* turn : {"first", "second"}) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (!relay.enter() || !become_nobody_with_two_capabilities()) ::_exit(2);
      path = KernelPath::start(settings, {flow.local.ip, flow.from.ip}, log, registry, why);
      if (!path) {
        std::fprintf(stderr, "%s: %s\n", turn, why.c_str());
        ::_exit(3);
      }
      ::_exit(path->adopt(flow) ? 0 : 4);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << turn;
    expect_through(turn[0]);
  }
  path = begin();
  EXPECT_TRUE(path) << why;
}

TEST_P(MediaKernelPath, WithoutARouteTheSocketHasIt) {
  install();
  expect_through(1);
  const std::string blackhole = "blackhole " + flow.destination.ip.to_string();
  const auto until_it_reaches = [&](const Box& box) {
    for (std::uint16_t i = 0; i < 1000; ++i) {
      box_a->send(flow.local, rtp_of(i));
      if (box.receive(20)) return true;
    }
    return false;
  };
  ASSERT_TRUE(relay.sh("ip route add " + blackhole));
  EXPECT_TRUE(until_it_reaches(*at_relay));
  ASSERT_TRUE(relay.sh("ip route del " + blackhole));
  while (box_b->receive(0)) {
  }
  EXPECT_TRUE(until_it_reaches(*box_b));
}

INSTANTIATE_TEST_SUITE_P(Families, MediaKernelPath,
                         ::testing::Values(Ends{"v4", "10.84.1.2:4000", "10.84.1.1:21000", "10.84.2.1:21002",
                                                "10.84.2.2:6000"},
                                           Ends{"v6", "[fd84:1::2]:4000", "[fd84:1::1]:21000",
                                                "[fd84:2::1]:21002", "[fd84:2::2]:6000"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(MediaKernelPathLocal, PeersOnTheSameMachineAreServedOnLoopback) {
  const test::NetworkNamespace here;
  const test::BpfFileSystem files;
  if (!here.made() || !files.ok()) GTEST_SKIP() << "no namespaces here";
  KernelSettings settings;
  settings.mode = KernelSettings::Mode::Auto;
  settings.pins = files.pins();
  settings.most_flows = 64;
  log::Logger log{log::Settings{}};
  metrics::Registry registry;
  std::string why;
  std::unique_ptr<KernelPath> path;
  here.run([&] { path = KernelPath::start(settings, {at("127.0.0.1:1").ip}, log, registry, why); });
  if (!path) GTEST_SKIP() << why;
  const KernelFlow flow{
      at("127.0.0.1:21000"), at("127.0.0.1:4000"), at("127.0.0.1:21002"), at("127.0.0.1:6000"), 46,
      std::nullopt};
  const Box box_a(here, flow.source), box_b(here, flow.destination), ours(here, flow.local);
  const auto id = path->install(flow);
  ASSERT_TRUE(id) << to_string(id.error());
  box_a.send(flow.local, rtp_of(1));
  const auto got = box_b.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->data, rtp_of(1));
  EXPECT_EQ(got->from, flow.from);
  path->remove(*id);
  box_a.send(flow.local, rtp_of(2));
  const auto back = ours.receive();
  ASSERT_TRUE(back);
  EXPECT_EQ(back->data, rtp_of(2));
  here.run([&] { path.reset(); });
}

}  // namespace
}  // namespace warp::media::testing
