#include "warp/srtp/session.h"

#include "packets.h"

namespace warp::srtp {
namespace {

struct EachSuite : ::testing::TestWithParam<Suite> {
  std::unique_ptr<Session> send = session(GetParam(), Direction::Send);
  std::unique_ptr<Session> receive = session(GetParam(), Direction::Receive);
};
INSTANTIATE_TEST_SUITE_P(Srtp, EachSuite, ::testing::ValuesIn(kSuites),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(EachSuite, PassesBothWays) {
  for (std::uint16_t sequence = 1; sequence < 50; ++sequence) {
    const auto plain = rtp(sequence);
    const auto wire = sealed(*send, plain);
    ASSERT_GT(wire.size(), plain.size());
    ASSERT_LE(wire.size(), plain.size() + kOverhead);
    ASSERT_FALSE(std::equal(plain.begin() + 12, plain.end(), wire.begin() + 12));
    ASSERT_EQ(opened(*receive, wire), plain);
  }
  for (int i = 0; i < 5; ++i) {
    const auto wire = sealed_rtcp(*send, rtcp());
    ASSERT_GT(wire.size(), rtcp().size());
    ASSERT_LE(wire.size(), rtcp().size() + kOverhead);
    ASSERT_EQ(opened_rtcp(*receive, wire), rtcp());
  }
}

TEST_P(EachSuite, RefusesEveryChangedOctet) {
  const auto wire = sealed(*send, rtp(7));
  for (std::size_t i = 1; i < wire.size(); ++i) {  // the first octet decides whether it is RTP at all
    auto spoilt = wire;
    spoilt[i] ^= std::byte{1};
    ASSERT_EQ(refusal(*receive, spoilt), Error::BadTag) << i;
  }
  const auto report = sealed_rtcp(*send, rtcp());
  for (std::size_t i = 1; i < report.size(); ++i) {
    auto spoilt = report;
    spoilt[i] ^= std::byte{1};
    ASSERT_EQ(refusal_rtcp(*receive, spoilt), Error::BadTag) << i;
  }
  EXPECT_TRUE(receive->state().empty());
  EXPECT_EQ(opened(*receive, wire), rtp(7));
  EXPECT_EQ(opened_rtcp(*receive, report), rtcp());
}

TEST_P(EachSuite, RefusesAnotherKey) {
  auto stranger = session(GetParam(), Direction::Send, 2);
  for (std::uint16_t i = 0; i < 100; ++i)
    ASSERT_EQ(refusal(*receive, sealed(*stranger, rtp(i))), Error::BadTag);
  EXPECT_EQ(opened(*receive, sealed(*send, rtp(0))), rtp(0));
}

TEST_P(EachSuite, RefusesReplays) {
  const auto first = sealed(*send, rtp(100)), second = sealed(*send, rtp(101));
  EXPECT_EQ(opened(*receive, second), rtp(101));
  EXPECT_EQ(opened(*receive, first), rtp(100));  // overtaken
  EXPECT_EQ(refusal(*receive, first), Error::Replayed);
  EXPECT_EQ(refusal(*receive, second), Error::Replayed);
  for (std::uint16_t i = 102; i < 400; ++i)
    ASSERT_EQ(opened(*receive, sealed(*send, rtp(i))), rtp(i));
  EXPECT_EQ(refusal(*receive, second), Error::Replayed);  // older than the window
  const auto report = sealed_rtcp(*send, rtcp());
  EXPECT_EQ(opened_rtcp(*receive, report), rtcp());
  EXPECT_EQ(refusal_rtcp(*receive, report), Error::Replayed);
  EXPECT_TRUE(sealed(*send, rtp(399)).empty()) << "no sequence is protected twice";
}

TEST_P(EachSuite, TruncatedIsMalformedOrNotAuthentic) {
  const auto wire = sealed(*send, rtp(1)), report = sealed_rtcp(*send, rtcp());
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const auto error = refusal(*receive, Bytes(wire.begin(), wire.begin() + static_cast<long>(size)));
    ASSERT_TRUE(error == Error::Malformed || error == Error::BadTag) << size;
    ASSERT_TRUE(size >= 16 || error == Error::Malformed) << size;
  }
  for (std::size_t size = 0; size < report.size(); ++size) {
    const auto error =
        refusal_rtcp(*receive, Bytes(report.begin(), report.begin() + static_cast<long>(size)));
    ASSERT_TRUE(error == Error::Malformed || error == Error::BadTag) << size;
  }
}

TEST_P(EachSuite, SaysWhenThereIsNoRoom) {
  auto packet = rtp(1);
  const auto size = packet.size();
  EXPECT_EQ(send->protect(packet, size).error(), Error::NoRoom);
  packet.resize(size + 3);
  EXPECT_EQ(send->protect(packet, size).error(), Error::NoRoom);
  EXPECT_TRUE(std::equal(packet.begin(), packet.begin() + static_cast<long>(size), rtp(1).begin()));
  auto report = rtcp();
  EXPECT_EQ(send->protect_rtcp(report, report.size()).error(), Error::NoRoom);
  EXPECT_FALSE(sealed(*send, rtp(1)).empty()) << "nothing was used up";
}

TEST_P(EachSuite, WrapsAtTheEndOfTheSequence) {
  for (unsigned i = 65500; i < 65600; ++i) {
    const auto sequence = static_cast<std::uint16_t>(i);
    ASSERT_EQ(opened(*receive, sealed(*send, rtp(sequence))), rtp(sequence)) << i;
  }
  ASSERT_EQ(receive->state().size(), 1u);
  EXPECT_EQ(receive->state()[0].rollover, 1u);
  EXPECT_EQ(receive->state()[0].highest, 63);
  EXPECT_EQ(send->state()[0].rollover, 1u);
}

TEST(Session, RefusesKeysOfTheWrongLength) {
  for (const auto suite : kSuites)
    for (const auto size : {std::size_t{0}, key_octets(suite) - 1, key_octets(suite) + 1})
      EXPECT_EQ(Session::make(suite, Bytes(size), Direction::Send).error(), Error::BadKey);
}

TEST(Session, RefusesWhatIsNotRtp) {
  auto send = session(Suite::AeadAes128Gcm, Direction::Send);
  auto receive = session(Suite::AeadAes128Gcm, Direction::Receive);
  auto extended = rtp(1, 1, 8);
  extended[0] = std::byte{0x90};  // an extension of 0xabab words
  for (auto bad : {Bytes{}, Bytes(11), Bytes(200), extended, [] {
                     auto packet = rtp(1, 1, 4);
                     packet[0] = std::byte{0x8f};  // fifteen CSRCs in four octets
                     return packet;
                   }()}) {
    EXPECT_EQ(refusal(*receive, bad), Error::Malformed);
    EXPECT_TRUE(sealed(*send, bad).empty());
  }
  EXPECT_EQ(refusal(*send, rtp(1)), Error::Malformed) << "a sender does not receive";
  EXPECT_TRUE(sealed(*receive, rtp(1)).empty());
  auto small = rtp(1);
  EXPECT_EQ(send->protect(small, small.size() + 1).error(), Error::Malformed);
}

TEST(Session, RefusesReportsThatAreNotEncrypted) {
  auto send = session(Suite::AesCm128Sha1_80, Direction::Send);
  auto receive = session(Suite::AesCm128Sha1_80, Direction::Receive);
  auto report = sealed_rtcp(*send, rtcp());
  report[report.size() - 14] &= std::byte{0x7f};
  EXPECT_EQ(refusal_rtcp(*receive, report), Error::Malformed);
}

TEST(Session, BoundsWhatItKeeps) {
  auto send = session(Suite::AeadAes128Gcm, Direction::Send);
  auto receive = session(Suite::AeadAes128Gcm, Direction::Receive);
  for (std::uint32_t ssrc = 1; ssrc <= kMostSent; ++ssrc)
    ASSERT_EQ(opened(*receive, sealed(*send, rtp(9, ssrc))), rtp(9, ssrc));
  EXPECT_EQ(receive->state().size(), kMostReceived);
  EXPECT_EQ(send->state().size(), kMostSent);
  auto packet = rtp(1, 7777);
  packet.resize(300);
  EXPECT_EQ(send->protect(packet, 172).error(), Error::TooMany);
  auto report = rtcp(7777);
  report.resize(100);
  EXPECT_EQ(send->protect_rtcp(report, 28).error(), Error::TooMany);
  // The one that was forgotten is a new one.
  EXPECT_EQ(opened(*receive, sealed(*send, rtp(10, 1))), rtp(10, 1));
}

TEST(Session, TellsWhenItsStateIsWorthWritingDown) {
  auto send = session(Suite::AesCm128Sha1_80, Direction::Send);
  EXPECT_EQ(send->changes(), 0u);
  sealed(*send, rtp(1));
  const auto before = send->changes();
  EXPECT_GT(before, 0u);
  for (std::uint16_t i = 2; i < 200; ++i)
    sealed(*send, rtp(i));
  EXPECT_EQ(send->changes(), before);
  sealed(*send, rtp(kStateEvery));
  EXPECT_EQ(send->changes(), before + 1);
  sealed(*send, rtp(1, 0x99));
  EXPECT_EQ(send->changes(), before + 2);
}

}  // namespace
}  // namespace warp::srtp
