// Reliable provisional responses (RFC 3262), on each leg by itself.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using domain::ReliableProvisional;
using namespace test;
using namespace std::chrono_literals;

const std::string kTakesProvisional = "Supported: 100rel\r\nAllow: INVITE, UPDATE, PRACK\r\n";
const std::string kMust = "Require: 100rel\r\n";

std::string text_of(const sip::Message& message) {
  return std::string(message.text());
}
unsigned rseq_of(const sip::Message& message) {
  return static_cast<unsigned>(std::stoul(std::string(message.header(sip::HeaderId::RSeq))));
}

struct Provisional : testing::Test {
  void policy(ReliableProvisional caller, ReliableProvisional far) {
    scene.bench.trunk().sip.provisional.reliable = caller;
    scene.bench.provider(0).sip.provisional.reliable = far;
    scene.bench.publish();
  }
  double metric(const std::string& name) { return scene.bench.metrics.counter(name, "").value(); }
  // The PRACK that the far end must have got for that number.
  sip::Message expect_prack(SipPeer& far, unsigned rseq) {
    auto prack = far.expect_request("PRACK");
    EXPECT_EQ(prack.header(sip::HeaderId::RAck), std::to_string(rseq) + " 1 INVITE");
    return prack;
  }

  CallScene scene;
};

// Towards the caller ---------------------------------------------------------------------------------

TEST_F(Provisional, APlainCallSaysNothingOfIt) {
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto progress = scene.caller.expect_status(183);
  EXPECT_FALSE(progress.has(sip::HeaderId::RSeq));
  EXPECT_FALSE(progress.has(sip::HeaderId::Require));
  scene.bench.pass(40s);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(Provisional, ADescriptionGoesReliablyToACallerThatOffersIt) {
  const auto far = scene.start({.extra = kTakesProvisional});
  scene.first.answer(far, 180);
  EXPECT_FALSE(scene.caller.expect_status(180).has(sip::HeaderId::RSeq));
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto progress = scene.caller.expect_status(183);
  EXPECT_EQ(progress.header(sip::HeaderId::Require), "100rel");
  EXPECT_GT(rseq_of(progress), 0u);
  scene.caller.prack(progress);
  EXPECT_EQ(scene.caller.expect_status(200).cseq().method, sip::Method::Prack);
  scene.bench.pass(10s);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(Provisional, EveryOneIsReliableForACallerThatRequiresIt) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  EXPECT_TRUE(scene.caller.expect_status(180).has(sip::HeaderId::RSeq));
}

TEST_F(Provisional, EveryOneIsReliableByPolicyWhenTheCallerCan) {
  policy(ReliableProvisional::Required, ReliableProvisional::Off);
  const auto far = scene.start({.extra = kTakesProvisional});
  EXPECT_EQ(far.header(sip::HeaderId::Supported).find("100rel"), std::string_view::npos);
  scene.first.answer(far, 180);
  EXPECT_TRUE(scene.caller.expect_status(180).has(sip::HeaderId::RSeq));
}

TEST_F(Provisional, SwitchedOffItIsNotSpokenAndNotTaken) {
  policy(ReliableProvisional::Off, ReliableProvisional::Supported);
  scene.caller.invite({.body = scene.caller_sdp(), .extra = kMust});
  scene.caller.expect_status(100);
  EXPECT_EQ(scene.caller.expect_status(420).header(sip::HeaderId::Unsupported), "100rel");
  const auto far = scene.start({.extra = kTakesProvisional});
  scene.first.answer(far, 183, scene.callee_sdp());
  EXPECT_FALSE(scene.caller.expect_status(183).has(sip::HeaderId::RSeq));
}

TEST_F(Provisional, ItIsSentAgainTwiceAsLateEachTimeUntilThePrack) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  const auto progress = scene.caller.expect_status(180);
  for (const auto wait : {500ms, 1000ms, 2000ms, 4000ms, 8000ms}) {
    scene.bench.pass(wait - 200ms);
    EXPECT_TRUE(scene.caller.quiet()) << wait.count();
    scene.bench.pass(220ms);
    EXPECT_EQ(text_of(scene.caller.expect_status(180)), text_of(progress));
  }
  scene.caller.prack(progress);
  scene.caller.expect_status(200);
  scene.bench.pass(40s);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Provisional, ALatePrackIsTakenAndAnotherAfterItGets481) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto progress = scene.caller.expect_status(183);
  scene.bench.pass(20s);
  scene.caller.drop_mail();
  scene.caller.prack(progress);
  scene.caller.expect_status(200);
  scene.caller.prack(progress);
  scene.caller.expect_status(481);
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_EQ(scene.caller.expect_status(200).cseq().method, sip::Method::Invite);
}

