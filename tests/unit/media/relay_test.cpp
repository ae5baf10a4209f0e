// Whose packets are relayed, and what becomes of the rest: sources, garbage, RTCP.
#include <array>
#include <cstdio>
#include <fstream>

#include "warp/media/source_guard.h"

#include "fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

struct RelayTest : EngineTest {
  void begin(bool symmetric = false) {
    start();
    domain::MediaSessionRequest request;
    request.sides[0].symmetric_rtp = symmetric;
    session = open(request);
    at_a = session->local(MediaSide::A, 0).rtp;
    at_b = session->local(MediaSide::B, 0).rtp;
    connect(*session, MediaSide::A, remote(a, &a_rtcp));
    connect(*session, MediaSide::B, remote(b, &b_rtcp));
  }
  void expect_at(const Peer& peer, const Bytes& data) {
    const auto got = peer.receive();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->data, data);
  }

  Peer a, a_rtcp, b, b_rtcp;
  std::unique_ptr<domain::MediaSession> session;
  domain::SocketAddress at_a, at_b;
};

TEST_F(RelayTest, AFixedSideTakesTheSignalledIpOnAnyPortAndNoOtherIp) {
  begin();
  Peer same_ip("127.0.0.1"), stranger("127.0.0.9");
  for (std::uint16_t i = 0; i < 50; ++i)
    stranger.send(at_a, rtp_packet(i, 1));
  const auto good = rtp_packet(900, 1);
  same_ip.send(at_a, good);
  expect_at(b, good);
  EXPECT_EQ(dropped("source"), 50u);
  EXPECT_EQ(session->statistics().sides[0].packets_received, 1u);
  // It did not move where A's packets go.
  const auto back = rtp_packet(1, 2);
  b.send(at_b, back);
  expect_at(a, back);
  EXPECT_TRUE(b.empty());
}

TEST_F(RelayTest, ASymmetricSideIsLearnedAndThenInjectionWithItsSsrcIsRefused) {
  begin(true);
  Peer nat("127.0.0.7"), thief("127.0.0.66");
  nat.send(at_a, rtp_packet(1, 5));
  nat.send(at_a, rtp_packet(2, 5));
  expect_at(b, rtp_packet(2, 5));
  for (std::uint16_t i = 3; i < 40; ++i)
    thief.send(at_a, rtp_packet(i, 5));
  nat.send(at_a, rtp_packet(3, 5));
  expect_at(b, rtp_packet(3, 5));
  EXPECT_EQ(dropped("source"), 37u);
  EXPECT_EQ(dropped("unlearned"), 1u);
  b.send(at_b, rtp_packet(1, 6));
  expect_at(nat, rtp_packet(1, 6));
  EXPECT_TRUE(a.empty());
}

TEST_F(RelayTest, WhatIsNotRtpIsPassedOnUnreadByAddress) {
  begin();
  auto fax_a = remote(a), fax_b = remote(b);
  fax_a.opaque = fax_b.opaque = true;
  connect(*session, MediaSide::A, fax_a);
  connect(*session, MediaSide::B, fax_b);
  const Bytes udptl = words({0x00010000, 0x02030405});
  a.send(at_a, udptl);
  expect_at(b, udptl);
  // Looks like RTCP to who reads it.
  const Bytes odd = words({0x80c80001, 0x11223344, 0x55667788});
  b.send(at_b, odd);
  expect_at(a, odd);
  Peer stranger("127.0.0.9");
  stranger.send(at_a, udptl);
  ASSERT_TRUE(eventually([&] { return dropped("source") == 1; }));
  connect(*session, MediaSide::A, remote(a));
  connect(*session, MediaSide::B, remote(b));
  a.send(at_a, udptl);
  ASSERT_TRUE(eventually([&] { return dropped("malformed") == 1; }));
}

TEST_F(RelayTest, FaxFromBehindNatGoesOnFromWhereItsAudioCame) {
  begin(true);
  Peer nat("127.0.0.7"), nat_fax("127.0.0.7");
  nat.send(at_a, rtp_packet(1, 5));
  nat.send(at_a, rtp_packet(2, 5));
  expect_at(b, rtp_packet(2, 5));
  auto fax_a = remote(a), fax_b = remote(b);
  fax_a.rtp.port = 9;
  fax_a.opaque = fax_b.opaque = true;
  connect(*session, MediaSide::A, fax_a);
  connect(*session, MediaSide::B, fax_b);
  const Bytes udptl = words({0x00010000, 0x02030405});
  nat_fax.send(at_a, udptl);
  expect_at(b, udptl);
  b.send(at_b, udptl);
  expect_at(nat_fax, udptl);
}

