// UPDATE (RFC 3311): early and confirmed, carried and answered here, glare.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

const std::string kAllow = "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\r\n";
const std::string kTakesUpdate = "Supported: 100rel\r\n" + kAllow;

struct Update : testing::Test {
  domain::MediaStreamRemote remote(MediaSide side) { return scene.bench.media.only().remotes[{side, 0}]; }
  void establish(bool caller_can, bool far_can) {
    const auto far = scene.start({.extra = caller_can ? kAllow : ""});
    scene.first.answer(far, 200, scene.callee_sdp(), "far", far_can ? kAllow : "");
    scene.first.expect_request("ACK");
    scene.caller.learn(scene.caller.expect_status(200));
    scene.caller.ack();
  }
  // A call that rings with an answer that both sides know of reliably.
  void ring(const std::string& far_allow = kAllow, const std::string& caller_says = kTakesUpdate) {
    far_ = scene.start({.extra = caller_says});
    scene.first.answer(*far_, 183, scene.callee_sdp(), "far", reliable(1) + far_allow);
    scene.first.answer(scene.first.expect_request("PRACK"), 200);
    scene.caller.prack(scene.caller.expect_status(183));
    scene.caller.expect_status(200);
  }
  // The far end's early dialog is not the one of its last answer.
  void far_speaks() {
    scene.first.local_ = std::string(far_->header(sip::HeaderId::To)) + ";tag=far";
    scene.first.remote_ = far_->header(sip::HeaderId::From);
  }

  CallScene scene;
  std::optional<sip::Message> far_;
};

TEST_F(Update, IsCarriedAsUpdateToAPeerThatAllowsIt) {
  establish(true, true);
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400, "a=sendonly\r\n"));
  const auto carried = scene.first.expect_request("UPDATE");
  EXPECT_EQ(sdp::parse(carried.body())->media[0].direction(), sdp::Direction::SendOnly);
  EXPECT_FALSE(carried.has(sip::HeaderId::Supported));
  EXPECT_TRUE(carried.contact());
  EXPECT_TRUE(scene.caller.quiet());
  scene.first.answer(carried, 200, audio("203.0.113.1", 5500, "a=recvonly\r\n"));
  const auto ok = scene.caller.expect_status(200);
  EXPECT_EQ(sdp::parse(ok.body())->media[0].direction(), sdp::Direction::RecvOnly);
  EXPECT_EQ(std::string(ok.text()).find("203.0.113.1"), std::string::npos);
  EXPECT_EQ(remote(MediaSide::A).rtp.port, 4400);
  EXPECT_EQ(remote(MediaSide::B).rtp.port, 5500);
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(Update, IsCarriedFromTheCalleeToo) {
  establish(true, true);
  scene.first.request("UPDATE", audio("203.0.113.1", 5500));
  const auto carried = scene.caller.expect_request("UPDATE");
  scene.caller.answer(carried, 200, audio("192.0.2.10", 4400));
  scene.first.expect_status(200);
  EXPECT_EQ(remote(MediaSide::A).rtp.port, 4400);
}

TEST_F(Update, BecomesAReinviteForAPeerThatDoesNotAllowIt) {
  establish(true, false);
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400));
  const auto carried = scene.first.expect_request("INVITE");
  scene.first.answer(carried, 200, audio("203.0.113.1", 5500));
  scene.first.expect_request("ACK");
  EXPECT_FALSE(scene.caller.expect_status(200).body().empty());
  EXPECT_EQ(remote(MediaSide::B).rtp.port, 5500);
  // The ACK was lost.
  scene.first.answer(carried, 200, audio("203.0.113.1", 5500));
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(Update, ItsRefusalIsPassedBackAndLeavesTheSession) {
  establish(true, true);
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400));
  scene.first.answer(scene.first.expect_request("UPDATE"), 488);
  scene.caller.expect_status(488);
  EXPECT_EQ(remote(MediaSide::A).rtp.port, 4000);
}

TEST_F(Update, ARefusedReinviteInItsPlaceIsPassedBack) {
  establish(true, false);
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400));
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.first.expect_request("ACK");
  scene.caller.expect_status(488);
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400));
  scene.first.expect_request("INVITE");
}

