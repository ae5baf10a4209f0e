// Encrypted sides: SDES and DTLS against plain ones, through the engine.
#include "warp/srtp/session.h"

#include "secure/dtls.h"
#include "secure/profile.h"
#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

domain::SrtpKeys keys_of(std::uint8_t seed, domain::SrtpSuite suite = domain::SrtpSuite::AesCm128Sha1_80) {
  domain::SrtpKeys keys;
  keys.suite = suite;
  keys.size = static_cast<std::uint8_t>(srtp::key_octets(*suite_of(suite)));
  for (std::size_t i = 0; i < keys.size; ++i)
    keys.material[i] = static_cast<std::byte>(seed + i * 3);
  return keys;
}

// The far end of an encrypted side.
struct SrtpEnd {
  SrtpEnd(const domain::SrtpKeys& sends, const domain::SrtpKeys& receives)
      : send(make(sends, srtp::Direction::Send)), receive(make(receives, srtp::Direction::Receive)) {}
  static std::unique_ptr<srtp::Session> make(const domain::SrtpKeys& keys, srtp::Direction direction) {
    return std::move(
        *srtp::Session::make(*suite_of(keys.suite), std::span(keys.material).first(keys.size), direction));
  }
  Bytes seal(Bytes packet) const {
    const auto size = packet.size();
    packet.resize(size + srtp::kOverhead);
    packet.resize(*send->protect(packet, size));
    return packet;
  }
  Bytes seal_rtcp(Bytes packet) const {
    const auto size = packet.size();
    packet.resize(size + srtp::kOverhead);
    packet.resize(*send->protect_rtcp(packet, size));
    return packet;
  }
  std::optional<Bytes> open(Bytes packet) const {
    const auto size = receive->unprotect(packet);
    if (!size) return std::nullopt;
    packet.resize(*size);
    return packet;
  }
  std::unique_ptr<srtp::Session> send, receive;
};

struct SecuredTest : TreatTest {
  static domain::MediaTerms sdes(std::uint8_t ours, std::uint8_t theirs) {
    auto terms = audio_terms({pcmu()}, 101);
    terms.send = keys_of(ours);
    terms.receive = keys_of(theirs);
    return terms;
  }
  std::uint64_t failures(const char* reason) {
    return registry
        .counter("warp_media_srtp_failures_total",
                 "SRTP and SRTCP packets that could not be read or made, by reason.", {{"reason", reason}})
        .value();
  }
};

TEST_F(SecuredTest, SdesAgainstPlainBothWays) {
  begin(sdes(10, 20), audio_terms({pcmu()}, 101));
  const SrtpEnd end(keys_of(20), keys_of(10));
  for (std::uint16_t i = 1; i <= 20; ++i) {
    const auto forth = rtp_packet(i, 0xa1, i * 160u), back = rtp_packet(i, 0xb2, i * 160u);
    a.send(at_a, end.seal(forth));
    const auto clear = b.receive();
    ASSERT_TRUE(clear);
    EXPECT_EQ(clear->data, forth);
    b.send(at_b, back);
    const auto sealed = a.receive();
    ASSERT_TRUE(sealed);
    EXPECT_NE(sealed->data, back);
    EXPECT_EQ(end.open(sealed->data), back);
  }
  // Reports pass end to end, each side's in its own form.
  const auto report = words({0x80c90001, 0xa1});
  a_rtcp.send(rtcp_of(at_a), end.seal_rtcp(report));
  const auto passed = b_rtcp.receive();
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->data, report);
}

TEST_F(SecuredTest, BothSidesWithKeysOfTheirOwn) {
  begin(sdes(10, 20), sdes(30, 40));
  const SrtpEnd end_a(keys_of(20), keys_of(10)), end_b(keys_of(40), keys_of(30));
  const auto forth = rtp_packet(1, 0xa1, 160), back = rtp_packet(1, 0xb2, 160);
  a.send(at_a, end_a.seal(forth));
  EXPECT_EQ(end_b.open(b.receive()->data), forth);
  b.send(at_b, end_b.seal(back));
  EXPECT_EQ(end_a.open(a.receive()->data), back);
}

TEST_F(SecuredTest, WhatIsNotAuthenticIsNeitherPassedNorLearned) {
  begin(sdes(10, 20), audio_terms({pcmu()}, 101), true);
  const SrtpEnd end(keys_of(20), keys_of(10)), wrong(keys_of(77), keys_of(10));
  Peer thief("127.0.0.66"), nat("127.0.0.7");
  for (std::uint16_t i = 0; i < 10; ++i) {
    thief.send(at_a, wrong.seal(rtp_packet(i, 5)));
    thief.send(at_a, rtp_packet(i, 5));
  }
  ASSERT_TRUE(eventually([&] { return dropped("not_authentic") == 20; }));
  EXPECT_EQ(failures("bad_tag"), 20u);
  nat.send(at_a, end.seal(rtp_packet(1, 5)));
  nat.send(at_a, end.seal(rtp_packet(2, 5)));
  EXPECT_EQ(b.receive()->data, rtp_packet(2, 5));
  b.send(at_b, rtp_packet(1, 6));
  EXPECT_EQ(end.open(nat.receive()->data), rtp_packet(1, 6));
  EXPECT_TRUE(thief.empty());
  EXPECT_EQ(session->statistics().sides[0].packets_received, 1u);
}

