// Ports come back, timeouts strike once, nothing outlives its session.
#include "fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

struct LifetimeTest : EngineTest {
  static Settings four_pairs() {
    auto with = settings();
    with.v6.reset();
    with.port_low = 22000;
    with.port_high = 22007;
    return with;
  }
};

TEST_F(LifetimeTest, PortsRestBeforeTheyAreReused) {
  start(four_pairs());
  auto first = open(), second = open();
  EXPECT_EQ(engine->open({}, executor, [] {}).error(), domain::MediaError::PortsExhausted);
  EXPECT_EQ(engine->ports(false).in_use, 4u);
  first.reset();
  ASSERT_TRUE(eventually([&] { return engine->ports(false).resting == 2; }));
  EXPECT_EQ(engine->open({}, executor, [] {}).error(), domain::MediaError::PortsExhausted);
  clock.advance(4999ms);
  EXPECT_EQ(engine->open({}, executor, [] {}).error(), domain::MediaError::PortsExhausted);
  clock.advance(1ms);
  EXPECT_NE(open(), nullptr);
}

TEST_F(LifetimeTest, NoOtherProgramCanShareAPort) {
  start(four_pairs());
  const auto session = open();
  for (auto port : {0, 1}) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_port = htons(static_cast<std::uint16_t>(session->local(MediaSide::A, 0).rtp.port + port));
    local.sin_addr.s_addr = htonl(ip(own_ip()).to_v4());
    EXPECT_NE(::bind(fd, reinterpret_cast<sockaddr*>(&local), sizeof local), 0) << port;
    ::close(fd);
  }
}

TEST_F(LifetimeTest, APartlyServedRequestGivesItsPortsBack) {
  start(four_pairs());
  domain::MediaSessionRequest request;
  request.streams = 3;
  EXPECT_EQ(engine->open(request, executor, [] {}).error(), domain::MediaError::PortsExhausted);
  EXPECT_EQ(engine->ports(false).in_use, 0u);
  request.streams = 2;
  EXPECT_NE(open(request), nullptr);
}

TEST_F(LifetimeTest, PortsOfOtherProgramsArePassedOver) {
  Peer squatter(own_ip(), 22003);  // the RTCP port of the second pair
  start(four_pairs());
  const auto first = open();
  for (auto side : {MediaSide::A, MediaSide::B})
    EXPECT_NE(first->local(side, 0).rtp.port, 22002);
  EXPECT_EQ(engine->open({}, executor, [] {}).error(), domain::MediaError::PortsExhausted);
  // A pair that is being bound in the background is counted again when that has ended.
  EXPECT_TRUE(eventually([&] { return engine->ports(false).ready + engine->ports(false).unbound == 2; }));
}

TEST_F(LifetimeTest, LatePacketsOfAnOldCallReachNobody) {
  start(four_pairs());
  Peer old_a, old_b, a("127.0.0.5"), b("127.0.0.6");
  auto session = open();
  connect(*session, MediaSide::A, remote(old_a));
  connect(*session, MediaSide::B, remote(old_b));
  const auto port = session->local(MediaSide::A, 0).rtp;
  old_a.send(port, rtp_packet(1, 1));
  ASSERT_TRUE(old_b.receive());
  session.reset();
  ASSERT_TRUE(eventually([&] { return engine->ports(false).resting == 2; }));
  old_a.send(port, rtp_packet(2, 1));
  ASSERT_TRUE(eventually([&] { return dropped("idle_port") == 1; }));
  clock.advance(5s);
  const auto second = open(), third = open();
  for (auto* next : {second.get(), third.get()}) {
    connect(*next, MediaSide::A, remote(a));
    connect(*next, MediaSide::B, remote(b));
  }
  old_a.send(port, rtp_packet(3, 1));
  ASSERT_TRUE(eventually([&] { return dropped("source") == 1; }));
  EXPECT_TRUE(old_b.empty());
  EXPECT_TRUE(a.empty() && b.empty());
}

TEST_F(LifetimeTest, TenThousandSessionsLeaveEveryPortFree) {
  auto with = settings();
  with.workers = 2;
  with.port_high = 21063;
  with.reuse_delay = 0ms;
  start(with);
  for (int i = 0; i < 10'000; ++i) {
    domain::MediaSessionRequest request;
    request.streams = static_cast<std::uint8_t>(1 + i % 3);
    request.sides[0].v6 = i % 5 == 0;
    Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> session =
        domain::MediaError::PortsExhausted;
    ASSERT_TRUE(eventually([&] {
      session = engine->open(request, executor, [] {});
      return session.has_value();
    })) << i;
    connect(**session, MediaSide::A, MediaStreamRemote{{ip("127.0.0.1"), 9}, {}, false, true});
  }
  ASSERT_TRUE(eventually([&] { return engine->ports(false).in_use + engine->ports(true).in_use == 0; }));
  for (bool v6 : {false, true}) {
    const auto usage = engine->ports(v6);
    EXPECT_EQ(usage.resting + usage.ready + usage.unbound, 32u);
  }
  EXPECT_EQ(engine->sessions(), 0u);
}

TEST_F(LifetimeTest, TenThousandHoldAndResumeCyclesKeepTheStream) {
  start();
  const auto session = open();
  Peer a, b;
  connect(*session, MediaSide::A, remote(a));
  auto hold = remote(b);
  hold.expect_rtp = false;
  for (int i = 0; i < 10'000; ++i) {
    connect(*session, MediaSide::B, hold);
    connect(*session, MediaSide::B, remote(b));
  }
  a.send(session->local(MediaSide::A, 0).rtp, rtp_packet(1, 1));
  EXPECT_EQ(b.receive()->data, rtp_packet(1, 1));
  EXPECT_EQ(engine->ports(false).in_use, 2u);
}