TEST_F(RelayTest, SprayFromManySourcesLearnsNobody) {
  begin(true);
  for (int i = 0; i < 60; ++i) {
    Peer sprayer("127.0.1." + std::to_string(i + 1));
    sprayer.send(at_a, rtp_packet(static_cast<std::uint16_t>(i * 100), 1));
  }
  ASSERT_TRUE(eventually([&] { return dropped("source") + dropped("unlearned") == 60; }));
  b.send(at_b, rtp_packet(1, 6));
  expect_at(a, rtp_packet(1, 6));
  EXPECT_TRUE(b.empty());
  a.send(at_a, rtp_packet(1, 5));
  expect_at(b, rtp_packet(1, 5));
}

TEST_F(RelayTest, AReInviteWithANewAddressLearnsAnewAndTheSameOneDoesNot) {
  begin(true);
  Peer nat("127.0.0.7"), second("127.0.0.8"), moved;
  nat.send(at_a, rtp_packet(1, 5));
  nat.send(at_a, rtp_packet(2, 5));
  expect_at(b, rtp_packet(2, 5));
  connect(*session, MediaSide::A, remote(a));  // as before
  second.send(at_a, rtp_packet(1, 6));
  second.send(at_a, rtp_packet(2, 6));
  nat.send(at_a, rtp_packet(3, 5));
  expect_at(b, rtp_packet(3, 5));
  connect(*session, MediaSide::A, remote(moved));
  second.send(at_a, rtp_packet(3, 6));
  second.send(at_a, rtp_packet(4, 6));
  expect_at(b, rtp_packet(4, 6));
  EXPECT_TRUE(b.empty());
}

TEST_F(RelayTest, GarbageIsCountedAndDropped) {
  begin();
  const Bytes shots[] = {Bytes(1),
                         Bytes(11, std::byte{0x80}),
                         Bytes(200, std::byte{0x47}),
                         words({0x00010000}),
                         words({0x8f000001, 0, 1}),           // CSRC list beyond the end
                         words({0x90000001, 0, 1, 0xffff})};  // extension beyond the end
  for (const auto& shot : shots)
    a.send(at_a, shot);
  a.send(at_a, Bytes());
  a.send(at_a, rtp_packet(1, 1, 0, 5000));
  const auto good = rtp_packet(2, 1);
  a.send(at_a, good);
  expect_at(b, good);
  EXPECT_EQ(dropped("malformed"), 7u);
  EXPECT_EQ(dropped("too_long"), 1u);
  EXPECT_EQ(session->statistics().sides[0].packets_received, 1u);
}

TEST_F(RelayTest, RtcpGoesFromPortPlusOneToTheSignalledRtcpAddress) {
  begin();
  const auto report = words({0x80c90001, 0xaaaa0001});
  a_rtcp.send(rtcp_of(at_a), report);
  const auto got = b_rtcp.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->data, report);
  EXPECT_EQ(got->from, rtcp_of(at_b));
  b_rtcp.send(rtcp_of(at_b), report);
  expect_at(a_rtcp, report);
  Peer stranger("127.0.0.9");
  stranger.send(rtcp_of(at_a), report);
  a_rtcp.send(rtcp_of(at_a), words({0x80c80001, 1}));
  expect_at(b_rtcp, words({0x80c80001, 1}));
  EXPECT_EQ(dropped("source"), 1u);
  // Truncated RTCP and RTP on the RTCP port.
  a_rtcp.send(rtcp_of(at_a), words({0x80c90001}));
  a_rtcp.send(rtcp_of(at_a), rtp_packet(1, 1));
  ASSERT_TRUE(eventually([&] { return dropped("malformed") == 2; }));
  EXPECT_EQ(session->statistics().sides[0].packets_received, 0u);
}