TEST_F(Provisional, WithoutPrackTheCallFailsAndTheFarEndIsCancelled) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  scene.bench.pass(31'800ms);
  scene.caller.drop_mail();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.bench.pass(1s);
  EXPECT_NE(text_of(scene.caller.expect_status(504)).find("ACK_MISSING"), std::string::npos);
  scene.first.expect_request("CANCEL");
  EXPECT_EQ(scene.bench.record().reason, Reason::AckMissing);
  EXPECT_EQ(metric("warp_calls_provisional_unacknowledged_total"), 1);
}

TEST_F(Provisional, APrackThatMatchesNothingGets481) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  const auto progress = scene.caller.expect_status(180);
  scene.caller.learn(progress);
  const auto rack = [&](const std::string& value) {
    scene.caller.request("PRACK", {}, {}, "RAck: " + value + "\r\n");
  };
  const std::string rseq = std::to_string(rseq_of(progress));
  rack(std::to_string(rseq_of(progress) + 1) + " 1 INVITE");
  scene.caller.expect_status(481);
  rack(rseq + " 2 INVITE");
  scene.caller.expect_status(481);
  rack(rseq + " 1 UPDATE");
  scene.caller.expect_status(400);
  rack("nonsense");
  scene.caller.expect_status(400);
  rack(rseq + " 1 INVITE");
  scene.caller.expect_status(200);
  // Once is enough.
  rack(rseq + " 1 INVITE");
  scene.caller.expect_status(481);
}

TEST_F(Provisional, TheNextWaitsForThePrackOfTheFirst) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto first = scene.caller.expect_status(180);
  EXPECT_TRUE(scene.caller.quiet());
  scene.caller.prack(first);
  EXPECT_EQ(scene.caller.expect_status(200).cseq().method, sip::Method::Prack);
  const auto second = scene.caller.expect_status(183);
  EXPECT_EQ(rseq_of(second), rseq_of(first) + 1);
  EXPECT_FALSE(second.body().empty());
}

TEST_F(Provisional, TheAnswerWaitsForThePrackOfItsDescription) {
  const auto far = scene.start({.extra = kTakesProvisional});
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto progress = scene.caller.expect_status(183);
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.caller.quiet());
  scene.caller.prack(progress);
  EXPECT_EQ(scene.caller.expect_status(200).cseq().method, sip::Method::Prack);
  EXPECT_EQ(scene.caller.expect_status(200).cseq().method, sip::Method::Invite);
  scene.caller.ack();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  scene.first.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::NormalClearing);
}

TEST_F(Provisional, TheAnswerOvertakesOneWithoutDescriptionWhosePrackIsStillTaken) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  const auto progress = scene.caller.expect_status(180);
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_EQ(scene.caller.expect_status(200).cseq().method, sip::Method::Invite);
  scene.caller.prack(progress);
  EXPECT_EQ(scene.caller.expect_status(200).cseq().method, sip::Method::Prack);
  scene.caller.prack(progress);
  scene.caller.expect_status(481);
  scene.caller.ack();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Provisional, AnAnswerThatWaitedInVainEndsAtTheFarEnd) {
  const auto far = scene.start({.extra = kTakesProvisional});
  scene.first.answer(far, 183, scene.callee_sdp());
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.bench.pass(33s);
  scene.first.expect_request("BYE");
  EXPECT_FALSE(scene.bench.record().answered_at);
  EXPECT_EQ(scene.bench.record().reason, Reason::AckMissing);
}

TEST_F(Provisional, APrackForACallThatJustEndedIsAnswered) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  const auto progress = scene.caller.expect_status(180);
  scene.first.answer(far, 486);
  scene.caller.expect_status(486);
  scene.caller.prack(progress);
  scene.caller.expect_status(200);
  scene.bench.pass(40s);
  scene.caller.drop_mail();
  scene.caller.prack(progress);
  scene.caller.expect_status(481);
  scene.bench.pass(40s);
  EXPECT_EQ(scene.bench.wheel.size(), 0u);
}

