#include "secure/secure_side.h"

#include <deque>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/stun/message.h"

#include "secure/profile.h"

namespace warp::media {
namespace {

using namespace std::chrono_literals;
using domain::SrtpSuite;
using Octets = std::vector<std::byte>;

const Monotonic kSideStart{1000s};
const domain::SocketAddress kPeer{domain::IpAddress::v4(0x0a000001), 4000};
const domain::SocketAddress kStranger{domain::IpAddress::v4(0x0a000009), 4000};

domain::SrtpKeys keys_of(SrtpSuite suite, unsigned seed) {
  domain::SrtpKeys keys;
  keys.suite = suite;
  keys.size = static_cast<std::uint8_t>(material_octets(suite));
  for (std::size_t i = 0; i < keys.size; ++i)
    keys.material[i] = static_cast<std::byte>(seed + i * 3);
  return keys;
}

domain::MediaTerms sdes(unsigned send, unsigned receive, SrtpSuite suite = SrtpSuite::AesCm128Sha1_80) {
  domain::MediaTerms terms;
  terms.send = keys_of(suite, send);
  terms.receive = keys_of(suite, receive);
  return terms;
}

Octets rtp_packet(std::uint16_t sequence) {
  Octets packet(172, std::byte{0x55});
  ByteWriter writer(packet);
  writer.u16(0x8000);
  writer.u16(sequence);
  writer.u32(sequence * 160u);
  writer.u32(0xabcd);
  return packet;
}
Octets rtcp_packet() {
  Octets packet(28, std::byte{0x55});
  ByteWriter writer(packet);
  writer.u32(0x80c80006u);
  writer.u32(0xabcd);
  return packet;
}

using Pass = Result<std::size_t, srtp::Error> (SecureSide::*)(std::span<std::byte>, std::size_t);
Octets sealed(SecureSide& side, Octets packet, Pass pass = &SecureSide::protect) {
  const auto size = packet.size();
  packet.resize(size + srtp::kOverhead);
  const auto grown = (side.*pass)(packet, size);
  packet.resize(grown ? *grown : 0);
  return packet;
}
Octets opened(SecureSide& side, Octets packet) {
  const auto size = side.unprotect(packet);
  packet.resize(size ? *size : 0);
  return packet;
}

std::unique_ptr<SecureSide> side_of(const domain::MediaTerms& terms,
                                    std::shared_ptr<const DtlsIdentity> identity = nullptr) {
  return SecureSide::make(terms, std::move(identity), kSideStart);
}
// In place of `side`, as the worker does it.
void renew(std::unique_ptr<SecureSide>& side, const domain::MediaTerms& terms,
           std::shared_ptr<const DtlsIdentity> identity = nullptr) {
  auto next = side_of(terms, std::move(identity));
  ASSERT_TRUE(next);
  next->take_over(*side);
  side = std::move(next);
}

struct Sink final : Dtls::Out {
  std::deque<Octets> sent;
  void datagram(std::span<const std::byte> octets) override {
    sent.emplace_back(octets.begin(), octets.end());
  }
};

TEST(SecureSide, IsWantedWhenTermsAskForIt) {
  domain::MediaTerms terms;
  EXPECT_FALSE(SecureSide::wanted(terms));
  terms.ice.emplace();
  EXPECT_TRUE(SecureSide::wanted(terms));
  terms.ice.reset();
  terms.dtls.emplace();
  EXPECT_TRUE(SecureSide::wanted(terms));
  EXPECT_TRUE(SecureSide::wanted(sdes(1, 2)));
}

TEST(SecureSide, PassesBothWaysBySdes) {
  for (const auto suite :
       {SrtpSuite::AesCm128Sha1_80, SrtpSuite::AesCm256Sha1_32, SrtpSuite::AeadAes256Gcm}) {
    auto a = side_of(sdes(1, 2, suite)), b = side_of(sdes(2, 1, suite));
    ASSERT_TRUE(a && b);
    EXPECT_TRUE(a->ready());
    EXPECT_EQ(opened(*b, sealed(*a, rtp_packet(1))), rtp_packet(1));
    EXPECT_EQ(opened(*a, sealed(*b, rtp_packet(1))), rtp_packet(1));
    auto report = sealed(*a, rtcp_packet(), &SecureSide::protect_rtcp);
    const auto size = b->unprotect_rtcp(report);
    ASSERT_TRUE(size);
    report.resize(*size);
    EXPECT_EQ(report, rtcp_packet());
    EXPECT_TRUE(opened(*b, rtp_packet(3)).empty()) << "in the clear";
  }
}

TEST(SecureSide, RefusesTermsThatCannotBe) {
  auto terms = sdes(1, 2);
  terms.receive = {};
  EXPECT_FALSE(side_of(terms)) << "one way alone";
  terms = sdes(1, 2);
  terms.send.size = 28;
  EXPECT_FALSE(side_of(terms));
  terms.send.size = 200;
  EXPECT_FALSE(side_of(terms));
  domain::MediaTerms dtls;
  dtls.dtls.emplace();
  EXPECT_FALSE(side_of(dtls)) << "no identity";
}

TEST(SecureSide, WithIceAlonePacketsPassAsTheyAre) {
  domain::MediaTerms terms;
  terms.ice.emplace();
  auto side = side_of(terms);
  ASSERT_TRUE(side);
  auto packet = rtp_packet(1);
  EXPECT_EQ(opened(*side, packet), packet);
  packet.resize(300);
  EXPECT_EQ(*side->protect(packet, 172), 172u);
  EXPECT_TRUE(side->ready());
  EXPECT_EQ(side->memory().send.suite, SrtpSuite::None);
}

TEST(SecureSide, UnchangedKeysGoOn) {
  auto a = side_of(sdes(1, 2)), b = side_of(sdes(2, 1));
  for (unsigned i = 65500; i < 65600; ++i)
    ASSERT_FALSE(opened(*b, sealed(*a, rtp_packet(static_cast<std::uint16_t>(i)))).empty());
  renew(b, sdes(2, 1));
  renew(a, sdes(1, 2));
  EXPECT_EQ(a->memory().sent.at(0).rollover, 1u);
  EXPECT_TRUE(sealed(*a, rtp_packet(10)).empty()) << "sent before";
  for (std::uint16_t i = 64; i < 200; ++i)
    ASSERT_EQ(opened(*b, sealed(*a, rtp_packet(i))), rtp_packet(i));
}

TEST(SecureSide, OldKeysAreReceivedUntilTheNewOnesAreInUse) {
  for (const auto suite : {SrtpSuite::AesCm128Sha1_80, SrtpSuite::AeadAes128Gcm}) {
    auto before = side_of(sdes(1, 2, suite)), after = side_of(sdes(7, 2, suite));
    auto b = side_of(sdes(2, 1, suite));
    EXPECT_EQ(opened(*b, sealed(*before, rtp_packet(1))), rtp_packet(1));
    renew(b, sdes(2, 7, suite));
    EXPECT_EQ(opened(*b, sealed(*before, rtp_packet(2))), rtp_packet(2));
    EXPECT_EQ(opened(*b, sealed(*after, rtp_packet(3))), rtp_packet(3));
    EXPECT_EQ(opened(*b, sealed(*before, rtp_packet(4))), rtp_packet(4));
    for (unsigned i = 0; i < SecureSide::kOverlap; ++i) {
      const auto packet = rtp_packet(static_cast<std::uint16_t>(5 + i));
      ASSERT_EQ(opened(*b, sealed(*after, packet)), packet);
    }
    EXPECT_TRUE(opened(*b, sealed(*before, rtp_packet(500))).empty());
  }
}

TEST(SecureSide, GoesOnFromItsMemory) {
  auto a = side_of(sdes(1, 2)), b = side_of(sdes(2, 1));
  for (unsigned i = 65500; i < 65600; ++i)
    ASSERT_FALSE(opened(*b, sealed(*a, rtp_packet(static_cast<std::uint16_t>(i)))).empty());
  const auto of_a = a->memory(), of_b = b->memory();
  a = side_of(sdes(1, 2));
  a->restore(of_a);
  b = side_of(sdes(2, 1));
  b->restore(of_b);
  for (std::uint16_t i = 64; i < 200; ++i)
    ASSERT_EQ(opened(*b, sealed(*a, rtp_packet(i))), rtp_packet(i));
}

TEST(SecureSide, AKeyIsGoodForItsLifetime) {
  auto terms = sdes(2, 1);
  terms.receive.lifetime = 5;
  auto a = side_of(sdes(1, 2)), b = side_of(terms);
  for (std::uint16_t i = 1; i <= 5; ++i)
    ASSERT_EQ(opened(*b, sealed(*a, rtp_packet(i))), rtp_packet(i));
  auto late = sealed(*a, rtp_packet(6));
  EXPECT_EQ(b->unprotect(late).error(), srtp::Error::Exhausted);
  auto report = sealed(*a, rtcp_packet(), &SecureSide::protect_rtcp);
  EXPECT_TRUE(b->unprotect_rtcp(report)) << "reports are counted for themselves";
  // The same key with a longer life goes on where it is.
  terms.receive.lifetime = 8;
  renew(b, terms);
  EXPECT_EQ(opened(*b, sealed(*a, rtp_packet(7))), rtp_packet(7));
  // It ends in the next process too.
  const auto memory = b->memory();
  b = side_of(terms);
  b->restore(memory);
  EXPECT_EQ(opened(*b, sealed(*a, rtp_packet(8))), rtp_packet(8));
  EXPECT_TRUE(opened(*b, sealed(*a, rtp_packet(9))).empty());
}

TEST(SecureSide, MemoryOfOtherKeysIsNotBelieved) {
  auto a = side_of(sdes(1, 2)), b = side_of(sdes(2, 1));
  ASSERT_FALSE(opened(*b, sealed(*a, rtp_packet(9))).empty());
  auto renewed = side_of(sdes(2, 5));
  renewed->restore(b->memory());
  EXPECT_TRUE(renewed->memory().received.empty());
  EXPECT_EQ(renewed->memory().receive, keys_of(SrtpSuite::AesCm128Sha1_80, 5));
}

TEST(SecureSide, TellsWhenItsMemoryMoved) {
  auto a = side_of(sdes(1, 2));
  EXPECT_FALSE(a->moved());
  sealed(*a, rtp_packet(1));
  EXPECT_TRUE(a->moved());
  EXPECT_FALSE(a->moved());
  sealed(*a, rtp_packet(2));
  EXPECT_FALSE(a->moved());
  renew(a, sdes(1, 2));
  EXPECT_TRUE(a->moved());
}

struct ByDtls : ::testing::Test {
  std::shared_ptr<const DtlsIdentity> identity_a = DtlsIdentity::make(), identity_b = DtlsIdentity::make();
  Sink from_a, from_b;
  std::unique_ptr<SecureSide> a = side_of(terms(true), identity_a), b = side_of(terms(false), identity_b);

