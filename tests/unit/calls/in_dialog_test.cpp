// Requests within a call, from those who are in it and those who are not.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

TEST(InDialog, InfoIsCarriedBothWays) {
  CallScene scene;
  scene.establish();
  scene.caller.request("INFO", "Signal=5\r\nDuration=160\r\n", "application/dtmf-relay");
  const auto info = scene.first.expect_request("INFO");
  EXPECT_EQ(info.body(), "Signal=5\r\nDuration=160\r\n");
  EXPECT_EQ(info.content_type(), "application/dtmf-relay");
  EXPECT_TRUE(scene.caller.quiet());
  scene.first.answer(info, 200);
  scene.caller.expect_status(200);
  scene.first.request("INFO", "Signal=#\r\n", "application/dtmf-relay");
  scene.caller.answer(scene.caller.expect_request("INFO"), 415);
  scene.first.expect_status(415);
}

TEST(InDialog, InfoOfUnknownKindIsRefusedAndEmptyInfoAnswered) {
  CallScene scene;
  scene.establish();
  scene.caller.request("INFO", "x", "text/plain");
  EXPECT_NE(scene.caller.expect_status(415).header(sip::HeaderId::Accept).find("application/dtmf-relay"),
            std::string::npos);
  scene.caller.request("INFO");
  scene.caller.expect_status(200);
  EXPECT_TRUE(scene.first.quiet());
}

TEST(InDialog, InfoThatNobodyAnswersLeavesTheCallAsItIs) {
  CallScene scene;
  scene.establish();
  scene.caller.request("INFO", "Signal=5\r\n", "application/dtmf-relay");
  scene.bench.pass(33s);
  // A 408 would come too late to help (RFC 4320 §4.2): the caller's own timer has run out.
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.first.drop_mail();
  scene.caller.request("INFO", "Signal=6\r\n", "application/dtmf-relay");
  scene.first.answer(scene.first.expect_request("INFO"), 200);
  scene.caller.expect_status(200);
}

