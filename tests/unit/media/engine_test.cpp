#include "warp/media/engine.h"

#include <filesystem>
#include <pthread.h>
#include <set>
#include <thread>

#include "fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

// Sends `count` packets each way and checks that every byte comes out at the far side, from the right port.
void exchange(domain::MediaSession& session, const Peer& a, const Peer& b, std::uint16_t first = 1,
              std::uint16_t count = 20) {
  const auto local_a = session.local(MediaSide::A, 0).rtp;
  const auto local_b = session.local(MediaSide::B, 0).rtp;
  for (std::uint16_t i = first; i < first + count; ++i) {
    const auto forth = rtp_packet(i, 0xa1, i * 160u), back = rtp_packet(i, 0xb2, i * 160u, 80);
    a.send(local_a, forth);
    b.send(local_b, back);
    const auto at_b = b.receive(), at_a = a.receive();
    ASSERT_TRUE(at_b && at_a) << i;
    ASSERT_EQ(at_b->data, forth);
    ASSERT_EQ(at_b->from, local_b);
    ASSERT_EQ(at_a->data, back);
    ASSERT_EQ(at_a->from, local_a);
  }
}

TEST_F(EngineTest, RelaysBothWaysByteForByteAndCounts) {
  start();
  Peer a, b;
  const auto session = open_between(a, b);
  exchange(*session, a, b);
  // Counters move before the datagram leaves, the sent ones right after.
  ASSERT_TRUE(eventually([&] { return session->statistics().sides[0].packets_sent == 20; }));
  ASSERT_TRUE(eventually([&] { return session->statistics().sides[1].packets_sent == 20; }));
  const auto [leg_a, leg_b] = session->statistics().sides;
  EXPECT_EQ(leg_a.packets_received, 20u);
  EXPECT_EQ(leg_a.octets_received, 20u * 172);
  EXPECT_EQ(leg_a.octets_sent, 20u * 92);
  EXPECT_EQ(leg_b.packets_received, 20u);
  EXPECT_EQ(leg_b.octets_received, 20u * 92);
  EXPECT_EQ(leg_b.octets_sent, 20u * 172);
  EXPECT_EQ(leg_a.packets_lost, 0u);
  EXPECT_FALSE(leg_a.rtt_us);
  EXPECT_FALSE(leg_a.remote_loss_percent);
}

TEST_F(EngineTest, WhatItsOwnerSendsLeavesFromItsPortsAndDisturbsNothing) {
  start();
  const auto session = open();
  Peer a, b, elsewhere, at_v6("::1");
  const auto said = rtp_packet(1, 9);
  ASSERT_TRUE(session->send(MediaSide::A, 0, false, said, elsewhere.address())) << "nobody is there yet";
  const auto first = elsewhere.receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->data, said);
  EXPECT_EQ(first->from, session->local(MediaSide::A, 0).rtp);
  connect(*session, MediaSide::A, remote(a));
  connect(*session, MediaSide::B, remote(b));
  ASSERT_TRUE(session->send(MediaSide::B, 0, true, said, elsewhere.address()));
  const auto second = elsewhere.receive();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->from.port, session->local(MediaSide::B, 0).rtp.port + 1);
  exchange(*session, a, b);
  EXPECT_FALSE(session->send(MediaSide::A, 1, false, said, elsewhere.address())) << "no such stream";
  EXPECT_FALSE(session->send(MediaSide::A, 0, false, said, at_v6.address())) << "of the other family";
  EXPECT_FALSE(session->send(MediaSide::A, 0, false, said, {}));
}

TEST_F(EngineTest, ASessionIsOpenedAgainOnItsPortsByTheNextProcess) {
  start();
  Peer a, b, nat("127.0.0.7");
  domain::MediaSessionRequest request;
  request.sides[0].symmetric_rtp = true;
  request.streams = 2;
  auto session = open(request);
  connect(*session, MediaSide::A, remote(a));
  connect(*session, MediaSide::B, remote(b));
  const auto at_a = session->local(MediaSide::A, 0).rtp, at_b = session->local(MediaSide::B, 0).rtp;
  nat.send(at_a, rtp_packet(1, 5));
  nat.send(at_a, rtp_packet(2, 5));
  ASSERT_TRUE(b.receive());
  const auto memory = session->memory();
  ASSERT_EQ(memory.streams.size(), 2u);
  EXPECT_EQ(memory.streams[0].learned[0], nat.address());
  session.reset();
  engine.reset();

  auto with = settings();
  for (const auto& stream : memory.streams)
    for (const auto port : stream.ports)
      with.reserved.push_back({false, port});
  with.workers = 2;
  start(with);
  const auto total = engine->ports(false);
  EXPECT_EQ(total.unbound + total.ready, 500u - 4u);
  auto again = engine->reopen(memory, executor, [] {});
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->local(MediaSide::A, 0).rtp, at_a);
  EXPECT_EQ((*again)->local(MediaSide::B, 1).rtp.port, memory.streams[1].ports[1]);
  // Without a word of the one behind NAT, what is for it goes there.
  b.send(at_b, rtp_packet(9, 6));
  const auto got = nat.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->from, at_a);
  EXPECT_FALSE(engine->reopen(memory, executor, [] {}));
}

