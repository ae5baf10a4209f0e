// The engine with its kernel path, between two machines: streams that settle leave the sockets, and come back
// before anything changes.
#include <csignal>
#include <functional>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "warp/media/engine.h"

#include "media_kernel_fixture.h"
#include "support/manual_executor.h"

namespace warp::media::testing {
namespace {

using domain::MediaSide;

struct MediaKernelEngine : ::testing::Test, ThreeMachines {
  void SetUp() override {
    if (!made()) GTEST_SKIP() << "no namespaces here";
    request.sides[1].network = 1;
    engine = begin();
    if (registry->expose().find("warp_media_kernel_state{state=\"running\"} 1") == std::string::npos)
      GTEST_SKIP() << "no kernel path here";
  }
  void TearDown() override {
    session.reset();
    relay.run([&] { engine.reset(); });
  }
  std::unique_ptr<Engine> begin(std::vector<ReservedPort> reserved = {}) {
    Settings settings;
    const auto one = at("10.84.1.1:1").ip, other = at("10.84.2.1:1").ip;
    settings.v4 = Interface{one, one};
    settings.further.push_back({Interface{other, other}, std::nullopt});
    settings.port_low = 21000;
    settings.port_high = 21999;
    settings.prebound_pairs = 4;
    settings.reserved = std::move(reserved);
    settings.kernel.mode = KernelSettings::Mode::Auto;
    settings.kernel.pins = files.pins();
    settings.kernel.most_flows = 64;
    registry = std::make_unique<metrics::Registry>();
    std::unique_ptr<Engine> out;
    relay.run([&] {
      auto started = Engine::start(settings, clock, *registry, &log);
      if (started) out = std::move(*started);
    });
    return out;
  }
  domain::MediaStreamRemote remote(const domain::SocketAddress& rtp) {
    domain::MediaStreamRemote out;
    out.rtp = rtp;
    return out;
  }
  void call() {
    relay.run([&] {
      auto opened = engine->open(request, executor, [] {});
      if (opened) session = std::move(*opened);
    });
    ASSERT_TRUE(session);
    session->set_remote(MediaSide::A, 0, remote(at_a), nullptr);
    session->set_remote(MediaSide::B, 0, remote(at_b), nullptr);
    learn();
  }
  void learn() {
    to_a = session->local(MediaSide::A, 0).rtp;
    to_b = session->local(MediaSide::B, 0).rtp;
  }
  // Both talk until that many flows are in the kernel.
  bool talk_until(const std::string& flows) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < until) {
      if (!exchange()) return false;
      if (registry->expose().find("warp_media_kernel_flows " + flows + "\n") != std::string::npos)
        return true;
    }
    return false;
  }
  static bool soon(const std::function<bool()>& what) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!what())
      if (std::chrono::steady_clock::now() > until) return false;
    return true;
  }
  bool exchange() {
    box_a.send(to_a, rtp_of(++sent));
    box_b.send(to_b, rtp_of(sent));
    const auto there = box_b.receive(), back = box_a.receive();
    return there && there->data == rtp_of(sent) && there->from == to_b && back && back->from == to_a;
  }

  const domain::SocketAddress at_a = at("10.84.1.2:4000"), at_b = at("10.84.2.2:6000");
  const Box box_a{a, at_a}, box_b{b, at_b};
  SystemClock clock;
  log::Logger log{log::Settings{}};
  std::unique_ptr<metrics::Registry> registry;
  test::ManualExecutor executor;
  domain::MediaSessionRequest request;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<domain::MediaSession> session;
  domain::SocketAddress to_a, to_b;
  std::uint16_t sent = 0;
};

TEST_F(MediaKernelEngine, ASettledStreamLeavesTheSocketsAndItsCountersStayExact) {
  call();
  ASSERT_TRUE(talk_until("2"));
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(exchange());
  // A packet that went by a socket is counted a moment after it left.
  EXPECT_TRUE(soon([&] {
    const auto statistics = session->statistics();
    return statistics.sides[0].packets_sent == sent && statistics.sides[1].packets_sent == sent;
  }));
  const auto statistics = session->statistics();
  for (const auto& side : statistics.sides) {
    EXPECT_EQ(side.packets_received, sent);
    EXPECT_EQ(side.octets_received, sent * 172u);
    EXPECT_EQ(side.packets_lost, 0u);
  }
  session.reset();
  EXPECT_TRUE(soon([&] {
    box_a.send(to_a, rtp_of(1));  // nobody's any more
    return !box_b.receive(200);
  }));
}

TEST_F(MediaKernelEngine, ANewAddressHoldsForTheNextPacket) {
  call();
  ASSERT_TRUE(talk_until("2"));
  const Box elsewhere(b, at("10.84.2.2:6010"));
  session->set_remote(MediaSide::B, 0, remote(at("10.84.2.2:6010")), nullptr);
  box_a.send(to_a, rtp_of(++sent));
  const auto got = elsewhere.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->data, rtp_of(sent));
  EXPECT_FALSE(box_b.receive(0));
  EXPECT_EQ(session->statistics().sides[0].packets_received, sent);
}

TEST_F(MediaKernelEngine, AKilledDaemonIsNotHeardAndTheNextTakesTheCallOver) {
  relay.run([&] { engine.reset(); });
  int pipes[2];
  ASSERT_EQ(::pipe(pipes), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    engine = begin();
    if (!engine) ::_exit(1);
    call();
    const bool done = talk_until("2");
    const std::array<std::uint16_t, 4> said{to_a.port, to_b.port, sent, done};
    if (::write(pipes[1], said.data(), sizeof said) != sizeof said) ::_exit(2);
    for (;;)
      ::pause();
  }
  std::array<std::uint16_t, 4> said{};
  EXPECT_EQ(::read(pipes[0], said.data(), sizeof said), static_cast<ssize_t>(sizeof said));
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_EQ(said[3], 1) << "the streams did not get into the kernel";

  sent = said[2];
  to_a = at("10.84.1.1:" + std::to_string(said[0]));
  to_b = at("10.84.2.1:" + std::to_string(said[1]));
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(exchange()) << "with nobody there";

  engine = begin({{false, said[0], 0}, {false, said[1], 1}});
  ASSERT_TRUE(engine);
  domain::MediaMemory memory;
  memory.request = request;
  memory.streams.resize(1);
  memory.streams[0].ports = {said[0], said[1]};
  memory.streams[0].remotes = {remote(at_a), remote(at_b)};
  relay.run([&] {
    auto again = engine->reopen(memory, executor, [] {});
    if (again) session = std::move(*again);
  });
  ASSERT_TRUE(session);
  engine->free_reserved();
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(exchange());
  EXPECT_NE(registry->expose().find("warp_media_kernel_flows 2\n"), std::string::npos);
  EXPECT_NE(registry->expose().find("warp_media_packets_received_total{worker=\"0\"} 0\n"), std::string::npos)
      << "nothing came by the sockets";
  session.reset();
  ::close(pipes[0]);
  ::close(pipes[1]);
}

}  // namespace
}  // namespace warp::media::testing