  domain::MediaTerms terms(bool active) const {
    const auto& peer = active ? identity_b : identity_a;
    domain::MediaTerms out;
    out.dtls = domain::DtlsTerms{active, peer->fingerprint().hash, peer->fingerprint().digest};
    return out;
  }
  // What the sides said last, other than Taken.
  std::array<SecureSide::Control, 2> shake() {
    std::array<SecureSide::Control, 2> said{SecureSide::Control::Taken, SecureSide::Control::Taken};
    const auto hear = [&](SecureSide& side, Sink& from, Sink& out, SecureSide::Control& last) {
      const auto datagram = std::move(from.sent.front());
      from.sent.pop_front();
      const auto control = side.control(datagram, kPeer, out, kSideStart);
      if (control != SecureSide::Control::Taken) last = control;
    };
    a->start(from_a, kSideStart);
    while (!from_a.sent.empty() || !from_b.sent.empty()) {
      if (!from_a.sent.empty()) hear(*b, from_a, from_b, said[1]);
      if (!from_b.sent.empty()) hear(*a, from_b, from_a, said[0]);
    }
    return said;
  }
};

TEST_F(ByDtls, KeysComeFromTheHandshake) {
  EXPECT_FALSE(a->ready());
  EXPECT_TRUE(sealed(*a, rtp_packet(1)).empty());
  auto early = rtp_packet(1);
  EXPECT_EQ(b->unprotect(early).error(), srtp::Error::BadKey);
  const auto said = shake();
  EXPECT_EQ(said[0], SecureSide::Control::Secured);
  EXPECT_EQ(said[1], SecureSide::Control::Secured);
  EXPECT_TRUE(a->ready() && b->ready());
  EXPECT_TRUE(a->moved());
  EXPECT_EQ(a->tick(from_a, kSideStart), SecureSide::Control::Taken) << "told once";
  EXPECT_EQ(opened(*b, sealed(*a, rtp_packet(1))), rtp_packet(1));
  EXPECT_EQ(opened(*a, sealed(*b, rtp_packet(1))), rtp_packet(1));
}

TEST_F(ByDtls, SameTermsKeepTheAssociation) {
  shake();
  ASSERT_EQ(opened(*b, sealed(*a, rtp_packet(1))), rtp_packet(1));
  renew(a, terms(true), identity_a);
  renew(b, terms(false), identity_b);
  EXPECT_EQ(a->start(from_a, kSideStart), SecureSide::Control::Taken);
  EXPECT_TRUE(from_a.sent.empty());
  EXPECT_EQ(opened(*b, sealed(*a, rtp_packet(2))), rtp_packet(2));
}

TEST_F(ByDtls, ARestartNeedsNoHandshake) {
  shake();
  ASSERT_EQ(opened(*b, sealed(*a, rtp_packet(65535))), rtp_packet(65535));
  ASSERT_EQ(opened(*b, sealed(*a, rtp_packet(0))), rtp_packet(0));
  const auto memory = b->memory();
  EXPECT_NE(memory.receive.suite, SrtpSuite::None);
  b = side_of(terms(false), identity_b);
  b->restore(memory);
  EXPECT_TRUE(b->ready());
  EXPECT_FALSE(b->handshaking());
  EXPECT_EQ(opened(*b, sealed(*a, rtp_packet(1))), rtp_packet(1));
  EXPECT_EQ(opened(*a, sealed(*b, rtp_packet(1))), rtp_packet(1));
}

TEST_F(ByDtls, AFailureIsToldOnceAndMayBeTriedAgain) {
  auto wrong = terms(false);
  wrong.dtls->fingerprint[3] ^= std::byte{1};
  b = side_of(wrong, identity_b);
  const auto said = shake();
  EXPECT_EQ(said[0], SecureSide::Control::Failed);
  EXPECT_EQ(said[1], SecureSide::Control::Failed);
  EXPECT_EQ(b->dtls()->failure(), Dtls::Failure::Fingerprint);
  EXPECT_EQ(b->tick(from_b, kSideStart), SecureSide::Control::Taken);
  renew(a, terms(true), identity_a);
  renew(b, terms(false), identity_b);
  EXPECT_EQ(shake()[1], SecureSide::Control::Secured);
}

TEST_F(ByDtls, BelievesWithIceOnlySourcesOfChecks) {
  auto with_ice = terms(false);
  with_ice.ice = domain::IceTerms{"ours", "password-of-22-letters", "them", "x"};
  b = side_of(with_ice, identity_b);
  a->start(from_a, kSideStart);
  ASSERT_FALSE(from_a.sent.empty());
  EXPECT_EQ(b->control(from_a.sent.front(), kPeer, from_b, kSideStart), SecureSide::Control::Taken);
  EXPECT_TRUE(from_b.sent.empty()) << "no check has come from there";
  std::array<std::byte, 200> room{};
  stun::Writer check(room, stun::Class::Request, {});
  check.username("ours:them");
  check.controlling(1);
  check.use_candidate();
  check.integrity("password-of-22-letters");
  check.fingerprint();
  EXPECT_EQ(b->control(check.finish(), kPeer, from_b, kSideStart), SecureSide::Control::Nominated);
  EXPECT_EQ(b->control(check.finish(), kPeer, from_b, kSideStart), SecureSide::Control::Taken) << "no news";
  EXPECT_EQ(from_b.sent.size(), 2u);
  EXPECT_TRUE(b->believes(kPeer));
  EXPECT_FALSE(b->believes(kStranger));
  EXPECT_EQ(b->ice()->nominated(), kPeer);
  from_b.sent.clear();
  b->control(from_a.sent.front(), kPeer, from_b, kSideStart);
  EXPECT_EQ(from_b.sent.size(), 1u);
  renew(b, with_ice, identity_b);
  EXPECT_TRUE(b->believes(kPeer)) << "the same terms";
  with_ice.ice->remote_ufrag = "anew";
  renew(b, with_ice, identity_b);
  EXPECT_FALSE(b->believes(kPeer));
}

TEST(SecureSideControl, LeavesMediaAlone) {
  auto side = side_of(sdes(1, 2));
  Sink out;
  EXPECT_EQ(side->control(rtp_packet(1), kPeer, out, kSideStart), SecureSide::Control::NotMine);
  EXPECT_EQ(side->control(rtcp_packet(), kPeer, out, kSideStart), SecureSide::Control::NotMine);
  EXPECT_EQ(side->control({}, kPeer, out, kSideStart), SecureSide::Control::NotMine);
  std::array<std::byte, 100> room{};
  stun::Writer binding(room, stun::Class::Request, {});
  EXPECT_EQ(side->control(binding.finish(), kPeer, out, kSideStart), SecureSide::Control::Taken)
      << "no ICE here";
  EXPECT_TRUE(out.sent.empty());
}

}  // namespace
}  // namespace warp::media
