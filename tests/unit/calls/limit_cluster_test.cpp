#include "warp/calls/limit_cluster.h"

#include <map>

#include <gtest/gtest.h>

#include "support/catalogue_builder.h"
#include "support/manual_clock.h"

namespace warp::calls {
namespace {

using namespace test;
using namespace std::chrono_literals;
using domain::Direction;
using domain::Reason;

const LimitKey kTrunkOut = LimitKey::trunk(id_of<TrunkId>(1), Direction::Outbound);

// Where nodes leave their words; it may be away.
struct Board {
  bool away = false;
  std::map<std::string, std::string> words;
};

class Node {
 public:
  Node(Board& board, std::string name) : board_(board), name_(std::move(name)) {}

  void turn() {
    if (board_.away) return cluster.lose();
    board_.words[name_] = cluster.own_word();
    std::vector<std::string> others;
    for (const auto& [name, word] : board_.words)
      if (name != name_) others.push_back(word);
    cluster.hear(others);
  }
  bool call(const Limits::Ceilings& ceilings) {
    auto grant = limits.take(kTrunkOut, ceilings, clock.now());
    const bool granted = grant.refusal == Reason::NormalClearing;
    if (granted) calls.push_back(std::move(grant.token));
    return granted;
  }

  ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  Limits limits;
  Guard guard{{}, {}, clock, 7, log, metrics};
  LimitCluster cluster{limits, &guard, clock, log, metrics};
  std::vector<ChannelToken> calls;

 private:
  Board& board_;
  const std::string name_;
};

class LimitClusterTest : public testing::Test {
 protected:
  void turns() {
    for (int i = 0; i < 2; ++i)
      for (Node* node : {&a, &b})
        node->turn();
  }
  LimitClusterTest() {
    a.cluster.begin();
    b.cluster.begin();
  }
  double alone(Node& node) {
    return node.metrics.gauge("warp_limits_cluster", "", {{"state", "alone"}}).value();
  }

  Board board;
  Node a{board, "a"}, b{board, "b"};
};

TEST_F(LimitClusterTest, NodesFillOneCeilingTogether) {
  for (int i = 0; i < 6; ++i)
    EXPECT_TRUE(a.call({{}, 10}));
  turns();
  int of_b = 0;
  for (int i = 0; i < 10; ++i)
    of_b += b.call({{}, 10});
  EXPECT_EQ(of_b, 4);
  turns();
  EXPECT_FALSE(a.call({{}, 10}));
  b.calls.clear();
  turns();
  EXPECT_TRUE(a.call({{}, 10}));
  EXPECT_EQ(a.cluster.state(), LimitCluster::State::Shared);
}

TEST_F(LimitClusterTest, AKeyThatANodeHasNeverUsedIsKnownToIt) {
  for (int i = 0; i < 3; ++i)
    a.call({{}, 3});
  turns();
  EXPECT_FALSE(b.call({{}, 3}));
}

TEST_F(LimitClusterTest, RatesAreDividedByWhatIsAsked) {
  int passed[2] = {0, 0};
  const auto step = [&](bool count) {
    for (int burst = 0; burst < 2; ++burst)
      passed[0] += a.call({20, {}}) && count;
    passed[1] += b.call({20, {}}) && count;
    for (Node* node : {&a, &b}) {
      node->clock.advance(50ms);
      node->turn();
    }
  };
  for (int i = 0; i < 40; ++i)
    step(false);
  for (int i = 0; i < 100; ++i)
    step(true);
  EXPECT_NEAR(passed[0] + passed[1], 100, 15) << "20 a second for 5 s, over both";
  EXPECT_NEAR(passed[0], 66, 14) << "who asks twice as much gets twice as much";
}

TEST_F(LimitClusterTest, WithoutTheOthersLimitsAreLocalAndHealAfterwards) {
  for (int i = 0; i < 5; ++i)
    a.call({{}, 5});
  turns();
  EXPECT_FALSE(b.call({{}, 5}));
  board.away = true;
  turns();
  EXPECT_EQ(alone(b), 1);
  EXPECT_TRUE(b.call({{}, 5}));
  EXPECT_FALSE(a.call({{}, 5})) << "its own calls still count";
  board.away = false;
  turns();
  EXPECT_EQ(alone(b), 0);
  EXPECT_FALSE(b.call({{}, 5}));
}

TEST_F(LimitClusterTest, ADeadNodeGivesBackWhatItHeld) {
  for (int i = 0; i < 5; ++i)
    a.call({{}, 5});
  turns();
  EXPECT_FALSE(b.call({{}, 5}));
  board.words.erase("a");
  b.turn();
  EXPECT_TRUE(b.call({{}, 5}));
}

TEST_F(LimitClusterTest, WordsThatMakeNoSenseAreLeftOut) {
  a.call({{}, 5});
  const std::string good = a.cluster.own_word();
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    b.cluster.hear({good.substr(0, cut)});
  b.cluster.hear({"", "WL1", std::string("WL1\xff\xff\xff\xff", 7), good + "x", good});
  EXPECT_EQ(b.cluster.state(), LimitCluster::State::Shared);
  b.limits.each([](LimitCounters& counters) { EXPECT_EQ(counters.others_channels(), 2u); });
}

TEST_F(LimitClusterTest, BansAndLiftsHoldEverywhereOnce) {
  const auto source = *domain::IpAddress::parse("203.0.113.9");
  EXPECT_TRUE(a.guard.ban(source, 600s, "fraud", true));
  turns();
  ASSERT_EQ(b.guard.bans().size(), 1u);
  EXPECT_EQ(b.guard.bans()[0].reason, "fraud");
  EXPECT_FALSE(b.guard.admits(source));
  b.clock.advance(1s);
  EXPECT_TRUE(b.guard.lift(source));
  turns();
  EXPECT_TRUE(a.guard.bans().empty());
  turns();
  EXPECT_TRUE(b.guard.bans().empty()) << "the older news must not ban it again";
}

}  // namespace
}  // namespace warp::calls
