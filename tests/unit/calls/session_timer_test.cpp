// Session timers (RFC 4028) on either leg.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using domain::SessionTimer;
using sip::HeaderId;
using namespace test;
using namespace std::chrono_literals;

// Half of 90 s is over, and what went out then was not yet sent again.
constexpr auto kHalf = 45'200ms;

struct Timers : testing::Test {
  domain::SessionPolicy& caller_policy() { return scene.bench.trunk().sip.session; }
  domain::SessionPolicy& callee_policy() { return scene.bench.provider(0).sip.session; }
  void policies(SessionTimer caller, SessionTimer callee) {
    caller_policy().timer = caller;
    callee_policy().timer = callee;
    scene.bench.publish();
  }
  // The answer that the caller got.
  sip::Message establish(const std::string& of_caller, const std::string& of_callee) {
    InviteText invite;
    invite.extra = of_caller;
    far.emplace(scene.start(invite));
    scene.first.answer(*far, 200, scene.callee_sdp(), "far", of_callee);
    scene.first.expect_request("ACK");
    auto answer = scene.caller.expect_status(200);
    scene.caller.learn(answer);
    scene.caller.ack();
    return answer;
  }
  CallScene scene;
  std::optional<sip::Message> far;
};

TEST_F(Timers, ThePlainCallSaysNothing) {
  const auto answer = establish("", "");
  EXPECT_FALSE(answer.has(HeaderId::SessionExpires));
  EXPECT_NE(far->header(HeaderId::Supported).find("timer"), std::string_view::npos);
  EXPECT_FALSE(far->has(HeaderId::SessionExpires));
  scene.bench.pass(1s);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, ACallerThatAsksRefreshesAndItsSilenceEndsTheCall) {
  const auto answer = establish("Supported: timer\r\nSession-Expires: 90\r\n", "");
  EXPECT_EQ(answer.header(HeaderId::SessionExpires), "90;refresher=uac");
  EXPECT_EQ(answer.header(HeaderId::Require), "timer");
  scene.bench.pass(59s);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.bench.pass(2s);  // 90 - 30
  scene.caller.expect_request("BYE");
  scene.first.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::SessionExpired);
}

TEST_F(Timers, AnUpdateOfThePeerKeepsItAlive) {
  establish("Supported: timer\r\nSession-Expires: 90\r\n", "");
  for (int i = 0; i < 4; ++i) {
    scene.bench.pass(45s);
    scene.caller.request("UPDATE", "", "", "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n");
    const auto answer = scene.caller.expect_status(200);
    EXPECT_EQ(answer.header(HeaderId::SessionExpires), "90;refresher=uac");
  }
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().facts->refreshes, 4u);
}

TEST_F(Timers, AReinviteRefreshesBothLegsAndSaysSoOnBoth) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("Supported: timer\r\nSession-Expires: 90\r\n", "Session-Expires: 1800;refresher=uas\r\n");
  scene.bench.pass(45s);
  scene.caller.request("INVITE", scene.caller_sdp(), "application/sdp",
                       "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.caller.expect_status(100);
  const auto carried = scene.first.expect_request("INVITE");
  EXPECT_EQ(carried.header(HeaderId::SessionExpires), "1800;refresher=uas");
  scene.first.answer(carried, 200, scene.callee_sdp(), "far", "Session-Expires: 1800;refresher=uas\r\n");
  scene.first.expect_request("ACK");
  EXPECT_EQ(scene.caller.expect_status(200).header(HeaderId::SessionExpires), "90;refresher=uac");
  scene.caller.ack();
  scene.bench.pass(50s);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, TooShortAWishGets422WithOurMinimum) {
  InviteText invite;
  invite.body = CallScene::caller_sdp();
  invite.extra = "Supported: timer\r\nSession-Expires: 30\r\n";
  scene.caller.invite(invite);
  scene.caller.expect_status(100);
  const auto refusal = scene.caller.expect_status(422);
  EXPECT_EQ(refusal.header(HeaderId::MinSe), "90");
  EXPECT_EQ(scene.bench.record().reason, Reason::SessionIntervalTooSmall);
}

