// A daemon that comes back: sessions of the same keys that go on where others stopped.
#include "packets.h"

namespace warp::srtp {
namespace {

struct Restored : ::testing::TestWithParam<Suite> {
  std::unique_ptr<Session> send = session(GetParam(), Direction::Send);
  std::unique_ptr<Session> receive = session(GetParam(), Direction::Receive);

  void pass(unsigned from, unsigned to) {
    for (auto i = from; i < to; ++i) {
      const auto sequence = static_cast<std::uint16_t>(i);
      ASSERT_EQ(opened(*receive, sealed(*send, rtp(sequence))), rtp(sequence)) << i;
    }
  }
  void restart(std::unique_ptr<Session>& old, Direction direction) {
    const auto state = old->state();
    old = session(GetParam(), direction);
    old->restore(state);
  }
};
INSTANTIATE_TEST_SUITE_P(Srtp, Restored, ::testing::ValuesIn(kSuites),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(Restored, GoesOnBeforeTheFirstWrap) {
  pass(65400, 65536);
  restart(receive, Direction::Receive);
  restart(send, Direction::Send);
  pass(65536, 65700);
  EXPECT_EQ(receive->state()[0].rollover, 1u);
}

TEST_P(Restored, GoesOnAfterTheWrap) {
  pass(65400, 65600);
  restart(receive, Direction::Receive);
  restart(send, Direction::Send);
  pass(65600, 65700);
}

TEST_P(Restored, GoesOnWhereTheNextPacketWrapsASecondTime) {
  pass(65500, 65600);
  pass(65600 + 20000, 65600 + 20001);
  pass(65600 + 40000, 65600 + 40001);
  pass(131000, 131072);
  EXPECT_EQ(receive->state()[0].rollover, 1u);
  restart(receive, Direction::Receive);
  restart(send, Direction::Send);
  pass(131072, 131200);
  EXPECT_EQ(send->state()[0].rollover, 2u);
  EXPECT_EQ(receive->state()[0].rollover, 2u);
}

TEST_P(Restored, UnderstandsAPeerThatWrappedMeanwhile) {
  pass(65000, 65100);
  restart(receive, Direction::Receive);
  for (unsigned i = 65100; i < 65900; ++i)
    sealed(*send, rtp(static_cast<std::uint16_t>(i)));  // lost
  pass(65900, 66000);
}

TEST_P(Restored, ForgedPacketsDoNotMoveIt) {
  pass(65400, 65600);
  restart(receive, Direction::Receive);
  for (std::uint16_t i = 0; i < 100; ++i) {
    auto forged = sealed(*send, rtp(static_cast<std::uint16_t>(64 + i)));
    forged.back() ^= std::byte{1};
    ASSERT_EQ(refusal(*receive, forged), Error::BadTag);
  }
  for (const std::uint16_t sequence : {30000, 32000, 100}) {  // the far side of the half circle too
    auto forged = rtp(sequence);
    forged.resize(forged.size() + 16);
    auto error = refusal(*receive, forged);
    ASSERT_EQ(error, Error::BadTag) << sequence;
  }
  pass(65536 + 200, 65536 + 300);
}

TEST_P(Restored, AcceptsNothingOfBefore) {
  std::vector<Bytes> old;
  for (unsigned i = 65500; i < 65600; ++i) {
    old.push_back(sealed(*send, rtp(static_cast<std::uint16_t>(i))));
    ASSERT_FALSE(opened(*receive, old.back()).empty());
  }
  restart(receive, Direction::Receive);
  for (const auto& packet : old)
    ASSERT_EQ(refusal(*receive, packet), Error::Replayed);
  pass(65600, 65610);
  for (const auto& packet : old)
    ASSERT_EQ(refusal(*receive, packet), Error::Replayed);
}

TEST_P(Restored, ProtectsNothingTwice) {
  pass(65500, 65600);
  restart(send, Direction::Send);
  for (unsigned i = 65500; i < 65600; ++i)
    ASSERT_TRUE(sealed(*send, rtp(static_cast<std::uint16_t>(i))).empty()) << i;
  pass(65600, 65610);
}

TEST_P(Restored, ReportsGoOnAbove) {
  Bytes last;
  for (int i = 0; i < 20; ++i) {
    last = sealed_rtcp(*send, rtcp());
    ASSERT_EQ(opened_rtcp(*receive, last), rtcp());
  }
  EXPECT_EQ(send->state()[0].rtcp_index, receive->state()[0].rtcp_index);
  const auto index = send->state()[0].rtcp_index;
  restart(send, Direction::Send);
  restart(receive, Direction::Receive);
  EXPECT_EQ(refusal_rtcp(*receive, last), Error::Replayed);
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(opened_rtcp(*receive, sealed_rtcp(*send, rtcp())), rtcp());
  EXPECT_GT(send->state()[0].rtcp_index, index + kRtcpStateEvery);
  pass(5, 10);
}

TEST_P(Restored, ReportsGoOnHoweverFarTheyHadCome) {
  const SsrcState far{0x1234, 0, 10, 0x7fff0000};
  send->restore(std::span(&far, 1));
  receive->restore(std::span(&far, 1));
  ASSERT_EQ(opened_rtcp(*receive, sealed_rtcp(*send, rtcp())), rtcp());
  EXPECT_EQ(send->state()[0].rtcp_index, far.rtcp_index + kRtcpMargin);
}

// RFC 3711 §9.2: 2^48 packets and 2^31 reports, then the key is used up.
TEST_P(Restored, StopsWhereTheKeyIsUsedUp) {
  const SsrcState last{0x1234, 0xffffffff, 0xfffd, 0x7fffffff - kRtcpMargin};
  send->restore(std::span(&last, 1));
  EXPECT_FALSE(sealed(*send, rtp(0xffff)).empty());
  auto packet = rtp(0);
  packet.resize(packet.size() + kOverhead);
  EXPECT_EQ(send->protect(packet, packet.size() - kOverhead).error(), Error::Exhausted);
  EXPECT_FALSE(sealed_rtcp(*send, rtcp()).empty());
  auto report = rtcp();
  report.resize(report.size() + kOverhead);
  EXPECT_EQ(send->protect_rtcp(report, report.size() - kOverhead).error(), Error::Exhausted);
}

TEST_P(Restored, KeepsSsrcsApart) {
  pass(65400, 65600);
  for (std::uint16_t i = 0; i < 10; ++i)
    ASSERT_FALSE(opened(*receive, sealed(*send, rtp(i, 0x77))).empty());
  restart(receive, Direction::Receive);
  restart(send, Direction::Send);
  EXPECT_EQ(opened(*receive, sealed(*send, rtp(10, 0x77))), rtp(10, 0x77));
  EXPECT_EQ(opened(*receive, sealed(*send, rtp(60000, 0x88))), rtp(60000, 0x88));
  pass(65600, 65610);
}

}  // namespace
}  // namespace warp::srtp
