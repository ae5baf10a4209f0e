#include "warp/calls/guard.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace warp::calls {
namespace {

using namespace std::chrono_literals;

domain::IpAddress ip(std::string_view text) {
  return *domain::IpAddress::parse(text);
}

class GuardTest : public testing::Test {
 protected:
  static GuardSettings small() {
    GuardSettings settings;
    settings.ban_score = 10;
    settings.requests_per_second = 5;
    settings.allowed = {*domain::Cidr::parse("198.51.100.0/24")};
    return settings;
  }
  void offend(const domain::IpAddress& source, int times, Offence offence = Offence::UnknownSource) {
    for (int i = 0; i < times; ++i)
      guard.offend(source, offence);
  }

  test::ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  std::atomic<bool> trust{false};
  Guard guard{
      small(), [this](const domain::IpAddress& address) { return trust && address == ip("192.0.2.9"); },
      clock,   1234,
      log,     metrics};
  const domain::IpAddress stranger = ip("203.0.113.66");
};

TEST_F(GuardTest, BansAtTheThresholdAndLetsGoAfterTheTime) {
  offend(stranger, 9);
  EXPECT_TRUE(guard.admits(stranger));
  offend(stranger, 1);
  EXPECT_FALSE(guard.admits(stranger));
  EXPECT_TRUE(guard.admits(ip("203.0.113.67")));
  const auto bans = guard.bans();
  ASSERT_EQ(bans.size(), 1u);
  EXPECT_EQ(bans[0].source.to_string(), "203.0.113.66/32");
  EXPECT_EQ(bans[0].reason, "unknown_source");
  EXPECT_EQ(bans[0].dropped, 1u);
  EXPECT_EQ(bans[0].until - bans[0].since, 300s);
  clock.advance(301s);
  EXPECT_TRUE(guard.admits(stranger));
  EXPECT_TRUE(guard.bans().empty());
  guard.sweep();
  EXPECT_EQ(metrics.gauge("warp_protection_banned", "").value(), 0);
}

TEST_F(GuardTest, PointsHalveWithTime) {
  offend(stranger, 9);
  clock.advance(60s);
  offend(stranger, 5);
  EXPECT_TRUE(guard.admits(stranger)) << "4.5 and 5";
  offend(stranger, 1);
  EXPECT_FALSE(guard.admits(stranger));
}

TEST_F(GuardTest, EveryFurtherBanIsTwiceAsLong) {
  for (const auto time : {300s, 600s, 1200s}) {
    offend(stranger, 10);
    ASSERT_EQ(guard.bans().size(), 1u);
    EXPECT_EQ(guard.bans()[0].until - guard.bans()[0].since, time);
    clock.advance(time + 1s);
    EXPECT_TRUE(guard.admits(stranger));
  }
  clock.advance(49h);
  offend(stranger, 10);
  EXPECT_EQ(guard.bans()[0].until - guard.bans()[0].since, 300s) << "forgotten after twice the longest ban";
}

TEST_F(GuardTest, PasswordsGuessedWeighMoreAndScannersAllAtOnce) {
  offend(stranger, 3, Offence::AuthFailure);
  EXPECT_FALSE(guard.admits(stranger));
  offend(ip("203.0.113.99"), 1, Offence::Scanner);
  EXPECT_FALSE(guard.admits(ip("203.0.113.99")));
  EXPECT_TRUE(guard.is_scanner("Friendly-Scanner"));
  EXPECT_TRUE(guard.is_scanner("sipcli/v1.8"));
  EXPECT_FALSE(guard.is_scanner("sipsak 0.9.8"));
  EXPECT_FALSE(guard.is_scanner(""));
}

TEST_F(GuardTest, WhoIsTrustedIsNeverBannedNotEvenByHand) {
  trust = true;
  offend(ip("192.0.2.9"), 100, Offence::AuthFailure);
  offend(ip("198.51.100.7"), 100);
  EXPECT_TRUE(guard.admits(ip("192.0.2.9")));
  EXPECT_TRUE(guard.admits(ip("198.51.100.7")));
  EXPECT_FALSE(guard.ban(ip("192.0.2.9"), 60s, "typo", true));
  EXPECT_TRUE(guard.bans().empty());
}

TEST_F(GuardTest, AFriendMadeLaterIsHeardAtOnce) {
  offend(ip("192.0.2.9"), 10);
  EXPECT_FALSE(guard.admits(ip("192.0.2.9")));
  trust = true;
  EXPECT_TRUE(guard.admits(ip("192.0.2.9")));
}

TEST_F(GuardTest, AnIpv6NetworkOf64BitsIsOneSource) {
  offend(ip("2001:db8:0:1::1"), 5);
  offend(ip("2001:db8:0:1:ffff::2"), 5);
  EXPECT_FALSE(guard.admits(ip("2001:db8:0:1::abcd")));
  EXPECT_TRUE(guard.admits(ip("2001:db8:0:2::1")));
  EXPECT_EQ(guard.bans().at(0).source.to_string(), "2001:db8:0:1::/64");
  EXPECT_TRUE(guard.ban(ip("::1"), 60s, "test", true));
  EXPECT_FALSE(guard.admits(ip("::1")));
  EXPECT_TRUE(guard.admits(ip("0.0.0.1")));
}

TEST_F(GuardTest, StrangersHaveABucketAKindOfMethod) {
  const auto passed = [&](sip::Method method) {
    int count = 0;
    for (int i = 0; i < 20; ++i)
      count += guard.take(stranger, method);
    return count;
  };
  EXPECT_EQ(passed(sip::Method::Invite), 5);
  EXPECT_EQ(passed(sip::Method::Register), 5);
  EXPECT_EQ(passed(sip::Method::Invite), 0);
  clock.advance(400ms);
  EXPECT_EQ(passed(sip::Method::Invite), 2);
}

TEST_F(GuardTest, WhoProvedItselfIsNoStranger) {
  offend(stranger, 9);
  guard.welcome(stranger);
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(guard.take(stranger, sip::Method::Invite));
  offend(stranger, 50);
  EXPECT_TRUE(guard.admits(stranger));
  offend(stranger, 3, Offence::AuthFailure);
  EXPECT_FALSE(guard.admits(stranger)) << "but it may not guess on";
}

TEST_F(GuardTest, AllStrangersTogetherHaveOneBucket) {
  int passed = 0;
  for (int i = 0; i < 2000; ++i)
    passed += guard.may_remember();
  EXPECT_EQ(passed, 500);
  clock.advance(1s);
  EXPECT_TRUE(guard.may_remember());
}

TEST_F(GuardTest, BansByHandCanBeLifted) {
  std::vector<Guard::News> news;
  guard.on_news([&](const Guard::News& one) { news.push_back(one); });
  EXPECT_TRUE(guard.ban(stranger, 3600s, "fraud", true));
  EXPECT_FALSE(guard.admits(stranger));
  EXPECT_TRUE(guard.lift(stranger));
  EXPECT_FALSE(guard.lift(stranger));
  EXPECT_TRUE(guard.admits(stranger));
  ASSERT_EQ(news.size(), 2u);
  EXPECT_EQ(news[0].reason, "fraud");
  EXPECT_GT(news[0].until, clock.wall());
  EXPECT_LT(news[1].until, clock.wall());
}

TEST_F(GuardTest, AFloodOfForgedAddressesFillsNothingAndFreesNobody) {
  for (int i = 0; i < 20; ++i) {
    offend(stranger, 10);
    clock.advance(1s);
  }
  const auto longest = guard.bans().at(0).until;
  for (std::uint32_t i = 0; i < 100'000; ++i)
    guard.offend(domain::IpAddress::v4(0x0a000000 + i), Offence::UnknownSource);
  EXPECT_FALSE(guard.admits(stranger));
  EXPECT_EQ(guard.bans().size(), 1u);
  clock.advance(std::chrono::duration_cast<std::chrono::milliseconds>(longest - clock.wall()) + 1s);
  offend(stranger, 10);
  EXPECT_GT(guard.bans().at(0).times, 5u) << "its past was kept";
}

TEST_F(GuardTest, ProbesRunBesideChanges) {
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop)
      guard.admits(ip("203.0.113.1"));
  });
  for (std::uint32_t i = 0; i < 2000; ++i) {
    guard.ban(domain::IpAddress::v4(0xcb007100 + i % 50), 60s, "x", true);
    if (i % 3 == 0) guard.lift(domain::IpAddress::v4(0xcb007100 + i % 50));
    if (i % 100 == 0) guard.sweep();
  }
  stop = true;
  reader.join();
  std::size_t lifted = 0;
  for (const auto& ban : guard.bans())
    lifted += guard.lift(ban.source.network);
  EXPECT_GT(lifted, 0u);
  EXPECT_EQ(metrics.gauge("warp_protection_banned", "").value(), 0);
}

}  // namespace
}  // namespace warp::calls