TEST_F(Update, WithoutDescriptionIsAnsweredHereAndMovesTheTarget) {
  establish(false, false);
  scene.caller.request("UPDATE", {}, {}, "Contact: <sip:moved@192.0.2.99:5070>\r\n");
  EXPECT_TRUE(scene.caller.expect_status(200).contact());
  EXPECT_TRUE(scene.first.quiet());
  scene.first.request("BYE");
  SipPeer moved(scene.bench, "192.0.2.99:5070");
  EXPECT_EQ(moved.expect_request("BYE").request_uri(), "sip:moved@192.0.2.99:5070");
}

TEST_F(Update, MediaThatCannotBeCarriedIsRefused) {
  establish(true, true);
  scene.caller.request("UPDATE",
                       "v=0\r\no=- 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
                       "m=audio 4000 RTP/SAVP 0\r\n");
  scene.caller.expect_status(488);
  scene.caller.request("UPDATE", "hello", "text/plain");
  scene.caller.expect_status(415);
  scene.caller.request("UPDATE", "v=0\r\nm=audio nonsense\r\n");
  const auto malformed = scene.caller.expect_status(400);
  EXPECT_NE(malformed.header(sip::HeaderId::Reason).find("SDP_INVALID"), std::string_view::npos);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Update, AFarEndThatHasForgottenTheCallEndsIt) {
  establish(true, true);
  scene.caller.request("UPDATE", scene.caller_sdp());
  scene.first.answer(scene.first.expect_request("UPDATE"), 481);
  scene.caller.expect_status(481);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndCallGone);
}

TEST_F(Update, AnOfferFromEachSideIsGlare) {
  establish(true, true);
  scene.caller.request("UPDATE", scene.caller_sdp());
  const auto carried = scene.first.expect_request("UPDATE");
  scene.first.request("UPDATE", scene.callee_sdp());
  EXPECT_NE(std::string(scene.first.expect_status(491).text()).find("REQUEST_PENDING"), std::string::npos);
  scene.first.request("INVITE", scene.callee_sdp());
  scene.first.expect_status(100);
  scene.first.expect_status(491);
  scene.caller.request("UPDATE", scene.caller_sdp());
  const auto later = scene.caller.expect_status(500);
  const auto seconds = std::stoi(std::string(later.header(sip::HeaderId::RetryAfter)));
  EXPECT_TRUE(seconds >= 1 && seconds <= 10);
  scene.first.answer(carried, 200, scene.callee_sdp());
}

TEST_F(Update, GlareWithAReinviteIsRefused) {
  establish(true, true);
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.expect_request("INVITE");
  scene.first.request("UPDATE", scene.callee_sdp());
  scene.first.expect_status(491);
  scene.caller.request("UPDATE", scene.caller_sdp());
  scene.caller.expect_status(500);
  scene.first.request("UPDATE");
  scene.first.expect_status(200);
}

TEST_F(Update, CrossesABye) {
  establish(true, true);
  scene.caller.request("UPDATE", scene.caller_sdp());
  const auto carried = scene.first.expect_request("UPDATE");
  scene.first.request("BYE");
  scene.first.expect_status(200);
  scene.caller.expect_status(487);
  scene.caller.expect_request("BYE");
  scene.first.answer(carried, 481);
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST_F(Update, SilenceEndsTheCall) {
  establish(true, true);
  scene.caller.request("UPDATE", scene.caller_sdp());
  scene.bench.pass(33s);
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndTimeout);
}

TEST_F(Update, AnAnswerThatIsNoneEndsTheCall) {
  establish(true, true);
  scene.caller.request("UPDATE", scene.caller_sdp());
  scene.first.answer(scene.first.expect_request("UPDATE"), 200);
  scene.caller.expect_status(502);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndMalformed);
}

// Early ------------------------------------------------------------------------------------------------

TEST_F(Update, BeforeTheAnswerIsCarriedBetweenTheEarlyDialogs) {
  ring();
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400));
  const auto carried = scene.first.expect_request("UPDATE");
  EXPECT_EQ(carried.to().tag, "far");
  EXPECT_EQ(carried.cseq().number, 3u);
  scene.first.answer(carried, 200, audio("203.0.113.1", 5500));
  EXPECT_FALSE(scene.caller.expect_status(200).body().empty());
  EXPECT_EQ(remote(MediaSide::A).rtp.port, 4400);
  EXPECT_EQ(remote(MediaSide::B).rtp.port, 5500);
  // What the 200 says of the session is old.
  scene.first.answer(*far_, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  const auto ok = scene.caller.expect_status(200);
  EXPECT_TRUE(ok.body().empty());
  EXPECT_EQ(remote(MediaSide::B).rtp.port, 5500);
  scene.caller.learn(ok);
  scene.caller.ack();
  scene.caller.request("BYE");
  EXPECT_EQ(scene.first.expect_request("BYE").cseq().number, 4u);
}