TEST_F(EngineTest, ReservedPortsThatNobodyWantsAreFreeForAll) {
  auto with = settings();
  with.port_high = static_cast<std::uint16_t>(with.port_low + 7);
  with.reserved = {{false, with.port_low}, {false, static_cast<std::uint16_t>(with.port_low + 2)}};
  start(with);
  auto first = open();
  EXPECT_FALSE(engine->open({}, executor, [] {}));
  engine->free_reserved();
  EXPECT_TRUE(engine->open({}, executor, [] {}));
}

TEST_F(EngineTest, AStreamIsAddedToASessionThatRuns) {
  start();
  Peer a, b, a2, b2;
  auto session = open_between(a, b);
  ASSERT_TRUE(session->grow(2));
  EXPECT_NE(session->local(MediaSide::A, 1).rtp.port, 0);
  connect(*session, MediaSide::A, remote(a2), 1);
  connect(*session, MediaSide::B, remote(b2), 1);
  a2.send(session->local(MediaSide::A, 1).rtp, rtp_packet(1, 1));
  ASSERT_TRUE(b2.receive());
  exchange(*session, a, b);
  EXPECT_TRUE(session->grow(1));
  EXPECT_FALSE(session->grow(5));
  const auto before = engine->ports(false).in_use;
  EXPECT_EQ(before, 4u);
  session.reset();
  ASSERT_TRUE(eventually([&] { return engine->ports(false).in_use == 0; }));
}

TEST_F(EngineTest, HoldAndResumeManyTimesKeepsThePorts) {
  start();
  auto session = open();
  Peer a, b;
  auto held = remote(b);
  held.expect_rtp = false;
  for (int i = 0; i < 10'000; ++i) {
    connect(*session, MediaSide::A, remote(a));
    connect(*session, MediaSide::B, i % 2 == 0 ? held : remote(b));
  }
  EXPECT_EQ(engine->ports(false).in_use, 2u);
  exchange(*session, a, b);
}

TEST_F(EngineTest, LocalAddressesAreEvenPortsOfTheRangeWithTheAdvertisedIp) {
  auto with = settings();
  with.v4->advertised = ip("198.51.100.7");
  start(with);
  domain::MediaSessionRequest request;
  request.streams = 4;
  const auto session = open(request);
  std::set<std::uint16_t> ports;
  for (auto side : {MediaSide::A, MediaSide::B})
    for (std::size_t stream = 0; stream < 4; ++stream) {
      const auto local = session->local(side, stream).rtp;
      EXPECT_EQ(local.ip, ip("198.51.100.7"));
      EXPECT_EQ(local.port % 2, 0);
      EXPECT_GE(local.port, with.port_low);
      EXPECT_LT(local.port, with.port_high);
      ports.insert(local.port);
    }
  EXPECT_EQ(ports.size(), 8u);
  EXPECT_EQ(session->local(MediaSide::A, 4).rtp.port, 0);
}

struct Families {
  bool a, b;
};
class Mixed : public EngineTest, public ::testing::WithParamInterface<Families> {};

TEST_P(Mixed, FamiliesAreRelayedAcross) {
  start();
  domain::MediaSessionRequest request;
  request.sides[0].v6 = GetParam().a;
  request.sides[1].v6 = GetParam().b;
  Peer a(GetParam().a ? "::1" : "127.0.0.1"), b(GetParam().b ? "::1" : "127.0.0.1");
  const auto session = open_between(a, b, request);
  exchange(*session, a, b);
}
INSTANTIATE_TEST_SUITE_P(Families, Mixed,
                         ::testing::Values(Families{false, true}, Families{true, false},
                                           Families{true, true}));

// A second address of loopback, for this run alone.
std::string other_ip() {
  return "127.85" + own_ip().substr(6);
}

