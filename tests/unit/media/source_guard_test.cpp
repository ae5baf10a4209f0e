#include "warp/media/source_guard.h"

#include <gtest/gtest.h>

namespace warp::media {
namespace {

using namespace std::chrono_literals;
using Verdict = SourceGuard::Verdict;

domain::SocketAddress address(std::uint32_t host, std::uint16_t port) {
  return {domain::IpAddress::v4(0x0a000000u + host), port};
}
rtp::Header header(std::uint16_t sequence, std::uint32_t ssrc = 1) {
  rtp::Header out;
  out.sequence = sequence;
  out.ssrc = ssrc;
  return out;
}

const Monotonic kNow{1000s};
const auto kSignalled = address(1, 4000);

struct Fixed : ::testing::Test {
  SourceGuard guard;
  Fixed() { guard.set_signalled(kSignalled, false); }
};
struct Symmetric : ::testing::Test {
  SourceGuard guard;
  Symmetric() { guard.set_signalled(kSignalled, true); }
};

TEST(SourceGuard, BelievesNobodyBeforeAnAddressIsSignalled) {
  SourceGuard guard;
  EXPECT_EQ(guard.check(domain::SocketAddress{}, header(1), kNow), Verdict::Refuse);
  EXPECT_EQ(guard.check(kSignalled, header(1), kNow), Verdict::Refuse);
  EXPECT_FALSE(guard.trusts_ip(kSignalled.ip));
  guard.set_signalled({}, true);
  EXPECT_EQ(guard.check(domain::SocketAddress{}, header(1), kNow), Verdict::Refuse);
}

TEST_F(Fixed, BelievesTheSignalledIpOnAnyPortAndNeverLearns) {
  EXPECT_EQ(guard.check(kSignalled, header(1), kNow), Verdict::Accept);
  EXPECT_EQ(guard.check(address(1, 5000), header(2), kNow), Verdict::Accept);
  for (std::uint16_t i = 0; i < 50; ++i)
    EXPECT_EQ(guard.check(address(2, 4000), header(i), kNow + i * 20ms), Verdict::Refuse);
  EXPECT_EQ(guard.destination(), kSignalled);
}

TEST_F(Symmetric, LearnsAStrangerFromTwoPacketsInSequence) {
  const auto nat = address(9, 61000);
  EXPECT_EQ(guard.check(nat, header(7), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.destination(), kSignalled);
  EXPECT_EQ(guard.check(nat, header(8), kNow + 20ms), Verdict::Learned);
  EXPECT_EQ(guard.destination(), nat);
  EXPECT_EQ(guard.check(nat, header(9), kNow + 40ms), Verdict::Accept);
  EXPECT_TRUE(guard.trusts_ip(nat.ip));
  EXPECT_FALSE(guard.trusts_ip(kSignalled.ip));
}

TEST_F(Symmetric, NeitherAnotherSsrcNorAGapNorAnotherPortCompletesTheTest) {
  const auto nat = address(9, 61000);
  EXPECT_EQ(guard.check(nat, header(7, 1), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.check(nat, header(8, 2), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.check(nat, header(10, 2), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.check(address(9, 61001), header(11, 2), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.check(nat, header(11, 2), kNow), Verdict::Learned);
}

TEST_F(Symmetric, AfterLearningARightSsrcFromElsewhereIsRefused) {
  const auto nat = address(9, 61000);
  guard.check(nat, header(7), kNow);
  guard.check(nat, header(8), kNow);
  for (std::uint16_t i = 9; i < 100; ++i) {
    EXPECT_EQ(guard.check(address(66, 1000), header(i), kNow + i * 1ms), Verdict::Refuse);
    EXPECT_EQ(guard.check(address(9, 61001), header(i), kNow + i * 1ms), Verdict::Refuse);
  }
  EXPECT_EQ(guard.destination(), nat);
}

TEST_F(Symmetric, SprayDoesNotKeepTheSignalledPeerOut) {
  std::uint16_t sequence = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto verdict = guard.check(address(100 + static_cast<std::uint32_t>(i), 999),
                                     header(static_cast<std::uint16_t>(i * 37), 666), kNow + i * 10us);
    EXPECT_TRUE(verdict == Verdict::Withheld || verdict == Verdict::Refuse);
    if (i % 1000 == 500) {
      const auto own = guard.check(kSignalled, header(sequence++), kNow + i * 10us);
      EXPECT_EQ(own, sequence == 1 ? Verdict::Accept : Verdict::Learned);
    }
  }
  EXPECT_EQ(guard.destination(), kSignalled);
  EXPECT_TRUE(guard.learned());
}

TEST_F(Symmetric, AFreshStrangerIsNotPushedOutAndAStaleOneIs) {
  const auto nat = address(9, 61000);
  EXPECT_EQ(guard.check(nat, header(7), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.check(address(20, 1), header(1), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.check(address(21, 1), header(1), kNow), Verdict::Withheld);
  EXPECT_EQ(guard.check(address(22, 1), header(1), kNow), Verdict::Refuse);  // no place
  EXPECT_EQ(guard.check(address(22, 1), header(2), kNow + 99ms), Verdict::Refuse);
  EXPECT_EQ(guard.check(address(22, 1), header(3), kNow + 101ms), Verdict::Withheld);
  EXPECT_EQ(guard.check(address(22, 1), header(4), kNow + 120ms), Verdict::Learned);
}

TEST_F(Symmetric, TheSignalledIpTakesOverFromAStrangerInTheWindowOnly) {
  const auto thief = address(66, 1000);
  guard.check(thief, header(1), kNow);
  ASSERT_EQ(guard.check(thief, header(2), kNow), Verdict::Learned);
  EXPECT_EQ(guard.check(kSignalled, header(50, 5), kNow + 1s), Verdict::Withheld);
  EXPECT_EQ(guard.check(kSignalled, header(51, 5), kNow + 1s + 20ms), Verdict::Learned);
  EXPECT_EQ(guard.destination(), kSignalled);
  EXPECT_EQ(guard.check(thief, header(3), kNow + 1s + 30ms), Verdict::Refuse);

  guard.set_signalled(address(2, 4000), true);
  guard.check(thief, header(1), kNow);
  ASSERT_EQ(guard.check(thief, header(2), kNow), Verdict::Learned);
  EXPECT_EQ(guard.check(address(2, 4000), header(50, 5), kNow + 3s), Verdict::Refuse);
  EXPECT_EQ(guard.check(address(2, 4000), header(51, 5), kNow + 3s), Verdict::Refuse);
  EXPECT_EQ(guard.destination(), thief);
}

TEST_F(Symmetric, OnlyANewSignalledAddressStartsLearningAnew) {
  const auto nat = address(9, 61000);
  guard.check(nat, header(7), kNow);
  guard.check(nat, header(8), kNow);
  guard.set_signalled(kSignalled, true);
  EXPECT_EQ(guard.destination(), nat);
  guard.set_signalled(address(1, 4002), true);
  EXPECT_FALSE(guard.learned());
  EXPECT_EQ(guard.destination(), address(1, 4002));
  EXPECT_EQ(guard.check(nat, header(9), kNow), Verdict::Withheld);
}

}  // namespace
}  // namespace warp::media