TEST_F(Provisional, CancelWithOneOpenStopsIt) {
  const auto far = scene.start({.extra = kMust});
  scene.first.answer(far, 180);
  const auto progress = scene.caller.expect_status(180);
  scene.caller.cancel();
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  scene.first.expect_request("CANCEL");
  scene.caller.ack();
  scene.bench.pass(20s);
  for (auto& mail : scene.bench.sender.mail)
    EXPECT_EQ(mail.bytes.find("SIP/2.0 180"), std::string::npos);
}

// From the far end -----------------------------------------------------------------------------------

TEST_F(Provisional, ItIsOfferedToTheFarEnd) {
  EXPECT_EQ(scene.start().header(sip::HeaderId::Supported), "100rel, timer");
}

TEST_F(Provisional, ItIsRequiredOfTheFarEndByPolicyAndAnotherIsTriedThatCan) {
  policy(ReliableProvisional::Supported, ReliableProvisional::Required);
  const auto far = scene.start();
  EXPECT_EQ(far.header(sip::HeaderId::Require), "100rel");
  scene.first.answer(far, 420, {}, "far", "Unsupported: 100rel\r\n");
  EXPECT_FALSE(scene.second.expect_request("INVITE").has(sip::HeaderId::Require));
}

TEST_F(Provisional, AReliableOneThereIsPlainHere) {
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp(), "far", reliable(7));
  const auto prack = expect_prack(scene.first, 7);
  EXPECT_EQ(prack.to().tag, "far");
  EXPECT_EQ(prack.cseq().number, 2u);
  EXPECT_EQ(prack.request_uri(), "sip:agent@203.0.113.1:5060");
  scene.first.answer(prack, 200);
  const auto progress = scene.caller.expect_status(183);
  EXPECT_FALSE(progress.has(sip::HeaderId::RSeq));
  EXPECT_FALSE(progress.body().empty());
  scene.first.answer(far, 200);
  EXPECT_EQ(scene.first.expect_request("ACK").cseq().number, 1u);
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.caller.request("BYE");
  // What the PRACK used of the CSeq is used.
  EXPECT_EQ(scene.first.expect_request("BYE").cseq().number, 3u);
}

TEST_F(Provisional, EachIsAcknowledgedOnceAndInOrder) {
  const auto far = scene.start();
  scene.first.answer(far, 180, {}, "far", reliable(7));
  scene.first.answer(expect_prack(scene.first, 7), 200);
  scene.caller.expect_status(180);
  scene.first.answer(far, 180, {}, "far", reliable(7));
  scene.first.answer(far, 183, scene.callee_sdp(), "far", reliable(9));
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_TRUE(scene.caller.quiet());
  scene.first.answer(far, 183, scene.callee_sdp(), "far", reliable(8));
  expect_prack(scene.first, 8);
  scene.caller.expect_status(183);
}

TEST_F(Provisional, BothLegsReliableEachByItself) {
  const auto far = scene.start({.extra = kTakesProvisional});
  scene.first.answer(far, 180, {}, "far", reliable(70));
  const auto prack = expect_prack(scene.first, 70);
  const auto progress = scene.caller.expect_status(180);
  EXPECT_NE(rseq_of(progress), 70u);
  scene.caller.prack(progress);
  scene.caller.expect_status(200);
  EXPECT_TRUE(scene.first.quiet());
  // The far end's PRACK is sent again until it is answered.
  scene.bench.pass(600ms);
  EXPECT_EQ(text_of(scene.first.expect_request("PRACK")), text_of(prack));
}

TEST_F(Provisional, WhatWasNotOfferedIsNotTaken) {
  policy(ReliableProvisional::Supported, ReliableProvisional::Off);
  const auto far = scene.start();
  scene.first.answer(far, 180, {}, "far", reliable(7));
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.expect_status(180);
}

// Descriptions ---------------------------------------------------------------------------------------