TEST_F(EngineTest, EachSideHasTheAddressOfItsNetwork) {
  auto with = settings();
  with.further.push_back({Interface{ip(other_ip()), ip(other_ip())}, std::nullopt});
  start(with);
  domain::MediaSessionRequest request;
  request.sides[1].network = 1;
  auto session = open(request);
  EXPECT_EQ(session->local(MediaSide::A, 0).rtp.ip, ip(own_ip()));
  EXPECT_EQ(session->local(MediaSide::B, 0).rtp.ip, ip(other_ip()));
  Peer a, b;
  connect(*session, MediaSide::A, remote(a));
  connect(*session, MediaSide::B, remote(b));
  exchange(*session, a, b);
  ASSERT_TRUE(session->grow(2));
  EXPECT_EQ(session->local(MediaSide::B, 1).rtp.ip, ip(other_ip()));
  EXPECT_EQ(engine->ports(false).in_use, 2u);
  EXPECT_EQ(engine->ports(false, 1).in_use, 2u);
  session.reset();
  EXPECT_TRUE(
      eventually([&] { return engine->ports(false).in_use == 0 && engine->ports(false, 1).in_use == 0; }));
  EXPECT_EQ(engine->ports(false).resting, 2u);
  EXPECT_EQ(engine->ports(false, 1).resting, 2u);
}

TEST_F(EngineTest, NetworksAtOneAddressShareItsPortsAndTellPeersTheirOwn) {
  auto with = settings();
  with.port_high = static_cast<std::uint16_t>(with.port_low + 3);
  with.further.push_back({Interface{ip(own_ip()), ip("198.51.100.9")}, std::nullopt});
  start(with);
  domain::MediaSessionRequest request;
  request.sides[1].network = 1;
  auto session = open(request);
  const auto inside = session->local(MediaSide::A, 0).rtp, outside = session->local(MediaSide::B, 0).rtp;
  EXPECT_EQ(inside.ip, ip(own_ip()));
  EXPECT_EQ(outside.ip, ip("198.51.100.9"));
  EXPECT_NE(inside.port, outside.port);
  EXPECT_FALSE(engine->open(request, executor, [] {})) << "both pairs are in use";
}

// Of this process, by its threads' scheduling.
std::size_t fifo_threads(int priority) {
  std::size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    const auto id = std::stoi(task.path().filename().string());
    sched_param parameters{};
    if (sched_getscheduler(id) == SCHED_FIFO && sched_getparam(id, &parameters) == 0 &&
        parameters.sched_priority == priority)
      ++count;
  }
  return count;
}

bool may_be_fifo(int priority) {
  bool may = false;
  std::thread([&] {
    sched_param parameters{};
    parameters.sched_priority = priority;
    may = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0;
  }).join();
  return may;
}

TEST_F(EngineTest, WorkersRunBeforeOthersWhereTheMachineLetsThem) {
  constexpr int kPriority = 7;
  auto with = settings();
  with.workers = 2;
  with.realtime_priority = kPriority;
  start(with);
  EXPECT_EQ(fifo_threads(kPriority), may_be_fifo(kPriority) ? 2u : 0u);
  EXPECT_TRUE(open()) << "refused or not, it runs";
  engine.reset();
  start();
  EXPECT_EQ(fifo_threads(kPriority), 0u);
}

TEST_F(EngineTest, ANetworkWithoutPortsLeaksNothingOfTheOther) {
  auto with = settings();
  with.port_high = static_cast<std::uint16_t>(with.port_low + 3);
  with.reuse_delay = 0ms;
  with.further.push_back({Interface{ip(other_ip()), ip(other_ip())}, std::nullopt});
  start(with);
  domain::MediaSessionRequest both, second;
  for (auto& side : second.sides)
    side.network = 1;
  both.sides[1].network = 1;
  const auto holder = open(second);
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(engine->open(both, executor, [] {}));
  EXPECT_EQ(engine->ports(false).in_use, 0u);
  EXPECT_TRUE(engine->open({}, executor, [] {})) << "the first network has all of its own";
}

TEST_F(EngineTest, ANetworkThatIsNotThereOrHasNotTheFamilyIsRefused) {
  auto with = settings();
  with.further.push_back({Interface{ip(other_ip()), ip(other_ip())}, std::nullopt});
  start(with);
  domain::MediaSessionRequest unknown, six;
  unknown.sides[0].network = 2;
  six.sides[1] = {true, false, 1};
  for (const auto& request : {unknown, six}) {
    const auto session = engine->open(request, executor, [] {});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error(), domain::MediaError::NoAddressOfFamily);
  }
}