TEST_F(SecuredTest, APeerThatGoesOnBeyondItsKeysLifetimeIsNotHeard) {
  auto short_lived = sdes(10, 20);
  short_lived.receive.lifetime = 3;
  begin(short_lived, audio_terms({pcmu()}, 101));
  const SrtpEnd end(keys_of(20), keys_of(10));
  for (std::uint16_t i = 1; i <= 5; ++i)
    a.send(at_a, end.seal(rtp_packet(i, 0xa1, i * 160u)));
  for (std::uint16_t i = 1; i <= 3; ++i)
    EXPECT_EQ(b.receive()->data, rtp_packet(i, 0xa1, i * 160u));
  ASSERT_TRUE(eventually([&] { return failures("exhausted") == 2; }));
  EXPECT_TRUE(b.empty());
  synchronise();
  EXPECT_EQ(count(domain::MediaEventKind::SecurityFailed), 1u) << "told once";
}

TEST_F(SecuredTest, ASideWhoseKeysAreNoneIsShut) {
  auto bad = sdes(10, 20);
  bad.receive = {};  // one way alone
  begin(bad, audio_terms({pcmu()}, 101));
  a.send(at_a, rtp_packet(1, 5));
  ASSERT_TRUE(eventually([&] { return dropped("not_authentic") == 1; }));
  b.send(at_b, rtp_packet(1, 6));
  synchronise();
  EXPECT_TRUE(a.empty());
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(count(domain::MediaEventKind::SecurityFailed), 1u);
}

TEST_F(SecuredTest, TheStateOutlivesTheProcess) {
  begin(sdes(10, 20), audio_terms({pcmu()}, 101));
  const SrtpEnd end(keys_of(20), keys_of(10));
  // Past the wrap of the sequence number.
  for (std::uint32_t i = 65500; i < 65600; ++i) {
    const auto sequence = static_cast<std::uint16_t>(i);
    a.send(at_a, end.seal(rtp_packet(sequence, 0xa1, i * 160)));
    ASSERT_TRUE(b.receive());
    b.send(at_b, rtp_packet(sequence, 0xb2, i * 160));
    ASSERT_TRUE(end.open(a.receive()->data));
  }
  // The sweep tells the state.
  ASSERT_TRUE(eventually([&] {
    clock.advance(50ms);
    return !session->memory().streams[0].srtp[0].sent.empty() &&
           count(domain::MediaEventKind::StateMoved) > 0;
  }));
  const auto memory = session->memory();
  EXPECT_EQ(memory.streams[0].srtp[0].send, keys_of(10));
  EXPECT_EQ(memory.streams[0].srtp[0].received[0].rollover, 1u);
  session.reset();
  engine.reset();
  auto with = settings();
  for (const auto& stream : memory.streams)
    for (const auto port : stream.ports)
      with.reserved.push_back({false, port});
  start(with);
  auto again = engine->reopen(memory, executor, [] {});
  ASSERT_TRUE(again);
  a.send(at_a, end.seal(rtp_packet(100, 0xa1, 7)));
  const auto clear = b.receive();
  ASSERT_TRUE(clear);
  EXPECT_EQ(clear->data, rtp_packet(100, 0xa1, 7));
  b.send(at_b, rtp_packet(100, 0xb2, 7));
  const auto sealed = a.receive();
  ASSERT_TRUE(sealed);
  EXPECT_EQ(end.open(sealed->data), rtp_packet(100, 0xb2, 7));
}

// The far end of a DTLS side, at a peer's socket.
struct DtlsEnd final : Dtls::Out {
  DtlsEnd(const Peer& from, domain::SocketAddress relay, const domain::MediaFingerprint& engine, bool active)
      : peer(from), to(relay), identity(DtlsIdentity::make()) {
    dtls = Dtls::make(identity, {.active = active, .hash = engine.hash, .fingerprint = engine.digest},
                      Monotonic(1h));
  }
  void datagram(std::span<const std::byte> bytes) override {
    peer.send(to, Bytes(bytes.begin(), bytes.end()));
  }
  bool shake() {
    dtls->start(*this, Monotonic(1h));
    while (dtls->state() != Dtls::State::Done && dtls->state() != Dtls::State::Failed) {
      const auto got = peer.receive();
      if (!got) return false;
      dtls->receive(got->data, got->from, *this, Monotonic(1h));
    }
    return dtls->state() == Dtls::State::Done;
  }
  const Peer& peer;
  const domain::SocketAddress to;
  std::shared_ptr<const DtlsIdentity> identity;
  std::unique_ptr<Dtls> dtls;
};