TEST_F(Provisional, ADelayedOfferIsMadeInA183AndAnsweredInThePracks) {
  scene.caller.invite({.extra = kTakesProvisional});
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_TRUE(far.body().empty());
  scene.first.answer(far, 183, scene.callee_sdp(), "far", reliable(1));
  EXPECT_TRUE(scene.first.quiet());
  const auto offer = scene.caller.expect_status(183);
  EXPECT_TRUE(offer.has(sip::HeaderId::RSeq));
  ASSERT_TRUE(sdp::parse(offer.body()));
  // A copy changes nothing while the answer is awaited.
  scene.first.answer(far, 183, scene.callee_sdp(), "far", reliable(1));
  EXPECT_TRUE(scene.first.quiet() && scene.caller.quiet());
  scene.caller.prack(offer, scene.caller_sdp());
  scene.caller.expect_status(200);
  const auto prack = expect_prack(scene.first, 1);
  ASSERT_TRUE(sdp::parse(prack.body()));
  scene.first.answer(prack, 200);
  EXPECT_EQ(scene.bench.media.only().remotes.at({domain::MediaSide::A, 0}).rtp.to_string(),
            "192.0.2.10:4000");
  scene.first.answer(far, 200);
  EXPECT_TRUE(scene.first.expect_request("ACK").body().empty());
  const auto ok = scene.caller.expect_status(200);
  EXPECT_TRUE(ok.body().empty());
  scene.caller.learn(ok);
  scene.caller.ack();
  EXPECT_TRUE(scene.first.quiet());
  scene.first.request("BYE");
  scene.first.expect_status(200);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().caller_media.codec, "PCMU/8000");
}

TEST_F(Provisional, ADelayedOfferIsNotMadeEarlyWhenTheCallerCannotAnswerIt) {
  scene.caller.invite();
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_EQ(far.header(sip::HeaderId::Supported).find("100rel"), std::string_view::npos);
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_TRUE(scene.first.quiet());
  const auto ok = scene.caller.expect_status(200);
  EXPECT_FALSE(ok.body().empty());
  scene.caller.learn(ok);
  scene.caller.ack(scene.caller_sdp());
  EXPECT_FALSE(scene.first.expect_request("ACK").body().empty());
}

TEST_F(Provisional, TheFirstReliableOneOfADelayedOfferMustMakeIt) {
  scene.caller.invite({.extra = kMust});
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  scene.first.answer(far, 180);
  EXPECT_TRUE(scene.caller.quiet());
  scene.first.answer(far, 183, scene.callee_sdp(), "far", reliable(1));
  EXPECT_TRUE(scene.caller.expect_status(183).has(sip::HeaderId::RSeq));
}

TEST_F(Provisional, AnAnswerToADelayedOfferThatIsNoneEndsTheCall) {
  scene.caller.invite({.extra = kTakesProvisional});
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 183, scene.callee_sdp(), "far", reliable(1));
  scene.caller.prack(scene.caller.expect_status(183), "v=nonsense");
  scene.caller.expect_status(488);
  scene.caller.expect_status(488);
  scene.first.expect_request("CANCEL");
  EXPECT_EQ(scene.bench.record().reason, Reason::SdpInvalid);
}

TEST_F(Provisional, WithoutEarlyMediaTheDescriptionStaysBehindUntilTheAnswer) {
  scene.bench.trunk().sip.provisional.early_media = false;
  scene.bench.publish();
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp());
  EXPECT_TRUE(scene.caller.expect_status(183).body().empty());
  scene.first.answer(far, 200);
  EXPECT_FALSE(scene.caller.expect_status(200).body().empty());
}

TEST_F(Provisional, RingingWithAndProgressWithoutDescriptionGoOnAsTheyCame) {
  const auto far = scene.start();
  scene.first.answer(far, 183);
  EXPECT_TRUE(scene.caller.expect_status(183).body().empty());
  scene.first.answer(far, 180, scene.callee_sdp());
  EXPECT_FALSE(scene.caller.expect_status(180).body().empty());
}

TEST_F(Provisional, EarlyMediaIsSaidBetweenTrustedSidesOnly) {
  const auto said = [&](bool trusted) {
    scene.bench.trunk().sip.identity.trusted = scene.bench.provider(0).sip.identity.trusted = trusted;
    scene.bench.publish();
    const auto far = scene.start({.extra = "P-Early-Media: supported\r\n"});
    scene.first.answer(far, 183, scene.callee_sdp(), "far", "P-Early-Media: sendrecv\r\n");
    const auto progress = scene.caller.expect_status(183);
    return std::string(far.header(sip::HeaderId::PEarlyMedia)) + "|" +
           std::string(progress.header(sip::HeaderId::PEarlyMedia));
  };
  EXPECT_EQ(said(true), "supported|sendrecv");
  EXPECT_EQ(said(false), "|");
}

}  // namespace
}  // namespace warp
