// Messages that ended, in the sums of usage.
#include "warp/store/usage.h"

#include "integration/message_fixture.h"

namespace warp::store {
namespace {

using domain::Message;
using domain::MessageState;
using namespace std::chrono_literals;

class StoreMessageUsage : public test::MessageTest {
 protected:
  Message ended(Message message, MessageState state) {
    message.state = state;
    message.final_at = message.accepted_at + 1s;
    if (state == MessageState::Delivered) message.sent_at = message.accepted_at;
    return message;
  }
  std::vector<Usage> usage(CustomerId of, WallTime when) {
    UsageFilter filter;
    filter.from = std::chrono::floor<std::chrono::days>(when);
    filter.to = filter.from + std::chrono::days(1);
    filter.customer = of;
    filter.kind = "message";
    return need(UsageRepository(t.pool).sums(op, filter, UsageGroup::Day));
  }
};

TEST_F(StoreMessageUsage, AMessageCountsOnceWhenItEnds) {
  const auto store = open(settings("usage"));
  const auto payer = customer().id;
  std::uint64_t segments = 0;
  WallTime when{};
  for (const auto state : {MessageState::Delivered, MessageState::Failed}) {
    auto one = message();
    one.customer = payer;
    when = one.accepted_at;
    segments += static_cast<std::uint64_t>(one.segments);
    ASSERT_TRUE(insert(*store, one));
    EXPECT_TRUE(finish(*store, ended(one, state), {}).first);
    EXPECT_TRUE(finish(*store, ended(one, state), {}).first) << "said again";
  }
  const auto sums = usage(payer, when);
  ASSERT_EQ(sums.size(), 1u);
  EXPECT_EQ(sums[0].attempts, 2u);
  EXPECT_EQ(sums[0].answered, 1u);
  EXPECT_EQ(sums[0].units, segments);
}

}  // namespace
}  // namespace warp::store
