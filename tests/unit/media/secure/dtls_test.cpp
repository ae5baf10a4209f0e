#include "secure/dtls.h"

#include <deque>

#include <gtest/gtest.h>

#include "secure/profile.h"

namespace warp::media {
namespace {

using namespace std::chrono_literals;
using Datagram = std::vector<std::byte>;

const Monotonic kStart{1000s};
const domain::SocketAddress kClientPlace{domain::IpAddress::v4(0x0a000001), 4000};
const domain::SocketAddress kServerPlace{domain::IpAddress::v4(0x0a000002), 5000};
const domain::SocketAddress kElsewhere{domain::IpAddress::v4(0x0a000003), 6000};

const std::shared_ptr<const DtlsIdentity>& client_identity() {
  static const auto identity = DtlsIdentity::make();
  return identity;
}
const std::shared_ptr<const DtlsIdentity>& server_identity() {
  static const auto identity = DtlsIdentity::make();
  return identity;
}

domain::DtlsTerms terms_of(bool active, const DtlsIdentity& peer) {
  return {active, peer.fingerprint().hash, peer.fingerprint().digest};
}

// Never, as far as a test goes.
constexpr auto kNever = std::chrono::microseconds(30min);

std::unique_ptr<Dtls> active_end(std::chrono::microseconds first_retransmission = kNever) {
  return Dtls::make(client_identity(), terms_of(true, *server_identity()), kStart, first_retransmission);
}
std::unique_ptr<Dtls> passive_end(std::chrono::microseconds first_retransmission = kNever) {
  return Dtls::make(server_identity(), terms_of(false, *client_identity()), kStart, first_retransmission);
}

struct Wire final : Dtls::Out {
  std::deque<Datagram> sent;
  void datagram(std::span<const std::byte> octets) override {
    sent.emplace_back(octets.begin(), octets.end());
  }
};

// Two of ours with a wire between them that loses, keeps and adds what a test wants.
struct Handshake : ::testing::Test {
  std::unique_ptr<Dtls> client = active_end();
  std::unique_ptr<Dtls> server = passive_end();
  Wire from_client, from_server;
  Monotonic now = kStart;

