#include "warp/sip/transaction/reliable_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/recording_sender.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct ReliableAnswerTest : testing::Test {
  // When something was sent, in milliseconds from now.
  std::vector<long> pass(std::chrono::milliseconds time) {
    std::vector<long> times;
    for (auto elapsed = 4ms; elapsed <= time; elapsed += 4ms) {
      clock.advance(4ms);
      wheel.advance();
      for (std::size_t i = sender.take().size(); i > 0; --i)
        times.push_back(elapsed.count());
    }
    return times;
  }

  test::ManualClock clock;
  net::TimerWheel wheel{clock};
  test::RecordingSender sender;
  ReliableAnswer answer{sender, wheel, {}};
  const Flow flow{*domain::SocketAddress::parse("192.0.2.9:5060"), {}, 0};
  int missed = 0;
};

TEST_F(ReliableAnswerTest, BacksOffToT2AndGivesUpAfter64T1) {
  answer.start(flow, "200", [&] { ++missed; });
  EXPECT_TRUE(answer.waiting());
  EXPECT_THAT(pass(31'996ms),
              ElementsAre(500, 1500, 3500, 7500, 11'500, 15'500, 19'500, 23'500, 27'500, 31'500));
  EXPECT_EQ(missed, 0);
  pass(4ms);
  EXPECT_EQ(missed, 1);
  EXPECT_FALSE(answer.waiting());
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(ReliableAnswerTest, StopsWithTheAck) {
  answer.start(flow, "200", [&] { ++missed; });
  pass(600ms);
  answer.acknowledged();
  EXPECT_FALSE(answer.waiting());
  EXPECT_TRUE(pass(40s).empty());
  EXPECT_EQ(missed, 0);
  answer.start(flow, "again", [&] { ++missed; });
  EXPECT_THAT(pass(600ms), ElementsAre(500));
}

TEST_F(ReliableAnswerTest, MayBeDestroyedByItsOwnCallback) {
  auto owned = std::make_unique<ReliableAnswer>(sender, wheel, TransactionTimers{});
  owned->start(flow, "200", [&] { owned.reset(); });
  pass(33s);
  EXPECT_EQ(owned, nullptr);
  owned = std::make_unique<ReliableAnswer>(sender, wheel, TransactionTimers{});
  owned->start(flow, "200", [] { FAIL(); });
  owned.reset();
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(HeldAck, IsSentAgainUntilItIsCleared) {
  test::RecordingSender sender;
  HeldAck ack;
  EXPECT_FALSE(ack.resend(sender));
  EXPECT_TRUE(ack.send(sender, {}, "ACK 1"));
  EXPECT_TRUE(ack.resend(sender));
  EXPECT_EQ(sender.lines(sender.take()), (std::vector<std::string>{"ACK 1", "ACK 1"}));
  ack.clear();
  EXPECT_FALSE(ack.held());
  EXPECT_FALSE(ack.resend(sender));
}

}  // namespace
}  // namespace warp::sip