struct DtlsSideTest : SecuredTest, ::testing::WithParamInterface<bool> {
  domain::MediaTerms dtls_terms(const DtlsIdentity& peer, bool active) {
    auto terms = audio_terms({pcmu()}, 101);
    terms.dtls = domain::DtlsTerms{active, peer.fingerprint().hash, peer.fingerprint().digest};
    return terms;
  }
  void meet(bool symmetric = false) {
    start();
    domain::MediaSessionRequest request;
    request.timeout = 0s;
    request.sides[0].symmetric_rtp = symmetric;
    session = open(request);
    session->observe([this](const domain::MediaEvent& event) { events.push_back(event); });
    at_a = session->local(MediaSide::A, 0).rtp;
    at_b = session->local(MediaSide::B, 0).rtp;
  }
};

TEST_P(DtlsSideTest, KeysComeOutOfTheHandshake) {
  meet();
  const bool engine_is_active = GetParam();
  DtlsEnd end(a, at_a, engine->fingerprint(), !engine_is_active);
  tell(MediaSide::A, dtls_terms(*end.identity, engine_is_active));
  tell(MediaSide::B, audio_terms({pcmu()}, 101));
  // Before that, nothing is sent in the clear.
  b.send(at_b, rtp_packet(1, 6));
  synchronise();
  ASSERT_TRUE(end.shake());
  ASSERT_TRUE(eventually([&] { return count(domain::MediaEventKind::Secured) == 1; }));
  ASSERT_TRUE(eventually([&] { return count(domain::MediaEventKind::StateMoved) >= 1; }));
  const SrtpEnd srtp(end.dtls->keys().send, end.dtls->keys().receive);
  a.send(at_a, srtp.seal(rtp_packet(1, 5)));
  EXPECT_EQ(b.receive()->data, rtp_packet(1, 5));
  b.send(at_b, rtp_packet(2, 6));
  auto sealed = a.receive();
  ASSERT_TRUE(sealed);
  // The end of the handshake may be said twice.
  while (sealed && rtp::classify(sealed->data) != rtp::Kind::Rtp)
    sealed = a.receive();
  ASSERT_TRUE(sealed);
  EXPECT_EQ(srtp.open(sealed->data), rtp_packet(2, 6));
  EXPECT_EQ(session->memory().streams[0].srtp[0].send, end.dtls->keys().receive);
}

TEST_P(DtlsSideTest, AnotherCertificateIsRefused) {
  meet();
  const bool engine_is_active = GetParam();
  DtlsEnd end(a, at_a, engine->fingerprint(), !engine_is_active);
  tell(MediaSide::A, dtls_terms(*DtlsIdentity::make(), engine_is_active));
  tell(MediaSide::B, audio_terms({pcmu()}, 101));
  end.shake();
  ASSERT_TRUE(eventually([&] { return count(domain::MediaEventKind::SecurityFailed) == 1; }));
  EXPECT_EQ(count(domain::MediaEventKind::Secured), 0u);
  b.send(at_b, rtp_packet(2, 6));
  synchronise();
  while (const auto got = a.receive(0ms))
    EXPECT_NE(rtp::classify(got->data), rtp::Kind::Rtp);
}

// Where the peer's address is to be learned, anybody may speak first.
TEST_P(DtlsSideTest, TheHandshakeOfAStrangerChangesNothing) {
  meet(true);
  const bool engine_is_active = GetParam();
  const Peer elsewhere("127.0.0.77");
  DtlsEnd end(a, at_a, engine->fingerprint(), !engine_is_active);
  tell(MediaSide::A, dtls_terms(*end.identity, engine_is_active));
  tell(MediaSide::B, audio_terms({pcmu()}, 101));
  for (int i = 0; i < 3; ++i) {
    DtlsEnd stranger(elsewhere, at_a, engine->fingerprint(), true);
    // Who asks a client gets no handshake, and an answer only at times.
    if (engine_is_active)
      stranger.dtls->start(stranger, Monotonic(1h));
    else
      EXPECT_FALSE(stranger.shake());
  }
  synchronise();
  ASSERT_TRUE(end.shake());
  ASSERT_TRUE(eventually([&] { return count(domain::MediaEventKind::Secured) == 1; }));
  EXPECT_EQ(count(domain::MediaEventKind::SecurityFailed), 0u);
}

INSTANTIATE_TEST_SUITE_P(BothRoles, DtlsSideTest, ::testing::Bool());

}  // namespace
}  // namespace warp::media::testing