TEST_F(RelayTest, RtcpCrossesBetweenAMultiplexedAndASeparateSide) {
  begin();
  connect(*session, MediaSide::A, remote(a, nullptr, true));
  const auto report = words({0x80c90001, 0xaaaa0001});
  a.send(at_a, report);
  const auto at_peer = b_rtcp.receive();
  ASSERT_TRUE(at_peer);
  EXPECT_EQ(at_peer->data, report);
  EXPECT_EQ(at_peer->from, rtcp_of(at_b));
  b_rtcp.send(rtcp_of(at_b), report);
  const auto back = a.receive();
  ASSERT_TRUE(back);
  EXPECT_EQ(back->data, report);
  EXPECT_EQ(back->from, at_a);
}

TEST_F(RelayTest, WithoutAnRtcpAddressRtcpStaysHere) {
  begin();
  connect(*session, MediaSide::B, remote(b));
  a_rtcp.send(rtcp_of(at_a), words({0x80c90001, 1}));
  ASSERT_TRUE(eventually([&] { return dropped("no_remote") == 1; }));
  EXPECT_TRUE(b.empty());
}

TEST_F(RelayTest, RtcpOfALearnedPeerIsLearnedFromItsIp) {
  begin(true);
  Peer nat("127.0.0.7"), nat_rtcp("127.0.0.7"), thief("127.0.0.66");
  const auto report = words({0x80c90001, 7});
  nat.send(at_a, rtp_packet(1, 5));
  nat.send(at_a, rtp_packet(2, 5));
  expect_at(b, rtp_packet(2, 5));
  // Its RTCP port is not known yet, and the signalled address is not where it sits.
  b_rtcp.send(rtcp_of(at_b), report);
  ASSERT_TRUE(eventually([&] { return dropped("no_remote") == 1; }));
  thief.send(rtcp_of(at_a), report);
  nat_rtcp.send(rtcp_of(at_a), report);
  expect_at(b_rtcp, report);
  EXPECT_TRUE(b_rtcp.empty());
  b_rtcp.send(rtcp_of(at_b), report);
  expect_at(nat_rtcp, report);
  EXPECT_TRUE(a_rtcp.empty());
}

// A stream that runs gets a socket that is connected to its peer; what is believed and where packets go stays
// the same.
struct SettledTest : RelayTest {
  // Runs both ways over several visits of the sweep, until the connected sockets must be in use.
  void run_in(const Peer& from_a, const Peer& from_b, int visits = 4) {
    for (int visit = 0; visit < visits; ++visit) {
      for (int i = 0; i < 12; ++i) {
        const auto forth = rtp_packet(++sequence, 0xa), back = rtp_packet(sequence, 0xb);
        from_a.send(at_a, forth);
        expect_at(from_b, forth);
        from_b.send(at_b, back);
        expect_at(from_a, back);
      }
      clock.advance(450ms);
    }
  }
  // Whether the kernel holds a socket on `local` that is connected to `peer`.
  static bool connected(const domain::SocketAddress& local, const domain::SocketAddress& peer) {
    const auto text = [](const domain::SocketAddress& address) {
      std::array<char, 16> out{};
      std::snprintf(out.data(), out.size(), "%08X:%04X", htonl(address.ip.to_v4()), address.port);
      return std::string(out.data());
    };
    std::ifstream table("/proc/net/udp");
    for (std::string line; std::getline(table, line);)
      if (line.find(text(local) + " " + text(peer)) != std::string::npos) return true;
    return false;
  }
  std::uint16_t sequence = 0;
};

TEST_F(SettledTest, AnotherPortOfTheSignalledIpIsStillHeard) {
  begin();
  run_in(a, b);
  EXPECT_TRUE(connected(at_a, a.address()));
  EXPECT_TRUE(connected(at_b, b.address()));
  Peer other_port, stranger("127.0.0.9");
  stranger.send(at_a, rtp_packet(1, 0xa));
  const auto packet = rtp_packet(++sequence, 0xa);
  other_port.send(at_a, packet);
  expect_at(b, packet);
  EXPECT_EQ(dropped("source"), 1u);
}

TEST_F(SettledTest, AReInviteTakesBothWaysElsewhereAtOnce) {
  begin();
  run_in(a, b);
  Peer moved("127.0.0.3");
  connect(*session, MediaSide::B, remote(moved));
  run_in(a, moved);
  EXPECT_TRUE(b.empty());
  b.send(at_b, rtp_packet(1, 0xb));
  ASSERT_TRUE(eventually([&] { return dropped("source") == 1; }));
  connect(*session, MediaSide::B, remote(b));
  run_in(a, b);
}