struct TimeoutTest : EngineTest {
  void begin(std::chrono::seconds timeout = 60s) {
    start();
    domain::MediaSessionRequest request;
    request.timeout = timeout;
    session = open(request);
  }
  void connect_both() {
    connect(*session, MediaSide::A, remote(a));
    connect(*session, MediaSide::B, remote(b));
    pass();
  }
  // One packet each way, so that the worker has seen all commands before.
  void pass() {
    a.send(session->local(MediaSide::A, 0).rtp, rtp_packet(++sequence, 1));
    ASSERT_TRUE(b.receive());
    b.send(session->local(MediaSide::B, 0).rtp, rtp_packet(sequence, 2));
    ASSERT_TRUE(a.receive());
  }
  bool strikes() {
    return eventually([&] { return executor.run() > 0; });
  }
  // A second session with a timeout shows that the sweep has come by; 70 ms of its own clock do not count.
  void sweep_has_passed() {
    const auto before = probes;
    domain::MediaSessionRequest request;
    request.timeout = 1s;
    auto probe = engine->open(request, probe_executor, [this] { ++probes; });
    ASSERT_TRUE(probe);
    connect(**probe, MediaSide::A, remote(a));
    connect(**probe, MediaSide::B, remote(b));
    pass_commands();
    clock.advance(1s);
    ASSERT_TRUE(eventually([&] {
      probe_executor.run();
      return probes > before;
    }));
  }
  // A datagram that nobody wants, seen through: the commands before it are done.
  void pass_commands() {
    Peer stranger("127.0.0.99");
    const auto seen = dropped("source");
    stranger.send(session->local(MediaSide::A, 0).rtp, rtp_packet(1, 99));
    ASSERT_TRUE(eventually([&] { return dropped("source") > seen; }));
  }

  Peer a, b;
  std::uint16_t sequence = 0;
  ManualExecutor probe_executor;
  int probes = 0;
  std::unique_ptr<domain::MediaSession> session;
};

TEST_F(TimeoutTest, StrikesOnceWhenBothSidesAreSilent) {
  begin();
  connect_both();
  clock.advance(58s);
  sweep_has_passed();  // 59 s
  EXPECT_EQ(executor.run(), 0u);
  clock.advance(1s);
  ASSERT_TRUE(strikes());
  EXPECT_EQ(timeouts, 1);
  clock.advance(600s);
  sweep_has_passed();
  EXPECT_EQ(executor.run(), 0u);
}

TEST_F(TimeoutTest, AnyExpectedSideKeepsTheCallAlive) {
  begin();
  connect_both();
  clock.advance(50s);
  a.send(session->local(MediaSide::A, 0).rtp, rtp_packet(++sequence, 1));
  ASSERT_TRUE(b.receive());
  clock.advance(50s);
  sweep_has_passed();
  EXPECT_EQ(executor.run(), 0u);
  clock.advance(10s);
  EXPECT_TRUE(strikes());
}

TEST_F(TimeoutTest, GarbageAndStrangersDoNotKeepItAlive) {
  begin();
  connect_both();
  clock.advance(59s);
  a.send(session->local(MediaSide::A, 0).rtp, Bytes(30, std::byte{0}));
  pass_commands();
  clock.advance(1s);
  EXPECT_TRUE(strikes());
}

TEST_F(TimeoutTest, HeldCallsDoNotTimeOutAndBeginAnewWhenResumed) {
  begin();
  connect_both();
  auto hold_a = remote(a), hold_b = remote(b);
  hold_a.expect_rtp = hold_b.expect_rtp = false;
  connect(*session, MediaSide::A, hold_a);
  connect(*session, MediaSide::B, hold_b);
  pass_commands();
  clock.advance(3600s);
  sweep_has_passed();
  EXPECT_EQ(executor.run(), 0u);
  connect(*session, MediaSide::A, remote(a));
  pass_commands();
  clock.advance(58s);
  sweep_has_passed();
  EXPECT_EQ(executor.run(), 0u);
  clock.advance(1s);
  EXPECT_TRUE(strikes());
}

TEST_F(TimeoutTest, DoesNotRunBeforeBothAddressesAreKnown) {
  begin();
  connect(*session, MediaSide::A, remote(a));
  pass_commands();
  clock.advance(300s);
  sweep_has_passed();
  EXPECT_EQ(executor.run(), 0u);
}

TEST_F(TimeoutTest, ZeroMeansNever) {
  begin(0s);
  connect_both();
  clock.advance(100'000s);
  sweep_has_passed();
  EXPECT_EQ(executor.run(), 0u);
}

TEST_F(TimeoutTest, ATimeoutThatWasPostedIsDroppedWhenTheSessionGoes) {
  begin();
  connect_both();
  clock.advance(60s);
  ASSERT_TRUE(eventually([&] {
    return registry.counter("warp_media_timeouts_total", "Media sessions whose timeout struck.").value() == 1;
  }));
  ASSERT_TRUE(eventually([&] { return executor.pending() == 1; }));
  session.reset();
  executor.run();
  EXPECT_EQ(timeouts, 0);
}

}  // namespace
}  // namespace warp::media::testing