TEST_F(Timers, WithinTheCallToo) {
  establish("", "");
  scene.first.request("UPDATE", "", "", "Supported: timer\r\nSession-Expires: 60\r\n");
  EXPECT_EQ(scene.first.expect_status(422).header(HeaderId::MinSe), "90");
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, OffIsDeafToIt) {
  policies(SessionTimer::Off, SessionTimer::Off);
  const auto answer = establish("Supported: timer\r\nSession-Expires: 30\r\n", "");
  EXPECT_FALSE(answer.has(HeaderId::SessionExpires));
  EXPECT_EQ(far->header(HeaderId::Supported).find("timer"), std::string_view::npos);
  scene.bench.pass(100s);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, A422OfTheFarEndIsRetriedWithItsMinimum) {
  callee_policy().session_expires = 120s;
  policies(SessionTimer::Accept, SessionTimer::Offer);
  const auto invite = scene.start();
  EXPECT_EQ(invite.header(HeaderId::SessionExpires), "120");
  scene.first.answer(invite, 422, "", "busy", "Min-SE: 600\r\n");
  scene.first.expect_request("ACK");
  const auto again = scene.first.expect_request("INVITE");
  EXPECT_EQ(again.header(HeaderId::SessionExpires), "600");
  EXPECT_EQ(again.header(HeaderId::MinSe), "600");
  EXPECT_EQ(again.call_id(), invite.call_id());
  EXPECT_EQ(again.cseq().number, invite.cseq().number + 1);
  EXPECT_EQ(again.body(), invite.body());
  scene.first.answer(again, 200, scene.callee_sdp(), "far", "Session-Expires: 600;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, WeRefreshByUpdateWhenThePeerAllowsIt) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("", "Allow: INVITE, ACK, BYE, UPDATE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.bench.pass(kHalf);
  const auto update = scene.first.expect_request("UPDATE");
  EXPECT_TRUE(update.body().empty());
  EXPECT_EQ(update.header(HeaderId::SessionExpires), "90;refresher=uac");
  scene.first.answer(update, 200, "", "far", "Session-Expires: 90;refresher=uac\r\n");
  EXPECT_TRUE(scene.first.quiet());
  scene.bench.pass(kHalf);
  const auto next = scene.first.expect_request("UPDATE");
  EXPECT_GT(next.cseq().number, update.cseq().number);
  scene.first.answer(next, 200);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(Timers, WeRefreshByReinviteWithTheSameDescriptionOtherwise) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("", "Allow: INVITE, ACK, BYE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.bench.pass(kHalf);
  const auto refresh = scene.first.expect_request("INVITE");
  EXPECT_EQ(refresh.body(), far->body());
  // One that crosses it.
  scene.first.request("INVITE", scene.callee_sdp());
  scene.first.expect_status(100);
  scene.first.expect_status(491);
  scene.first.answer(refresh, 200, audio("203.0.113.1", 5010), "far",
                     "Session-Expires: 90;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  const auto remote = scene.bench.media.only().remotes[{domain::MediaSide::B, 0}];
  EXPECT_EQ(remote.rtp.port, 5010);
  scene.bench.pass(kHalf);
  scene.first.drop_mail();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

// What a peer answers to a refresh counts as any answer does.
TEST_F(Timers, TheAnswerToARefreshMayChangeTheCodec) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  const auto with = [](std::string body, std::string_view formats) {
    return body.replace(body.find("AVP 0 101"), 9, "AVP " + std::string(formats));
  };
  InviteText invite;
  invite.body = with(scene.caller_sdp(), "0 8 101");
  scene.first.answer(scene.start(invite), 200, scene.callee_sdp(), "far",
                     "Allow: INVITE, ACK, BYE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  auto& media = scene.bench.media.only();
  const auto caller_terms = media.remotes[{domain::MediaSide::A, 0}].terms;
  scene.bench.pass(kHalf);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, with(scene.callee_sdp(), "8 101"), "far",
                     "Session-Expires: 90;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  ASSERT_FALSE(media.terms(domain::MediaSide::B).formats.empty());
  EXPECT_EQ(media.terms(domain::MediaSide::B).formats[0].codec, domain::AudioCodec::Pcma);
  EXPECT_EQ((media.remotes[{domain::MediaSide::A, 0}].terms), caller_terms);
  scene.caller.drop_mail();
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().callee_media.codec, "PCMA/8000");
}

TEST_F(Timers, AnAnswerToARefreshThatSaysNothingNewTouchesNothing) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("", "Allow: INVITE, ACK, BYE\r\nSession-Expires: 90;refresher=uac\r\n");
  auto& media = scene.bench.media.only();
  const auto before = media.remotes[{domain::MediaSide::B, 0}];
  scene.bench.pass(kHalf);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, scene.callee_sdp(), "far",
                     "Session-Expires: 90;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  const auto after = media.remotes[{domain::MediaSide::B, 0}];
  EXPECT_EQ(after.terms, before.terms);
  EXPECT_EQ(after.rtp, before.rtp);
  EXPECT_EQ(after.expect_rtp, before.expect_rtp);
}

TEST_F(Timers, ARefreshIsAsSafeAsWhatItRefreshes) {
  scene.bench.provider(0).sip.media.security = domain::MediaSecurity::Required;
  policies(SessionTimer::Accept, SessionTimer::Offer);
  far.emplace(scene.start());
  EXPECT_NE(far->body().find("RTP/SAVP"), std::string_view::npos);
  std::string said = audio("203.0.113.1", 5000,
                           "a=crypto:4 AES_CM_128_HMAC_SHA1_80 "
                           "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n");
  said.replace(said.find("RTP/AVP"), 7, "RTP/SAVP");
  scene.first.answer(*far, 200, said, "far",
                     "Allow: INVITE, ACK, BYE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.bench.pass(kHalf);
  const auto refresh = scene.first.expect_request("INVITE");
  EXPECT_EQ(refresh.body(), far->body());
  // New keys of the peer in its answer.
  auto& media = scene.bench.media.only();
  const auto before = media.terms(domain::MediaSide::B);
  said.replace(said.find("PS1uQ"), 5, "AAAAA");
  scene.first.answer(refresh, 200, said, "far", "Session-Expires: 90;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  const auto after = media.terms(domain::MediaSide::B);
  EXPECT_EQ(after.send, before.send);
  EXPECT_EQ(after.receive.suite, before.receive.suite);
  EXPECT_NE(after.receive, before.receive);
  // And one without: it is not taken.
  scene.bench.pass(kHalf);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, scene.callee_sdp(), "far",
                     "Session-Expires: 90;refresher=uac\r\n");
  scene.first.expect_request("ACK");
  EXPECT_EQ(media.terms(domain::MediaSide::B), after);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, GlareOfARefreshIsRetriedAfterTheOwnersTime) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("", "Allow: INVITE, UPDATE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.bench.pass(kHalf);
  scene.first.answer(scene.first.expect_request("UPDATE"), 491);
  scene.bench.pass(2s);
  EXPECT_TRUE(scene.first.quiet());  // the Call-ID is ours: 2.1 s at least
  scene.bench.pass(2200ms);
  scene.first.answer(scene.first.expect_request("UPDATE"), 200);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, APeerThatHasForgottenTheCallEndsIt) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("", "Allow: INVITE, UPDATE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.bench.pass(kHalf);
  scene.first.answer(scene.first.expect_request("UPDATE"), 481);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndCallGone);
}

TEST_F(Timers, APeerThatSaysThatARefreshTimedOutEndsIt) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("", "Allow: INVITE, UPDATE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.bench.pass(kHalf);
  scene.first.answer(scene.first.expect_request("UPDATE"), 408);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::SessionExpired);
}

TEST_F(Timers, ARefreshThatIsTooShortIsRepeatedWithThePeersMinimum) {
  policies(SessionTimer::Accept, SessionTimer::Offer);
  establish("", "Allow: INVITE, UPDATE\r\nSession-Expires: 90;refresher=uac\r\n");
  scene.bench.pass(kHalf);
  scene.first.answer(scene.first.expect_request("UPDATE"), 422, "", "far", "Min-SE: 300\r\n");
  const auto again = scene.first.expect_request("UPDATE");
  EXPECT_EQ(again.header(HeaderId::SessionExpires), "300;refresher=uac");
  EXPECT_EQ(again.header(HeaderId::MinSe), "300");
}

TEST_F(Timers, APeerThatOnlySaysItAllowsUpdateIsAskedByReinvite) {
  policies(SessionTimer::Offer, SessionTimer::Accept);
  const auto answer = establish("Allow: INVITE, UPDATE\r\nSupported: timer\r\n", "");
  EXPECT_EQ(answer.header(HeaderId::SessionExpires), "1800;refresher=uac");
}

TEST_F(Timers, ACallerThatKnowsNoTimerIsRefreshedByUs) {
  caller_policy().session_expires = 90s;
  policies(SessionTimer::Offer, SessionTimer::Off);
  const auto answer = establish("", "");
  EXPECT_FALSE(answer.has(HeaderId::SessionExpires));
  scene.bench.pass(kHalf);
  const auto refresh = scene.caller.expect_request("INVITE");
  EXPECT_EQ(refresh.body(), answer.body());
  scene.caller.answer(refresh, 200, scene.caller_sdp());
  scene.caller.expect_request("ACK");
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Timers, RequireOfTheExtensionIsTaken) {
  const auto answer = establish("Require: timer\r\nSession-Expires: 200\r\n", "");
  EXPECT_EQ(answer.header(HeaderId::SessionExpires), "200;refresher=uac");
}

}  // namespace
}  // namespace warp
