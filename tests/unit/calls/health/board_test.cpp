#include <gtest/gtest.h>

#include "warp/calls/health_board.h"
#include "warp/calls/health_machine.h"

#include "support/manual_clock.h"

namespace warp::calls {
namespace {

using domain::Health;
using Outcome = domain::TargetHealth::Outcome;
using namespace std::chrono_literals;

class HealthBoardTest : public ::testing::Test {
 protected:
  bool admit() { return board_.admit(7, address_, policy_, clock_.now()); }
  void report(Outcome outcome, int times = 1) {
    for (int i = 0; i < times; ++i)
      board_.report(7, address_, policy_, outcome, clock_.now());
  }
  void probe(std::uint16_t status, int times = 1) {
    for (int i = 0; i < times; ++i)
      board_.probed(7, address_, policy_, {status, 1500us});
  }
  Health health() const {
    const auto states = board_.of(7);
    return states.empty() ? Health::Up : states.at(0).health;
  }

  test::ManualClock clock_;
  metrics::Registry metrics_;
  log::Logger log_{{.level = log::Level::Error, .file = "/dev/null"}};
  HealthBoard board_{clock_, metrics_, log_};
  domain::HealthPolicy policy_{.probe = true, .down_after = 3, .up_after = 2, .open_after = 4, .rest = 30s};
  domain::SocketAddress address_ = *domain::SocketAddress::parse("192.0.2.1:5060");
};

TEST_F(HealthBoardTest, ItsCircuitOpensAfterFailuresInARowAndLetsOneCallTryAfterTheRest) {
  report(Outcome::Failed, 3);
  EXPECT_TRUE(admit());
  report(Outcome::Answered);
  report(Outcome::Failed, 3);
  EXPECT_TRUE(admit());
  report(Outcome::Failed);
  EXPECT_EQ(health(), Health::Open);
  EXPECT_FALSE(admit());
  clock_.advance(29s);
  EXPECT_FALSE(admit());
  clock_.advance(2s);
  EXPECT_TRUE(admit());
  EXPECT_EQ(health(), Health::HalfOpen);
  EXPECT_FALSE(admit());
  report(Outcome::Failed);
  EXPECT_EQ(health(), Health::Open);
  EXPECT_FALSE(admit());
  clock_.advance(31s);
  EXPECT_TRUE(admit());
  report(Outcome::Answered);
  EXPECT_EQ(health(), Health::Up);
  EXPECT_TRUE(admit());
  EXPECT_TRUE(admit());
}

TEST_F(HealthBoardTest, ATrialThatWasNotMadeIsLeftToTheNextCall) {
  report(Outcome::Failed, 4);
  clock_.advance(31s);
  ASSERT_TRUE(admit());
  report(Outcome::Unused);
  EXPECT_EQ(health(), Health::Open);
  EXPECT_TRUE(admit());
  EXPECT_FALSE(admit());
}

TEST_F(HealthBoardTest, ATrialWithoutAnOutcomeDoesNotBlockForEver) {
  report(Outcome::Failed, 4);
  clock_.advance(31s);
  ASSERT_TRUE(admit());
  clock_.advance(31s);
  EXPECT_TRUE(admit());
}

TEST_F(HealthBoardTest, ProbesTakeItOutAndBringItBack) {
  probe(0, 2);
  EXPECT_TRUE(admit());
  probe(200);
  probe(0, 3);
  EXPECT_EQ(health(), Health::Down);
  EXPECT_FALSE(admit());
  report(Outcome::Answered);  // of a call from before
  EXPECT_FALSE(admit());
  probe(200);
  EXPECT_FALSE(admit());
  probe(200);
  EXPECT_TRUE(admit());
  const auto state = board_.of(7).at(0);
  EXPECT_EQ(state.rtt, 1500us);
  EXPECT_EQ(state.last_status, 200);
  ASSERT_EQ(state.changes.size(), 2u);
  EXPECT_EQ(state.changes[0].to, Health::Up);
  EXPECT_EQ(state.changes[1].to, Health::Down);
  EXPECT_EQ(state.changes[1].cause, "probes");
}

TEST_F(HealthBoardTest, GoodProbesDoNotCloseACircuit) {
  report(Outcome::Failed, 4);
  probe(200, 10);
  EXPECT_FALSE(admit());
  EXPECT_EQ(health(), Health::Open);
}

TEST_F(HealthBoardTest, WhatProbesSaidEndsWithThem) {
  probe(0, 3);
  board_.unwatch(7, address_);
  EXPECT_TRUE(admit());
}

TEST_F(HealthBoardTest, AnOperatorMayResetIt) {
  report(Outcome::Failed, 4);
  EXPECT_EQ(board_.reset(7), 1u);
  EXPECT_TRUE(admit());
  EXPECT_EQ(board_.reset(7), 0u);
}

TEST_F(HealthBoardTest, OtherAddressesOfTheEndpointAreTheirOwn) {
  report(Outcome::Failed, 4);
  EXPECT_FALSE(admit());
  EXPECT_TRUE(board_.admit(7, *domain::SocketAddress::parse("192.0.2.2:5060"), policy_, clock_.now()));
  EXPECT_TRUE(board_.admit(8, address_, policy_, clock_.now()));
}

TEST_F(HealthBoardTest, WithoutACircuitNothingIsCounted) {
  policy_.open_after = 0;
  report(Outcome::Failed, 100);
  EXPECT_TRUE(admit());
  EXPECT_TRUE(board_.of(7).empty());
}

TEST_F(HealthBoardTest, ForgetsEndpointsThatAreGone) {
  report(Outcome::Failed, 4);
  board_.keep_only(std::array<std::int64_t, 2>{6, 8});
  EXPECT_TRUE(board_.of(7).empty());
  EXPECT_TRUE(admit());
}

TEST_F(HealthBoardTest, AddressesOfOneEndpointAreBounded) {
  for (int i = 0; i < 500; ++i)
    board_.report(7, {domain::IpAddress::v4(0xC0000200u + static_cast<unsigned>(i)), 5060}, policy_,
                  Outcome::Failed, clock_.now());
  EXPECT_LE(board_.of(7).size(), 32u);
}

TEST_F(HealthBoardTest, MetricsCountTargetsAndChanges) {
  report(Outcome::Failed, 4);
  const auto text = metrics_.expose();
  EXPECT_NE(text.find("warp_target_health{state=\"open\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("warp_target_health_changes_total{to=\"open\"} 1"), std::string::npos) << text;
}

TEST(HealthBoard, WhichAnswersShowLife) {
  for (const std::uint16_t alive : {200, 401, 404, 405, 483, 486, 500, 501, 603})
    EXPECT_TRUE(HealthBoard::shows_life(alive)) << alive;
  for (const std::uint16_t dead : {0, 100, 408, 502, 503, 504})
    EXPECT_FALSE(HealthBoard::shows_life(dead)) << dead;
}

TEST(HealthMachine, EveryStateLeadsSomewhereAndResetAlwaysUp) {
  for (const auto state : {Health::Up, Health::Down, Health::Open, Health::HalfOpen}) {
    EXPECT_EQ(next_health(state, HealthEvent::Reset), Health::Up);
    EXPECT_EQ(next_health(state, HealthEvent::ProbesLost), Health::Down);
  }
  static_assert(next_health(Health::Down, HealthEvent::CallAnswered) == Health::Down);
  static_assert(next_health(Health::Open, HealthEvent::ProbesAnswered) == Health::Open);
  static_assert(next_health(Health::HalfOpen, HealthEvent::TrialFailed) == Health::Open);
}

}  // namespace
}  // namespace warp::calls
