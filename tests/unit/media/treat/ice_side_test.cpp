// A side behind ICE-lite, through the engine.
#include "warp/stun/message.h"

#include "secure/ice.h"
#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

const domain::IceTerms kSideIce{"ours", "our-password-of-22-chars", "them", "their-password-22-chars."};

Bytes check_of(bool nominates, std::string_view password = kSideIce.local_password) {
  std::array<std::byte, 300> room{};
  stun::Writer writer(room, stun::Class::Request, {std::byte{1}, std::byte{2}}, stun::kBinding);
  writer.username("ours:them");
  writer.priority(100);
  writer.controlling(7);
  if (nominates) writer.use_candidate();
  writer.integrity(password);
  writer.fingerprint();
  const auto made = writer.finish();
  return {made.begin(), made.end()};
}

struct IceSideTest : TreatTest {
  static domain::MediaTerms behind_ice() {
    auto terms = audio_terms({pcmu()}, 101);
    terms.ice = kSideIce;
    return terms;
  }
};

TEST_F(IceSideTest, OnlyWhoWasCheckedIsBelievedAndTheNominatedOneIsSentTo) {
  begin(behind_ice(), audio_terms({pcmu()}, 101));
  Peer candidate("127.0.0.8");
  // Signalled, but without a check.
  a.send(at_a, rtp_packet(1, 5));
  candidate.send(at_a, rtp_packet(1, 5));
  ASSERT_TRUE(eventually([&] { return dropped("not_authentic") == 2; }));
  candidate.send(at_a, check_of(true, "wrong-password-of-22-chr"));
  candidate.send(at_a, check_of(true));
  bool answered = false;
  while (!answered) {
    const auto got = candidate.receive();
    ASSERT_TRUE(got);
    const auto message = stun::parse(got->data);
    ASSERT_TRUE(message);
    EXPECT_EQ(got->from, at_a);
    answered = message->type == stun::Class::Success;
  }
  candidate.send(at_a, rtp_packet(2, 5));
  EXPECT_EQ(b.receive()->data, rtp_packet(2, 5));
  b.send(at_b, rtp_packet(1, 6));
  EXPECT_EQ(candidate.receive()->data, rtp_packet(1, 6));
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(session->memory().streams[0].learned[0], candidate.address());
  // A re-INVITE that tells another address changes nothing while the checks say otherwise.
  auto moved = remote(a);
  moved.rtp.port = 9;
  moved.terms = shared(behind_ice());
  connect(*session, MediaSide::A, moved);
  b.send(at_b, rtp_packet(2, 6));
  EXPECT_EQ(candidate.receive()->data, rtp_packet(2, 6));
}

TEST_F(IceSideTest, EveryPairWhoseCheckWasGoodIsHeard) {
  begin(behind_ice(), audio_terms({pcmu()}, 101));
  Peer first("127.0.0.8"), second("127.0.0.9"), stranger("127.0.0.10");
  first.send(at_a, check_of(true));
  ASSERT_TRUE(first.receive());
  first.send(at_a, rtp_packet(1, 5));
  EXPECT_EQ(b.receive()->data, rtp_packet(1, 5));
  // It has another address, and sends from there before it nominates it.
  second.send(at_a, check_of(false));
  ASSERT_TRUE(second.receive());
  for (std::uint16_t i = 2; i < 5; ++i) {
    second.send(at_a, rtp_packet(i, 5));
    EXPECT_EQ(b.receive()->data, rtp_packet(i, 5));
  }
  stranger.send(at_a, rtp_packet(5, 5));
  EXPECT_TRUE(eventually([&] { return dropped("not_authentic") == 1; }));
  EXPECT_TRUE(b.empty());
  b.send(at_b, rtp_packet(1, 6));
  EXPECT_EQ(first.receive()->data, rtp_packet(1, 6)) << "the nominated one is sent to";
  EXPECT_TRUE(second.empty());
}

TEST_F(IceSideTest, NothingIsSentToWhoseChecksHaveStopped) {
  begin(behind_ice(), audio_terms({pcmu()}, 101));
  a.send(at_a, check_of(true));
  ASSERT_TRUE(a.receive());
  b.send(at_b, rtp_packet(1, 6));
  EXPECT_EQ(a.receive()->data, rtp_packet(1, 6));
  const auto sweep = [&] {
    for (int i = 0; i < 10; ++i) {
      clock.advance(std::chrono::milliseconds(50));
      synchronise();
    }
  };
  clock.advance(IceLite::kConsent);
  sweep();
  b.send(at_b, rtp_packet(2, 6));
  synchronise();
  EXPECT_TRUE(a.empty());
  a.send(at_a, check_of(true));
  ASSERT_TRUE(a.receive());
  sweep();
  b.send(at_b, rtp_packet(3, 6));
  EXPECT_EQ(a.receive()->data, rtp_packet(3, 6));
}

}  // namespace
}  // namespace warp::media::testing
