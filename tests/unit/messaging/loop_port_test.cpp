// Messaging asked from another thread.
#include "warp/messaging/loop_port.h"

#include "support/manual_executor.h"
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::Reason;

class LoopPortTest : public World {
 protected:
  void send_by_port() {
    port->submit(text("hello"), [this](const auto& result) { results.push_back(result); });
  }
  std::unique_ptr<warp::test::ManualExecutor> home = std::make_unique<warp::test::ManualExecutor>();
  std::unique_ptr<LoopPort> port = std::make_unique<LoopPort>(*home);
  std::vector<Result<Accepted, Reason>> results;
};

TEST_F(LoopPortTest, HandsOverToTheThreadOfMessaging) {
  boot();
  port->attach(service.get());
  send_by_port();
  settle();
  EXPECT_TRUE(results.empty()) << "nothing happens on the caller's thread";
  home->run();
  settle();
  ASSERT_EQ(results.size(), 1u);
  ASSERT_TRUE(results[0]);
  EXPECT_EQ(results[0]->accepted_at, clock.wall());
  EXPECT_EQ(service->find(results[0]->id)->text, "hello");
}

TEST_F(LoopPortTest, TellsReasons) {
  boot();
  port->attach(service.get());
  auto stranger = text("hello");
  stranger.from.digits = "12025559999";
  port->submit(std::move(stranger), [this](const auto& result) { results.push_back(result); });
  home->run();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].error(), Reason::SenderNotAllowed);
}

TEST_F(LoopPortTest, CancelsExplainsCountsAndPurges) {
  boot();
  port->attach(service.get());
  port->pause(kOne, [] {});
  home->run();
  const auto first = send("one");
  send("two");
  std::optional<CancelResult> cancelled;
  std::size_t queued = 0, purged = 0, lines = 0;
  bool resumed = false;
  port->cancel(kCustomer, first, [&](CancelResult result) { cancelled = result; });
  home->run();
  settle();
  port->statistics([&](std::vector<ConnectorStatistics> rows) {
    for (const auto& row : rows)
      if (row.connector == kOne) queued = row.queued;
  });
  port->explain(text("three"), [&](std::vector<RouteLine> found) { lines = found.size(); });
  port->purge(kOne, [&](std::size_t count) { purged = count; });
  port->resume(kOne, [&] { resumed = true; });
  home->run();
  settle();
  EXPECT_EQ(cancelled, CancelResult::Cancelled);
  EXPECT_EQ(queued, 1u);
  EXPECT_EQ(lines, 1u);
  EXPECT_EQ(purged, 1u);
  EXPECT_TRUE(resumed);
}

TEST_F(LoopPortTest, AnswersOnceWithoutMessaging) {
  std::optional<CancelResult> cancelled;
  int answered = 0;
  send_by_port();
  port->cancel(kCustomer, make_id<MessageId>(1), [&](CancelResult result) { cancelled = result; });
  port->explain(text("hello"), [&](const auto& lines) { answered += lines.empty(); });
  port->statistics([&](const auto& rows) { answered += rows.empty(); });
  port->pause(kOne, [&] { ++answered; });
  port->resume(kOne, [&] { ++answered; });
  port->purge(kOne, [&](std::size_t count) { answered += count == 0; });
  home->run();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].error(), Reason::NotReady);
  EXPECT_EQ(cancelled, CancelResult::Unknown);
  EXPECT_EQ(answered, 5);
}

TEST_F(LoopPortTest, AnswersWhatItsThreadLetsGoOf) {
  boot();
  port->attach(service.get());
  send_by_port();
  home.reset();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].error(), Reason::NotReady);
}

// The store had not answered: nobody knows whether it is durable, and the caller must not wait for ever.
TEST_F(LoopPortTest, AnswersWhatTheServiceLetsGoOf) {
  boot();
  port->attach(service.get());
  send_by_port();
  home->run();
  EXPECT_TRUE(results.empty());
  port->attach(nullptr);
  service.reset();
  store.crash();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].error(), Reason::NotReady);
}

}  // namespace
}  // namespace warp::messaging::test