TEST_F(EngineTest, ASessionIsReopenedInItsNetwork) {
  auto with = settings();
  with.further.push_back({Interface{ip(other_ip()), ip(other_ip())}, std::nullopt});
  start(with);
  domain::MediaSessionRequest request;
  request.sides[0].network = 1;
  auto session = open(request);
  const auto memory = session->memory();
  EXPECT_EQ(memory.request.sides[0].network, 1);
  session.reset();
  engine.reset();
  with.reserved = {{false, memory.streams[0].ports[0], 1}, {false, memory.streams[0].ports[1], 0}};
  start(with);
  const auto again = engine->reopen(memory, executor, [] {});
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->local(MediaSide::A, 0).rtp,
            (domain::SocketAddress{ip(other_ip()), memory.streams[0].ports[0]}));
  EXPECT_EQ((*again)->local(MediaSide::B, 0).rtp.ip, ip(own_ip()));
}

TEST_F(EngineTest, AFamilyWithoutAnAddressIsRefused) {
  auto with = settings();
  with.v6.reset();
  start(with);
  domain::MediaSessionRequest request;
  request.sides[1].v6 = true;
  const auto session = engine->open(request, executor, [] {});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error(), domain::MediaError::NoAddressOfFamily);
  EXPECT_EQ(engine->ports(false).in_use, 0u);
}

TEST_F(EngineTest, StreamsDoNotMix) {
  start();
  domain::MediaSessionRequest request;
  request.streams = 2;
  const auto session = open(request);
  Peer a0, a1, b0, b1;
  connect(*session, MediaSide::A, remote(a0), 0);
  connect(*session, MediaSide::A, remote(a1), 1);
  connect(*session, MediaSide::B, remote(b0), 0);
  connect(*session, MediaSide::B, remote(b1), 1);
  const auto audio = rtp_packet(1, 1), video = rtp_packet(1, 2, 0, 1200);
  a0.send(session->local(MediaSide::A, 0).rtp, audio);
  a1.send(session->local(MediaSide::A, 1).rtp, video);
  EXPECT_EQ(b0.receive()->data, audio);
  EXPECT_EQ(b1.receive()->data, video);
  EXPECT_EQ(session->statistics().sides[0].packets_received, 2u);
}

TEST_F(EngineTest, PacketsBeforeTheFarAddressIsKnownAreCountedAndDropped) {
  start();
  const auto session = open();
  Peer a, b;
  connect(*session, MediaSide::A, remote(a));
  a.send(session->local(MediaSide::A, 0).rtp, rtp_packet(1, 1));
  ASSERT_TRUE(eventually([&] { return dropped("no_remote") == 1; }));
  EXPECT_EQ(session->statistics().sides[0].packets_received, 1u);
  connect(*session, MediaSide::B, remote(b));
  const auto next = rtp_packet(2, 1);
  a.send(session->local(MediaSide::A, 0).rtp, next);
  EXPECT_EQ(b.receive()->data, next);
  EXPECT_TRUE(b.empty());
}

TEST_F(EngineTest, AReInviteMovesTheStreamAndThePacketAfterItFollows) {
  start();
  Peer a, b, moved;
  const auto session = open_between(a, b);
  exchange(*session, a, b);
  connect(*session, MediaSide::B, remote(moved));
  exchange(*session, a, moved, 100);
  EXPECT_TRUE(b.empty());
}

TEST_F(EngineTest, HoldByNullAddressSilencesOneWayAndResumes) {
  start();
  Peer a, b;
  const auto session = open_between(a, b);
  exchange(*session, a, b);
  auto hold = remote(b);
  hold.rtp.ip = ip("0.0.0.0");
  hold.expect_rtp = false;
  connect(*session, MediaSide::B, hold);
  a.send(session->local(MediaSide::A, 0).rtp, rtp_packet(50, 0xa1));
  ASSERT_TRUE(eventually([&] { return dropped("no_remote") == 1; }));
  const auto music = rtp_packet(50, 0xb2);
  b.send(session->local(MediaSide::B, 0).rtp, music);
  EXPECT_EQ(a.receive()->data, music);
  connect(*session, MediaSide::B, remote(b));
  exchange(*session, a, b, 60);
}

TEST_F(EngineTest, TwoOfOurOwnSessionsMayBeConnectedToEachOther) {
  auto with = settings();
  with.workers = 2;
  start(with);
  const auto first = open(), second = open();
  Peer a, b;
  connect(*first, MediaSide::A, remote(a));
  connect(*second, MediaSide::B, remote(b));
  MediaStreamRemote to_second, to_first;
  to_second.rtp = second->local(MediaSide::A, 0).rtp;
  to_first.rtp = first->local(MediaSide::B, 0).rtp;
  connect(*first, MediaSide::B, to_second);
  connect(*second, MediaSide::A, to_first);
  for (std::uint16_t i = 0; i < 20; ++i) {
    const auto forth = rtp_packet(i, 1), back = rtp_packet(i, 2);
    a.send(first->local(MediaSide::A, 0).rtp, forth);
    b.send(second->local(MediaSide::B, 0).rtp, back);
    ASSERT_EQ(b.receive()->data, forth);
    ASSERT_EQ(a.receive()->data, back);
  }
}

