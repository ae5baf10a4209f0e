// What a killed process leaves behind, and what the next one makes of it.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

TEST(Recovery, EndsBothDialogsAndFinishesTheRecord) {
  CallScene before;
  before.establish();
  const calls::Orphan orphan{before.bench.records.drafts.at(0), before.bench.records.states.at(0),
                             *before.bench.records.drafts.at(0).answered_at + 61s};

  CallScene after;
  after.bench.engine.recover(orphan);
  const auto bye = after.caller.expect_request("BYE");
  EXPECT_EQ(bye.call_id(), before.caller.call_id_);
  EXPECT_NE(std::string(bye.text()).find("DAEMON_RESTARTED"), std::string::npos);
  const auto far = after.first.expect_request("BYE");
  EXPECT_EQ(far.call_id(), orphan.draft.far_sip_call_id);
  EXPECT_EQ(far.to().tag, "far");
  EXPECT_GT(far.cseq().number, 1000u);

  const auto& record = after.bench.record();
  EXPECT_EQ(record.id, orphan.draft.id);
  EXPECT_EQ(record.state, domain::RecordState::Final);
  EXPECT_EQ(record.reason, Reason::DaemonRestarted);
  EXPECT_EQ(record.disposition, domain::Disposition::Answered);
  EXPECT_EQ(record.duration_us, 61'000'000u);
  EXPECT_EQ(record.price->amount.to_string(), "0.010167");
  EXPECT_EQ(record.ended_at - *record.answered_at, 61s);
  // The far end's own BYE that crosses is answered.
  before.first.request("OPTIONS");
  after.first.call_id_ = before.first.call_id_;
  after.first.local_ = before.first.local_;
  after.first.remote_ = before.first.remote_;
  after.first.target_ = before.first.target_;
  after.first.request("BYE");
  after.first.expect_status(200);
}

TEST(Recovery, NeverEndsACallBeforeItsAnswer) {
  CallScene before;
  before.establish();
  auto draft = before.bench.records.drafts.at(0);
  CallScene after;
  after.bench.engine.recover({draft, before.bench.records.states.at(0), draft.setup_at - 1h});
  EXPECT_EQ(after.bench.record().duration_us, 0u);
  EXPECT_EQ(after.bench.record().ended_at, *draft.answered_at);
  EXPECT_EQ(after.bench.record().price->billed_seconds, 0u);
}

TEST(Recovery, UnreadableStateStillGivesTheRecord) {
  CallScene before;
  before.establish();
  for (const std::string state : {"", "1", "1\n99999\nx", "2\n0\n\n0\n", "1\n-5\n"}) {
    CallScene after;
    after.bench.engine.recover({before.bench.records.drafts.at(0), state, {}});
    EXPECT_EQ(after.bench.records.records.size(), 1u);
    EXPECT_TRUE(after.caller.quiet());
  }
}

TEST(LiveCalls, ShowWhatIsUpAndEndIt) {
  CallScene scene;
  calls::LiveCalls live({{&scene.bench.executor, &scene.bench.engine}});
  std::vector<calls::LiveCall> seen;
  const auto list = [&](calls::LiveFilter filter) {
    live.list(filter, scene.bench.executor, [&](std::vector<calls::LiveCall> all) { seen = std::move(all); });
    scene.bench.executor.run();
  };
  scene.start();
  list({});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].state, calls::LiveState::Trying);
  EXPECT_EQ(seen[0].far_address, "203.0.113.1:5060");
  EXPECT_EQ(live.count(), 1u);
  list({.customer = id_of<CustomerId>(9)});
  EXPECT_TRUE(seen.empty());
  list({});
  const CallId id = seen.at(0).call;
  bool ended = true;
  const auto end = [&](std::optional<CustomerId> customer) {
    live.end(id, customer, Reason::NormalClearing, scene.bench.executor, [&](bool done) { ended = done; });
    scene.bench.executor.run();
  };
  end(id_of<CustomerId>(9));
  EXPECT_FALSE(ended);
  end(id_of<CustomerId>(1));
  EXPECT_TRUE(ended);
  scene.caller.expect_status(503);
  list({});
  EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace warp
