// What test keys send goes nowhere and is reported as any other.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::MessageState;
using domain::Reason;

class Sandbox : public World {
 protected:
  static Submission test(std::string body) {
    auto s = text(std::move(body));
    s.origin = domain::MessageOrigin::Test;
    s.receipts = domain::ReceiptWish::Final;
    return s;
  }
};

TEST_F(Sandbox, IsDeliveredAtOnceByNobodyForNothing) {
  boot();
  const auto id = send(test("hello"));
  ASSERT_FALSE(id.is_nil());
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(upstream.size(), 0u);
  EXPECT_FALSE(store.rows.at(id).price);
  EXPECT_FALSE(accepted.back().price);
  EXPECT_EQ(store.records.at(id), 1);
  EXPECT_EQ(webhooks.posted.size(), 1u) << "the customer's software sees what it would see";
  EXPECT_EQ(service->messages(), 0u);
}

TEST_F(Sandbox, IsCheckedAsAnyOther) {
  boot();
  auto s = test("hello");
  s.from.digits = "12025550199";
  EXPECT_TRUE(send(s).is_nil());
  EXPECT_EQ(refused.back(), Reason::SenderNotAllowed);
}

TEST_F(Sandbox, GoesNowhereAfterACrashEither) {
  boot();
  offer(test("hello"));
  store.flush();  // inserted; its end is not durable
  const auto id = accepted.back().id;
  ASSERT_EQ(state(id), MessageState::Queued);
  crash_and_boot();
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(upstream.size(), 0u);
}

}  // namespace
}  // namespace warp::messaging::test
