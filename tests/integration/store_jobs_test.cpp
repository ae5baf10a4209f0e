#include "warp/store/jobs.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

class Jobs : public test::StoreTest {
 protected:
  void age(const Job& job, const std::string& by) {
    postgres().run(postgres().migrated_database(), "UPDATE warp.jobs SET beat_at = now() - interval '" + by +
                                                       "' WHERE id = '" + job.id.to_string() + "'");
  }
  const std::string kind = fresh("kind");  // other tests' jobs are not taken
  JobRepository jobs{t.pool};
};

TEST_F(Jobs, OneNodeTakesAJobAndFinishesIt) {
  const auto added = need(jobs.add(op, kind, R"({"plan": 7})"));
  EXPECT_EQ(added.state, "waiting");
  EXPECT_EQ(added.created_by, "operator:test");
  const auto taken = need(jobs.take(kind, "first"));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->id, added.id);
  EXPECT_EQ(taken->request, R"({"plan": 7})");
  EXPECT_TRUE(taken->started_at);
  EXPECT_FALSE(need(jobs.take(kind, "second"))) << "the first node has it";
  EXPECT_TRUE(need(jobs.progress(added.id, 3, 10)));
  EXPECT_FALSE(run(jobs.finish(added.id, R"({"lines": 10})", "")).has_error());
  const auto ended = need(jobs.get(op, added.id));
  EXPECT_EQ(ended.state, "done");
  EXPECT_EQ(ended.done, 3u);
  EXPECT_EQ(ended.total, 10u);
  EXPECT_EQ(ended.result, R"({"lines": 10})");
  EXPECT_TRUE(ended.ended_at);
  EXPECT_EQ(failure(jobs.finish(added.id, "{}", "")), ErrorKind::NotFound) << "once";
}

TEST_F(Jobs, WhatALostNodeHadIsTakenAgain) {
  const auto added = need(jobs.add(op, kind, "{}"));
  ASSERT_TRUE(need(jobs.take(kind, "first")));
  age(added, "59 seconds");
  EXPECT_FALSE(need(jobs.take(kind, "second")));
  age(added, "61 seconds");
  const auto again = need(jobs.take(kind, "second"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, added.id);
}

TEST_F(Jobs, AFailureIsKeptAndACancelledJobIsToldSo) {
  const auto bad = need(jobs.add(op, kind, "{}"));
  ASSERT_TRUE(need(jobs.take(kind, "first")));
  EXPECT_FALSE(run(jobs.finish(bad.id, "{}", "the file is gone")).has_error());
  EXPECT_EQ(need(jobs.get(op, bad.id)).state, "failed");
  EXPECT_EQ(need(jobs.get(op, bad.id)).error, "the file is gone");
  const auto unwanted = need(jobs.add(op, kind, "{}"));
  ASSERT_TRUE(need(jobs.take(kind, "first")));
  postgres().run(postgres().migrated_database(),
                 "UPDATE warp.jobs SET state = 'cancelled' WHERE id = '" + unwanted.id.to_string() + "'");
  EXPECT_FALSE(need(jobs.progress(unwanted.id, 1, 2)));
}

TEST_F(Jobs, ATenantSeesNone) {
  const auto added = need(jobs.add(op, kind, "{}"));
  EXPECT_EQ(failure(jobs.get(as(customer().id), added.id)), ErrorKind::Forbidden);
}

}  // namespace
}  // namespace warp::store