  bool to_server(const domain::SocketAddress& source = kClientPlace) {
    if (from_client.sent.empty()) return false;
    const auto datagram = std::move(from_client.sent.front());
    from_client.sent.pop_front();
    server->receive(datagram, source, from_server, now);
    return true;
  }
  bool to_client() {
    if (from_server.sent.empty()) return false;
    const auto datagram = std::move(from_server.sent.front());
    from_server.sent.pop_front();
    client->receive(datagram, kServerPlace, from_client, now);
    return true;
  }
  void exchange() {
    while (to_server() || to_client()) {
    }
  }
  void ticks() {
    client->tick(from_client, now);
    server->tick(from_server, now);
  }
  // OpenSSL's own clock has to move a little: looked at until it has.
  void tick_until_sent(Dtls& end, Wire& wire) {
    while (wire.sent.empty() && end.state() == Dtls::State::Handshaking)
      end.tick(wire, now);
  }
  // Up to the hello whose cookie the server believes.
  void begin() {
    client->start(from_client, now);
    ASSERT_TRUE(to_server());
    ASSERT_TRUE(to_client());
  }
  void expect_done() {
    ASSERT_EQ(client->state(), Dtls::State::Done) << to_string(client->failure());
    ASSERT_EQ(server->state(), Dtls::State::Done) << to_string(server->failure());
    EXPECT_EQ(client->keys().send, server->keys().receive);
    EXPECT_EQ(client->keys().receive, server->keys().send);
    EXPECT_NE(client->keys().send, client->keys().receive);
    EXPECT_EQ(client->keys().send.suite, domain::SrtpSuite::AeadAes128Gcm);
    EXPECT_EQ(client->keys().send.size, 28);
  }
};

TEST_F(Handshake, GivesBothTheSameKeys) {
  EXPECT_EQ(server->state(), Dtls::State::Waiting);
  client->start(from_client, now);
  EXPECT_EQ(client->state(), Dtls::State::Handshaking);
  exchange();
  expect_done();
  for (const auto* other : {&from_client, &from_server})
    EXPECT_TRUE(other->sent.empty());
}

TEST_F(Handshake, KeysAreOfThisHandshakeAlone) {
  client->start(from_client, now);
  exchange();
  const auto first = client->keys().send;
  client = active_end();
  server = passive_end();
  client->start(from_client, now);
  exchange();
  expect_done();
  EXPECT_NE(client->keys().send, first);
}

TEST_F(Handshake, TheServerKeepsNothingBeforeTheCookie) {
  client->start(from_client, now);
  to_server();
  EXPECT_EQ(server->state(), Dtls::State::Waiting);
  ASSERT_EQ(from_server.sent.size(), 1u);
  EXPECT_EQ(from_server.sent[0][13], std::byte{3});  // HelloVerifyRequest
  EXPECT_LT(from_server.sent[0].size(), 100u);
}

TEST_F(Handshake, ACookieIsOfOneSource) {
  begin();
  ASSERT_TRUE(to_server(kElsewhere));
  EXPECT_EQ(server->state(), Dtls::State::Waiting);
  ASSERT_EQ(from_server.sent.size(), 1u);
  EXPECT_EQ(from_server.sent[0][13], std::byte{3});
}

TEST_F(Handshake, AHelloOfAnotherSourceDoesNotDisturb) {
  begin();
  ASSERT_TRUE(to_server());
  EXPECT_EQ(server->state(), Dtls::State::Handshaking);
  Wire ignored;
  auto other = active_end();
  Wire from_other;
  other->start(from_other, now);
  server->receive(from_other.sent.front(), kElsewhere, ignored, now);
  EXPECT_TRUE(ignored.sent.empty());
  exchange();
  expect_done();
}

TEST_F(Handshake, AHelloOfAnotherSourceTakesAPlaceThatStandsStill) {
  auto other = active_end();
  begin();
  ASSERT_TRUE(to_server());
  from_server.sent.clear();
  now += Dtls::kStall;
  client = std::move(other);
  from_client.sent.clear();
  client->start(from_client, now);
  while (to_server(kElsewhere) || to_client()) {
  }
  expect_done();
}

TEST_F(Handshake, APeerThatBeginsAnewIsFollowed) {
  begin();
  ASSERT_TRUE(to_server());
  from_server.sent.clear();
  client = active_end();
  client->start(from_client, now);
  exchange();
  expect_done();
}

TEST_F(Handshake, GarbageBetweenIsNothing) {
  const Datagram garbage[] = {Datagram{},
                              Datagram(1),
                              Datagram(13),
                              Datagram(200, std::byte{0x16}),
                              Datagram(1500, std::byte{0x80}),
                              Datagram{std::byte{22},
                                       std::byte{0xfe},
                                       std::byte{0xfd},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       std::byte{9},
                                       std::byte{1}},
                              Datagram{std::byte{23},
                                       std::byte{0xfe},
                                       std::byte{0xfd},
                                       {},
                                       std::byte{1},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       {},
                                       std::byte{3},
                                       std::byte{1},
                                       std::byte{1},
                                       std::byte{1}}};
  client->start(from_client, now);
  do {
    Wire ignored;
    for (const auto& datagram : garbage) {
      server->receive(datagram, kClientPlace, ignored, now);
      server->receive(datagram, kElsewhere, ignored, now);
      client->receive(datagram, kServerPlace, ignored, now);
    }
  } while (to_server() || to_client());
  expect_done();
}

TEST_F(Handshake, EveryDatagramTwice) {
  client->start(from_client, now);
  for (bool moved = true; moved;) {
    if (!from_client.sent.empty()) from_client.sent.push_front(from_client.sent.front());
    moved = to_server();
    if (moved) to_server();
    if (!from_server.sent.empty()) from_server.sent.push_front(from_server.sent.front());
    const bool back = to_client();
    if (back) to_client();
    moved = moved || back;
  }
  expect_done();
}

TEST_F(Handshake, ALostHelloIsSentAgain) {
  client = active_end(40ms);
  client->start(from_client, now);
  from_client.sent.clear();
  tick_until_sent(*client, from_client);
  EXPECT_FALSE(from_client.sent.empty());
  exchange();
  expect_done();
}

TEST_F(Handshake, ALostFlightOfTheServerIsSentAgain) {
  server = passive_end(40ms);
  begin();
  ASSERT_TRUE(to_server());
  ASSERT_FALSE(from_server.sent.empty());
  from_server.sent.clear();
  tick_until_sent(*server, from_server);
  EXPECT_FALSE(from_server.sent.empty());
  exchange();
  expect_done();
}

TEST_F(Handshake, TheLastFlightIsAnsweredAgain) {
  client = active_end(40ms);
  begin();
  while (server->state() != Dtls::State::Done) {
    ASSERT_TRUE(to_server() || to_client());
  }
  from_server.sent.clear();
  from_client.sent.clear();
  ASSERT_EQ(client->state(), Dtls::State::Handshaking);
  tick_until_sent(*client, from_client);
  exchange();
  expect_done();
}

TEST_F(Handshake, ForeignCertificatesAreRefused) {
  server = Dtls::make(server_identity(), terms_of(false, *server_identity()), kStart);
  client->start(from_client, now);
  exchange();
  EXPECT_EQ(server->state(), Dtls::State::Failed);
  EXPECT_EQ(server->failure(), Dtls::Failure::Fingerprint);
  EXPECT_EQ(client->state(), Dtls::State::Failed);
  EXPECT_EQ(client->failure(), Dtls::Failure::Alert);
}

TEST_F(Handshake, AForeignServerIsRefused) {
  client = Dtls::make(client_identity(), terms_of(true, *client_identity()), kStart);
  client->start(from_client, now);
  exchange();
  EXPECT_EQ(client->failure(), Dtls::Failure::Fingerprint);
  EXPECT_EQ(server->failure(), Dtls::Failure::Alert);
}

TEST_F(Handshake, UnknownHashesAreRefused) {
  auto terms = terms_of(false, *client_identity());
  terms.hash = "md5";
  server = Dtls::make(server_identity(), terms, kStart);
  client->start(from_client, now);
  exchange();
  EXPECT_EQ(server->failure(), Dtls::Failure::Fingerprint);
}

TEST_F(Handshake, AnAlertCountsFromWhereTheHandshakeIs) {
  client->start(from_client, now);
  to_server();
  to_client();
  to_server();
  const Datagram alert{
      std::byte{21}, std::byte{0xfe}, std::byte{0xfd}, {}, {}, {}, {}, {}, {}, {}, std::byte{9}, {},
      std::byte{2},  std::byte{2},    std::byte{40}};
  Wire ignored;
  server->receive(alert, kElsewhere, ignored, now);
  client->receive(alert, kElsewhere, ignored, now);
  EXPECT_EQ(server->state(), Dtls::State::Handshaking);
  EXPECT_EQ(client->state(), Dtls::State::Handshaking);
  server->receive(alert, kClientPlace, ignored, now);
  EXPECT_EQ(server->failure(), Dtls::Failure::Alert);
}

TEST_F(Handshake, EndsWithinItsTime) {
  client->start(from_client, now);
  now += Dtls::kTimeLimit - 1ms;
  ticks();
  EXPECT_EQ(client->state(), Dtls::State::Handshaking);
  now += 1ms;
  ticks();
  EXPECT_EQ(client->failure(), Dtls::Failure::TimedOut);
  EXPECT_EQ(server->state(), Dtls::State::Waiting) << "who waits for a hello has time";
}

TEST_F(Handshake, LooksAtSoManyDatagramsAndNoMore) {
  begin();
  ASSERT_TRUE(to_server());
  Datagram noise(60, std::byte{7});
  noise[0] = std::byte{22};
  noise[1] = std::byte{0xfe};
  noise[2] = std::byte{0xfd};
  noise[3] = {};
  noise[4] = std::byte{1};  // of an epoch that has no keys yet
  noise[11] = {};
  noise[12] = std::byte{47};
  for (unsigned i = 0; i < Dtls::kMostDatagrams + 2; ++i)
    server->receive(noise, kElsewhere, from_server, now);
  EXPECT_EQ(server->state(), Dtls::State::Handshaking);
  for (unsigned i = 0; i < Dtls::kMostDatagrams + 2 && server->state() == Dtls::State::Handshaking; ++i)
    server->receive(noise, kClientPlace, from_server, now);
  EXPECT_EQ(server->failure(), Dtls::Failure::TooMuch);
}

TEST_F(Handshake, AHugeMessageIsRefused) {
  begin();
  ASSERT_TRUE(to_server());
  // A certificate of 16 MiB, of which this is the first fragment.
  Datagram huge(13 + 12 + 100, std::byte{1});
  const unsigned head[] = {22, 0xfe, 0xfd, 0,    0, 0, 0, 0, 0, 0, 5, 0,  112,
                           11, 0xff, 0xff, 0xff, 0, 2, 0, 0, 0, 0, 0, 100};
  std::transform(std::begin(head), std::end(head), huge.begin(),
                 [](unsigned octet) { return std::byte(octet); });
  server->receive(huge, kClientPlace, from_server, now);
  EXPECT_NE(server->state(), Dtls::State::Done);
  EXPECT_EQ(server->failure(), Dtls::Failure::Alert);
}

// A part of the body of `hello`, under a record's number that its maker will not come to.
Datagram part_of(const Datagram& hello, std::size_t offset, std::size_t size, unsigned record) {
  const auto body = hello.begin() + 25 + static_cast<long>(offset);
  Datagram out(hello.begin(), hello.begin() + 25);
  out[10] = static_cast<std::byte>(record);
  out[11] = static_cast<std::byte>((size + 12) >> 8);
  out[12] = static_cast<std::byte>((size + 12) & 0xff);
  out[20] = static_cast<std::byte>(offset >> 8);
  out[21] = static_cast<std::byte>(offset & 0xff);
  out[23] = static_cast<std::byte>(size >> 8);
  out[24] = static_cast<std::byte>(size & 0xff);
  out.insert(out.end(), body, body + static_cast<long>(size));
  return out;
}

TEST_F(Handshake, FragmentsOfAHelloAreWaitedFor) {
  client->start(from_client, now);
  ASSERT_EQ(from_client.sent.size(), 1u);
  const auto hello = from_client.sent.front();
  from_client.sent.clear();
  server->receive(part_of(hello, 0, 60, 40), kClientPlace, from_server, now);
  EXPECT_TRUE(from_server.sent.empty());
  server->receive(part_of(hello, 60, hello.size() - 25 - 60, 41), kClientPlace, from_server, now);
  exchange();
  expect_done();
}

TEST_F(Handshake, FragmentsOfAStrangerHoldNoPlace) {
  client->start(from_client, now);
  const auto hello = from_client.sent.front();
  Wire to_stranger;
  server->receive(part_of(hello, 0, 60, 40), kElsewhere, to_stranger, now);
  exchange();
  expect_done();
  EXPECT_TRUE(to_stranger.sent.empty());
}

TEST_F(Handshake, AWholeHelloInPartsHoldsNoPlaceBeforeItsCookie) {
  client->start(from_client, now);
  const auto hello = from_client.sent.front();
  Wire to_stranger;
  server->receive(part_of(hello, 0, 60, 40), kElsewhere, to_stranger, now);
  server->receive(part_of(hello, 60, hello.size() - 25 - 60, 41), kElsewhere, to_stranger, now);
  EXPECT_EQ(to_stranger.sent.size(), 1u);  // HelloVerifyRequest
  exchange();
  expect_done();
}

TEST_F(Handshake, ADoneOneDropsHellos) {
  client->start(from_client, now);
  exchange();
  const auto keys = server->keys().send;
  auto other = active_end();
  Wire from_other;
  other->start(from_other, now);
  server->receive(from_other.sent.front(), kClientPlace, from_server, now);
  EXPECT_TRUE(from_server.sent.empty());
  now += Dtls::kLinger;
  ticks();
  server->receive(from_other.sent.front(), kClientPlace, from_server, now);
  EXPECT_EQ(server->state(), Dtls::State::Done);
  EXPECT_EQ(server->keys().send, keys);
}

TEST_F(Handshake, ItsDatagramsFitAPath) {
  client->start(from_client, now);
  do {
    for (const auto* wire : {&from_client, &from_server})
      for (const auto& datagram : wire->sent)
        ASSERT_LE(datagram.size(), Dtls::kDatagram);
  } while (to_server() || to_client());
  expect_done();
}

TEST(DtlsIdentity, ComesBackFromItsText) {
  const auto& identity = client_identity();
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->fingerprint().hash, "sha-256");
  EXPECT_EQ(identity->fingerprint().digest.size(), 32u);
  const auto again = DtlsIdentity::from_pem(identity->pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->fingerprint().digest, identity->fingerprint().digest);
  EXPECT_NE(server_identity()->fingerprint().digest, identity->fingerprint().digest);
  EXPECT_FALSE(DtlsIdentity::from_pem(""));
  EXPECT_FALSE(DtlsIdentity::from_pem("-----BEGIN CERTIFICATE-----\nx\n"));
  const auto key = identity->pem().substr(0, identity->pem().find("-----BEGIN CERTIFICATE"));
  const auto foreign = server_identity()->pem();
  EXPECT_FALSE(DtlsIdentity::from_pem(key + foreign.substr(foreign.find("-----BEGIN CERTIFICATE"))));
}

TEST(Dtls, NeedsAnIdentity) {
  EXPECT_FALSE(Dtls::make(nullptr, terms_of(true, *client_identity()), kStart));
}

}  // namespace
}  // namespace warp::media