TEST_F(SettledTest, ALearnedPeerIsKeptAndItsPortsServeTheNextCall) {
  begin(true);
  Peer nat("127.0.0.7");
  nat.send(at_a, rtp_packet(++sequence, 0xa));
  run_in(nat, b);
  EXPECT_TRUE(a.empty());
  EXPECT_FALSE(connected(at_a, nat.address()));  // not while the signalled one may still take over
  clock.advance(SourceGuard::kTakeover);
  run_in(nat, b);
  EXPECT_TRUE(connected(at_a, nat.address()));
  session.reset();
  ASSERT_TRUE(eventually([&] { return engine->ports(false).in_use == 0; }));
  EXPECT_FALSE(connected(at_a, nat.address()));
  clock.advance(5s);
  // All pairs of the range, so that the old ones are among them.
  std::vector<std::unique_ptr<domain::MediaSession>> sessions;
  while (auto opened = engine->open({}, executor, [] {})) {
    connect(**opened, MediaSide::A, remote(a));
    connect(**opened, MediaSide::B, remote(b));
    const auto packet = rtp_packet(1, 0xc);
    a.send((*opened)->local(MediaSide::A, 0).rtp, packet);
    expect_at(b, packet);
    sessions.push_back(std::move(*opened));
  }
  EXPECT_EQ(sessions.size(), 250u);
}

TEST_F(SettledTest, AClosedPortAtThePeerCostsNoPacketThatComesAfterItOpensAgain) {
  begin();
  auto gone = std::make_unique<Peer>(own_ip());
  const auto address = gone->address();
  connect(*session, MediaSide::B, remote(*gone));
  run_in(a, *gone);
  gone.reset();
  for (int i = 0; i < 5; ++i)
    a.send(at_a, rtp_packet(++sequence, 0xa));
  ASSERT_TRUE(eventually([&] { return session->statistics().sides[0].packets_received == sequence; }));
  Peer back(own_ip(), address.port);
  const auto packet = rtp_packet(++sequence, 0xa);
  a.send(at_a, packet);
  expect_at(back, packet);
}

TEST_F(RelayTest, EncryptedRtcpIsPassedOnUnread) {
  begin();
  auto srtcp = words({0x80c90007, 0xaaaa0001, 0xdeadbeef, 0x01020304});
  a_rtcp.send(rtcp_of(at_a), srtcp);
  expect_at(b_rtcp, srtcp);
}

TEST_F(RelayTest, RoundTripAndRemoteLossFromTheReportsThatPass) {
  begin();
  for (std::uint16_t i = 1; i <= 3; ++i) {
    a.send(at_a, rtp_packet(i, 0xaaaa0001));
    ASSERT_TRUE(b.receive());
  }
  // A's SR passes; 500 ms later B answers that it held it for 470 ms and misses a quarter.
  a_rtcp.send(rtcp_of(at_a), words({0x80c80006, 0xaaaa0001, 0x00011234, 0x56780000, 0, 3, 480}));
  ASSERT_TRUE(b_rtcp.receive());
  clock.advance(500ms);
  const std::uint32_t held = 470u * 65536 / 1000 + 1;
  b_rtcp.send(rtcp_of(at_b), words({0x81c90007, 0xbbbb0002, 0xaaaa0001, 0x40000001, 3, 0, 0x12345678, held}));
  ASSERT_TRUE(a_rtcp.receive());
  const auto leg = session->statistics().sides[1];
  ASSERT_TRUE(leg.rtt_us);
  EXPECT_NEAR(*leg.rtt_us, 30'000, 20);
  EXPECT_EQ(leg.remote_loss_percent, 25);
  EXPECT_FALSE(session->statistics().sides[0].rtt_us);
}

TEST_F(RelayTest, ReportsAboutStrangersAreNotBelieved) {
  begin();
  for (std::uint16_t i = 1; i <= 3; ++i) {
    a.send(at_a, rtp_packet(i, 0xaaaa0001));
    ASSERT_TRUE(b.receive());
  }
  b_rtcp.send(rtcp_of(at_b), words({0x81c90007, 0xbbbb0002, 0x0bad0001, 0xff000001, 3, 0, 0, 0}));
  ASSERT_TRUE(a_rtcp.receive());
  EXPECT_FALSE(session->statistics().sides[1].remote_loss_percent);
}

}  // namespace
}  // namespace warp::media::testing