TEST(InDialog, ASideThatHasForgottenTheCallEndsItByItsAnswer) {
  CallScene scene;
  scene.establish();
  scene.caller.request("INFO", "Signal=5\r\n", "application/dtmf-relay");
  scene.first.answer(scene.first.expect_request("INFO"), 481);
  scene.caller.expect_status(481);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndCallGone);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST(InDialog, ACallThatEndsAnswersWhatItStillOwes) {
  CallScene scene;
  scene.establish();
  scene.caller.request("INFO", "Signal=5\r\n", "application/dtmf-relay");
  const auto info = scene.first.expect_request("INFO");
  scene.first.request("BYE");
  scene.caller.expect_status(487);
  scene.caller.expect_request("BYE");
  scene.first.answer(info, 200);
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST(InDialog, OptionsAreAnsweredHere) {
  CallScene scene;
  scene.establish();
  scene.first.request("OPTIONS");
  EXPECT_EQ(scene.first.expect_status(200).header(sip::HeaderId::Allow), calls::kAllowedMethods);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST(InDialog, WhatIsNotAllowedIsRefused) {
  CallScene scene;
  scene.establish();
  for (const auto* method : {"PUBLISH", "MESSAGE"}) {
    scene.caller.request(method);
    EXPECT_EQ(scene.caller.expect_status(405).header(sip::HeaderId::Allow), calls::kAllowedMethods);
  }
  EXPECT_TRUE(scene.first.quiet());
}

TEST(InDialog, RequiredExtensionsAreRefused) {
  CallScene scene;
  scene.establish();
  scene.caller.request("INFO", {}, {}, "Require: mystery\r\n");
  EXPECT_EQ(scene.caller.expect_status(420).header(sip::HeaderId::Unsupported), "mystery");
}

TEST(InDialog, OldSequenceNumbersAreRefused) {
  CallScene scene;
  scene.establish();
  scene.caller.cseq_ = 50;
  scene.caller.request("OPTIONS");
  scene.caller.expect_status(200);
  scene.caller.cseq_ = 20;
  scene.caller.request("BYE");
  scene.caller.expect_status(500);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST(InDialog, WrongTagsEndNothing) {
  CallScene scene;
  scene.establish();
  const std::string local = scene.caller.local_, remote = scene.caller.remote_, call = scene.caller.call_id_;
  scene.caller.local_ = "<sip:+14155550111@192.0.2.10:5060>;tag=guess";
  scene.caller.request("BYE");
  scene.caller.expect_status(481);
  scene.caller.local_ = local;
  scene.caller.remote_ = remote.substr(0, remote.find(";tag=")) + ";tag=0123456789abcde";
  scene.caller.request("BYE");
  scene.caller.expect_status(481);
  scene.caller.remote_ = remote;
  scene.caller.call_id_ = "another@192.0.2.10";
  scene.caller.request("BYE");
  scene.caller.expect_status(481);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.caller.call_id_ = call;
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
}

TEST(InDialog, AByeBeforeTheAnswerIsOfNoDialog) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp());
  scene.caller.expect_status(183);
  scene.first.request("BYE");
  scene.first.expect_status(481);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST(InDialog, AFarEndThatLeavesWhileTheJournalWritesFailsTheCall) {
  CallScene scene;
  scene.bench.records.hold = true;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.first.request("BYE");
  scene.first.expect_status(200);
  scene.caller.expect_status(480);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_FALSE(scene.bench.record().answered_at);
  EXPECT_EQ(scene.bench.record().price->amount, Money{});
}

TEST(Journal, TheCallerHearsNothingUntilTheDraftIsDurable) {
  CallScene scene;
  scene.bench.records.hold = true;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_TRUE(scene.caller.quiet());
  ASSERT_EQ(scene.bench.records.drafts.size(), 1u);
  EXPECT_EQ(scene.bench.records.drafts[0].state, domain::RecordState::Answered);
  EXPECT_TRUE(scene.bench.records.drafts[0].answered_at);
  scene.bench.records.held.at(0)(true);
  scene.bench.executor.run();
  scene.caller.expect_status(200);
}

TEST(Journal, ADraftThatCannotBeWrittenEndsTheCallUnanswered) {
  CallScene scene;
  scene.bench.records.durable = false;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.first.expect_request("BYE");
  const auto response = scene.caller.expect_status(503);
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=3006;text=\"JOURNAL_UNAVAILABLE\"");
  EXPECT_EQ(scene.bench.record().reason, Reason::JournalUnavailable);
  EXPECT_FALSE(scene.bench.record().answered_at);
  EXPECT_EQ(scene.bench.record().price->amount, Money{});
  EXPECT_EQ(scene.bench.record().id, scene.bench.records.drafts[0].id);
}

TEST(InDialog, InfoTypesAreThoseOfTheSide) {
  CallScene scene;
  scene.bench.trunk().sip.session.info_types = {"text/vcard"};
  scene.bench.publish();
  scene.establish();
  scene.caller.request("INFO", "Signal=5\r\n", "application/dtmf-relay");
  EXPECT_EQ(scene.caller.expect_status(415).header(sip::HeaderId::Accept), "text/vcard");
  scene.caller.request("INFO", "BEGIN:VCARD\r\n", "text/vcard");
  scene.first.answer(scene.first.expect_request("INFO"), 200);
  scene.caller.expect_status(200);
}

TEST(InDialog, MessageGoesThroughOnlyWhereThePolicySaysSo) {
  CallScene scene;
  scene.bench.provider(0).sip.session.message = true;
  scene.bench.publish();
  scene.establish();
  scene.caller.request("MESSAGE", "hello", "text/plain");
  scene.caller.expect_status(405);
  scene.first.request("MESSAGE", "hello", "text/plain;charset=UTF-8");
  const auto carried = scene.caller.expect_request("MESSAGE");
  EXPECT_EQ(carried.body(), "hello");
  scene.caller.answer(carried, 200);
  scene.first.expect_status(200);
  scene.first.request("MESSAGE", "<x/>", "text/html");
  scene.first.expect_status(415);
  scene.first.request("MESSAGE", std::string(4097, 'x'), "text/plain");
  scene.first.expect_status(413);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST(InDialog, SubscriptionsAreRefused) {
  CallScene scene;
  scene.establish();
  scene.caller.request("SUBSCRIBE", "", "", "Event: dialog\r\n");
  scene.caller.expect_status(489);
  scene.first.request("NOTIFY", "", "", "Event: dialog\r\nSubscription-State: active\r\n");
  scene.first.expect_status(489);
  scene.caller.request("PUBLISH");
  scene.caller.expect_status(405);
}

TEST(InDialog, OptionsMayBeShut) {
  CallScene scene;
  scene.bench.trunk().sip.session.options_within = false;
  scene.bench.publish();
  scene.establish();
  scene.caller.request("OPTIONS");
  scene.caller.expect_status(405);
  scene.first.request("OPTIONS");
  scene.first.expect_status(200);
}

TEST(InDialog, AStrangersByeWithAGuessedTagChangesNothing) {
  CallScene scene;
  scene.establish();
  const auto keep = scene.caller.remote_;
  scene.caller.remote_ = "<sip:12125550100@198.51.100.1>;tag=0123456789abcde";
  scene.caller.request("BYE");
  scene.caller.expect_status(481);
  scene.caller.remote_ = keep;
  const auto own = scene.caller.local_;
  scene.caller.local_ = "<sip:x@192.0.2.10>;tag=somebodyelse";
  scene.caller.request("BYE");
  scene.caller.expect_status(481);
  scene.caller.local_ = own;
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

}  // namespace
}  // namespace warp
