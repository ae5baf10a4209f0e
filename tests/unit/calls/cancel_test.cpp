// Callers that give up, at every moment.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Disposition;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

void expect_cancelled(CallScene& scene) {
  ASSERT_EQ(scene.bench.records.records.size(), 1u);
  EXPECT_EQ(scene.bench.record().disposition, Disposition::Cancelled);
  EXPECT_EQ(scene.bench.record().reason, Reason::CallerCancelled);
  EXPECT_EQ(scene.bench.record().sip_status, 487);
  EXPECT_FALSE(scene.bench.record().answered_at);
  EXPECT_EQ(scene.bench.record().price->amount, Money{});
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
  EXPECT_TRUE(scene.bench.media.live.empty());
  EXPECT_EQ(scene.bench.limits.trunk_channels(id_of<TrunkId>(1), domain::Direction::Outbound), 0u);
}

TEST(Cancel, IsPassedOnWithItsReason) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.expect_status(180);
  scene.caller.cancel("Reason: Q.850;cause=16\r\n");
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  const auto cancel = scene.first.expect_request("CANCEL");
  EXPECT_NE(std::string(cancel.text()).find("CALLER_CANCELLED"), std::string::npos);
  EXPECT_EQ(cancel.via().branch, far.via().branch);
  expect_cancelled(scene);
  scene.first.answer(cancel, 200);
  scene.first.answer(far, 487);
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.first.quiet());
}

TEST(Cancel, WaitsForTheFarEndToBeHeardFirst) {
  CallScene scene;
  const auto far = scene.start();
  scene.caller.cancel();
  expect_cancelled(scene);
  EXPECT_TRUE(scene.first.quiet());
  scene.first.answer(far, 100);
  scene.first.expect_request("CANCEL");
}

TEST(Cancel, CrossesTheFarAnswer) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.cancel();
  scene.first.expect_request("CANCEL");
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  const auto bye = scene.first.expect_request("BYE");
  EXPECT_NE(std::string(bye.text()).find("CALLER_CANCELLED"), std::string::npos);
  expect_cancelled(scene);
}

TEST(Cancel, ComesWhileTheJournalWrites) {
  CallScene scene;
  scene.bench.records.hold = true;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.caller.cancel();
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  scene.first.expect_request("BYE");
  expect_cancelled(scene);
  scene.bench.records.held.at(0)(true);
  scene.bench.executor.run();
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST(Cancel, AfterTheAnswerDoesNothing) {
  CallScene scene;
  scene.establish();
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  EXPECT_TRUE(scene.first.quiet());
}

TEST(Cancel, MayBeSaidAsByeInTheEarlyDialog) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.learn(scene.caller.expect_status(180));
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  scene.first.expect_request("CANCEL");
  expect_cancelled(scene);
}

TEST(Cancel, ByAStrangerDoesNothing) {
  CallScene scene;
  const auto far = scene.start();
  SipPeer stranger(scene.bench, "198.18.0.1:5060");
  stranger.stray("CANCEL");
  stranger.expect_status(481);
  scene.first.answer(far, 180);
  scene.caller.expect_status(180);
}

TEST(Cancel, AnAttemptGivenUpBeforeAnyAnswerFallsSilentAtOnce) {
  CallScene scene;
  const auto far = scene.start();
  scene.bench.pass(600ms);
  scene.first.expect_request("INVITE");
  scene.caller.cancel();
  scene.bench.pass(20s);
  EXPECT_TRUE(scene.first.quiet());
  // Yet a late answer is ended.
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.first.expect_request("BYE");
  expect_cancelled(scene);
}

TEST(Cancel, AnAttemptThatTimedOutFallsSilentToo) {
  CallScene scene;
  scene.bench.provider(0).attempt_timeout = 1200ms;
  scene.bench.publish();
  const auto far = scene.start();
  scene.bench.pass(1300ms);
  scene.second.expect_request("INVITE");
  scene.first.drop_mail();
  scene.bench.pass(3s);
  EXPECT_TRUE(scene.first.quiet());
  scene.first.answer(far, 180);
  scene.first.expect_request("CANCEL");
  scene.first.answer(far, 487);
  scene.first.drop_mail();
  scene.caller.cancel();
  scene.bench.pass(150s);
  EXPECT_EQ(scene.bench.layer.size(), 0u);
}

TEST(Cancel, TheAnswerThatItCrossesIsEndedOnceForEachFork) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 180, {}, "one");
  scene.caller.cancel();
  scene.first.expect_request("CANCEL");
  for (const std::string tag : {"one", "two"}) {
    scene.first.answer(far, 200, scene.callee_sdp(), tag);
    EXPECT_EQ(scene.first.expect_request("ACK").to().tag, tag);
    EXPECT_EQ(scene.first.expect_request("BYE").to().tag, tag);
  }
  expect_cancelled(scene);
}

}  // namespace
}  // namespace warp