TEST_F(Update, OfARingingFarEndReachesTheCaller) {
  ring();
  far_speaks();
  scene.first.request("UPDATE", audio("203.0.113.1", 5500));
  const auto carried = scene.caller.expect_request("UPDATE");
  EXPECT_EQ(carried.cseq().number, 1u);
  scene.caller.answer(carried, 200, audio("192.0.2.10", 4400));
  EXPECT_FALSE(scene.first.expect_status(200).body().empty());
  EXPECT_EQ(remote(MediaSide::A).rtp.port, 4400);
  // The dialog goes on where the early one was.
  scene.first.answer(*far_, 200);
  scene.first.expect_request("ACK");
  scene.caller.expect_status(200);
  scene.caller.ack();
  scene.first.request("BYE");
  scene.first.expect_status(200);
  EXPECT_EQ(scene.caller.expect_request("BYE").cseq().number, 2u);
}

TEST_F(Update, BeforeItsOfferIsAnsweredComesTooEarly) {
  const auto far = scene.start({.extra = kTakesUpdate});
  scene.first.answer(far, 180);
  scene.caller.learn(scene.caller.expect_status(180));
  scene.caller.request("UPDATE", scene.caller_sdp());
  EXPECT_FALSE(scene.caller.expect_status(500).header(sip::HeaderId::RetryAfter).empty());
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.request("UPDATE");
  scene.caller.expect_status(200);
}

TEST_F(Update, OfAFarEndThatHasNotAnsweredYetIsGlare) {
  far_ = scene.start({.extra = kTakesUpdate});
  scene.first.answer(*far_, 180, {}, "far", reliable(1) + kAllow);
  scene.first.answer(scene.first.expect_request("PRACK"), 200);
  far_speaks();
  scene.first.request("UPDATE", scene.callee_sdp());
  scene.first.expect_status(491);
  scene.first.request("UPDATE");
  scene.first.expect_status(200);
}

TEST_F(Update, TowardsAnEarlySideThatDoesNotAllowItIsRefused) {
  ring("");
  scene.caller.request("UPDATE", scene.caller_sdp());
  EXPECT_FALSE(scene.caller.expect_status(488).header(sip::HeaderId::Reason).empty());
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(Update, TowardsACallerThatDoesNotAllowItIsRefused) {
  ring(kAllow, "Supported: 100rel\r\n");
  far_speaks();
  scene.first.request("UPDATE", scene.callee_sdp());
  scene.first.expect_status(488);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Update, InAPrackIsCarriedAndAnsweredWithItsAnswer) {
  far_ = scene.start({.extra = kTakesUpdate});
  scene.first.answer(*far_, 183, scene.callee_sdp(), "far", reliable(1) + kAllow);
  scene.first.answer(scene.first.expect_request("PRACK"), 200);
  scene.caller.prack(scene.caller.expect_status(183), audio("192.0.2.10", 4400));
  const auto carried = scene.first.expect_request("UPDATE");
  EXPECT_TRUE(scene.caller.quiet());
  scene.first.answer(carried, 200, audio("203.0.113.1", 5500));
  const auto ok = scene.caller.expect_status(200);
  EXPECT_EQ(ok.cseq().method, sip::Method::Prack);
  EXPECT_FALSE(ok.body().empty());
  scene.bench.pass(40s);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Update, ThatIsOpenWhenTheFarEndGivesUpIsSettled) {
  ring();
  scene.caller.request("UPDATE", scene.caller_sdp());
  const auto carried = scene.first.expect_request("UPDATE");
  scene.first.answer(*far_, 503);
  scene.caller.expect_status(487);
  scene.second.expect_request("INVITE");
  scene.first.answer(carried, 200, scene.callee_sdp());
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(Update, OfAStrangerIsUnknown) {
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.learn(scene.caller.expect_status(180));
  scene.caller.call_id_ = "another";
  scene.caller.request("UPDATE");
  scene.caller.expect_status(481);
}

}  // namespace
}  // namespace warp