TEST_F(EngineTest, CoalescingUnderLoadLosesNothing) {
  auto with = settings();
  with.coalesce = 1000us;
  auto started = Engine::start(with, real, registry);
  ASSERT_TRUE(started);
  engine = std::move(*started);
  Peer a, b;
  const auto session = open_between(a, b);
  std::uint16_t received = 0;
  for (std::uint16_t sent = 0; sent < 6000;) {
    for (int burst = 0; burst < 60; ++burst, ++sent)
      a.send(session->local(MediaSide::A, 0).rtp, rtp_packet(sent, 1));
    for (; received < sent; ++received) {
      const auto got = b.receive();
      ASSERT_TRUE(got) << received;
      ASSERT_EQ(got->data, rtp_packet(received, 1));
    }
  }
  EXPECT_EQ(session->statistics().sides[0].packets_received, 6000u);
  EXPECT_EQ(session->statistics().sides[0].packets_lost, 0u);
}

TEST_F(EngineTest, LossAndJitterAsHandComputed) {
  start();
  Peer a, b;
  const auto session = open_between(a, b);
  // 8 kHz: 160 units a frame; the third packet comes 10 ms late, then two are missing.
  const std::pair<std::uint16_t, std::chrono::milliseconds> series[] = {
      {1, 0ms}, {2, 20ms}, {3, 30ms}, {4, 10ms}, {7, 60ms}};
  for (const auto& [sequence, after] : series) {
    clock.advance(after);
    a.send(session->local(MediaSide::A, 0).rtp, rtp_packet(sequence, 1, sequence * 160u));
    ASSERT_TRUE(b.receive());
  }
  const auto leg = session->statistics().sides[0];
  EXPECT_EQ(leg.packets_lost, 2u);
  // 80, then 80 + 80 - (88 >> 4) = 155, then 155 - (163 >> 4) = 145 sixteenths: 9 units of 125 us.
  EXPECT_EQ(leg.jitter_us, 1125u);
}

TEST_F(EngineTest, RefusesWorkWhenToldSo) {
  start();
  const auto session = open();
  engine->refuse_new();
  const auto refused = engine->open({}, executor, [] {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), domain::MediaError::Stopping);
  Peer a, b;
  connect(*session, MediaSide::A, remote(a));
  connect(*session, MediaSide::B, remote(b));
  exchange(*session, a, b);
}

TEST_F(EngineTest, ASessionMayOutliveTheEngine) {
  start();
  const auto session = open();
  engine.reset();
  connect(*session, MediaSide::A, MediaStreamRemote{});
  EXPECT_EQ(session->statistics().sides[0].packets_received, 0u);
}

TEST_F(EngineTest, RefusesImpossibleSettings) {
  const auto error = [&](const Settings& with) { return Engine::start(with, clock, registry).error(); };
  EXPECT_EQ(error(Settings{}), StartError::NoInterface);
  auto with = settings();
  with.port_low = with.port_high = 21000;
  EXPECT_EQ(error(with), StartError::BadPortRange);
  with = settings();
  with.v4->bind = ip("192.0.2.1");
  EXPECT_EQ(error(with), StartError::CannotBind);
}

TEST_F(EngineTest, MetricsTellSessionsAndPorts) {
  start();
  const auto session = open();
  const auto text = registry.expose();
  EXPECT_NE(text.find("warp_media_sessions 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("warp_media_port_pairs{family=\"ipv4\",state=\"in_use\"} 2\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("warp_media_sessions_opened_total 1\n"), std::string::npos) << text;
}

TEST_F(EngineTest, FurtherNetworksCountTheirPortsByTheirAddress) {
  auto with = settings();
  with.further.push_back({Interface{ip(other_ip()), ip(other_ip())}, std::nullopt});
  start(with);
  domain::MediaSessionRequest request;
  request.sides[1].network = 1;
  const auto session = open(request);
  const auto text = registry.expose();
  EXPECT_NE(text.find("warp_media_port_pairs{family=\"ipv4\",state=\"in_use\"} 1\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("address=\"" + other_ip() + "\""), std::string::npos) << text;
}

}  // namespace
}  // namespace warp::media::testing
