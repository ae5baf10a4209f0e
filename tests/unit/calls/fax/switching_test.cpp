// A fax that is heard, and T.38 that one side alone takes.
#include "fax/switching.h"

#include <gtest/gtest.h>

#include "warp/sdp/t38.h"

#include "support/audio_lines.h"
#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::AudioCodec;
using domain::FaxMode;
using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

std::string image(std::string_view ip, int port, std::string_view extra = "") {
  const std::string at(ip);
  return "v=0\r\no=a 1 2 IN IP4 " + at + "\r\ns=-\r\nc=IN IP4 " + at + "\r\nt=0 0\r\nm=image " +
         std::to_string(port) + " udptl t38\r\na=T38FaxVersion:0\r\n" + std::string(extra);
}

std::string in_codec(std::string_view ip, int port, const std::string& type) {
  const std::string at(ip);
  return "v=0\r\no=a 1 1 IN IP4 " + at + "\r\ns=-\r\nc=IN IP4 " + at + "\r\nt=0 0\r\nm=audio " +
         std::to_string(port) + " RTP/AVP " + type + "\r\n";
}

struct FaxSwitching : testing::Test {
  domain::MediaPolicy& caller_policy() { return scene.bench.trunk().sip.media; }
  domain::MediaPolicy& callee_policy() { return scene.bench.provider(0).sip.media; }
  FakeMedia::Session& media() { return scene.bench.media.only(); }
  domain::MediaStreamRemote remote(MediaSide side) { return media().remotes[{side, 0}]; }
  void establish(const std::string& type = "0") {
    scene.bench.publish();
    const auto far = scene.start({.body = in_codec("192.0.2.10", 4000, type)});
    scene.first.answer(far, 200, in_codec("203.0.113.1", 5000, type));
    scene.first.expect_request("ACK");
    scene.caller.learn(scene.caller.expect_status(200));
    scene.caller.ack();
  }
  void hear(MediaSide side = MediaSide::B) {
    media().tell({.kind = domain::MediaEventKind::FaxTone, .side = side});
    scene.bench.executor.run();
  }
  double switched(const char* carried) {
    return scene.bench.metrics
        .counter("warp_calls_fax_switches_total",
                 "Fax heard in a call whose policy acts on it, by how it is carried then.",
                 {{"carried", carried}})
        .value();
  }

  CallScene scene;
};

TEST_F(FaxSwitching, ASideThatWantsT38IsOfferedItAndMeetsTheGateway) {
  callee_policy().fax = FaxMode::T38;
  establish();
  EXPECT_EQ(media().terms(MediaSide::B).fax, FaxMode::T38);
  hear();
  const auto offer = scene.first.expect_request("INVITE");
  const auto line = parsed(offer).media.at(0);
  EXPECT_TRUE(sdp::is_t38(line));
  EXPECT_EQ(line.port, media().local(MediaSide::B, 0).rtp.port);
  EXPECT_EQ(sdp::t38_of(line).max_bit_rate, 14400u);
  EXPECT_EQ(sdp::t38_of(line).recovery, sdp::T38Recovery::Redundancy);
  scene.first.answer(offer, 200, image("203.0.113.1", 5004));
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_TRUE(remote(MediaSide::B).opaque);
  EXPECT_EQ(remote(MediaSide::B).rtp.to_string(), "203.0.113.1:5004");
  EXPECT_FALSE(remote(MediaSide::A).opaque);
  EXPECT_EQ(media().terms(MediaSide::A).formats.at(0).codec, AudioCodec::Pcmu);
  EXPECT_EQ(switched("t38"), 1);
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().callee_media.codec, "T.38");
  EXPECT_EQ(scene.bench.record().caller_media.codec, "PCMU/8000");
}

TEST_F(FaxSwitching, BothSidesThatWantItGetItOneAfterTheOther) {
  caller_policy().fax = callee_policy().fax = FaxMode::T38;
  establish();
  hear(MediaSide::A);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_TRUE(scene.caller.quiet());
  scene.first.answer(far, 200, image("203.0.113.1", 5004));
  scene.first.expect_request("ACK");
  const auto near = scene.caller.expect_request("INVITE");
  scene.caller.answer(near, 200, image("192.0.2.10", 4004));
  scene.caller.expect_request("ACK");
  EXPECT_TRUE(remote(MediaSide::A).opaque);
  EXPECT_TRUE(remote(MediaSide::B).opaque);
}

struct FaxRefusals : FaxSwitching, testing::WithParamInterface<int> {};

TEST_P(FaxRefusals, LeaveTheAudioSteady) {
  callee_policy().fax = FaxMode::T38;
  establish();
  hear();
  scene.first.answer(scene.first.expect_request("INVITE"), GetParam());
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_TRUE(scene.caller.quiet());
  for (const auto side : {MediaSide::A, MediaSide::B}) {
    EXPECT_FALSE(remote(side).opaque);
    EXPECT_TRUE(media().terms(side).fax_audio);
  }
  EXPECT_EQ(switched("audio"), 1);
  hear();
  EXPECT_TRUE(scene.bench.engine.active_calls() == 1);
}
INSTANTIATE_TEST_SUITE_P(All, FaxRefusals, testing::Values(415, 488, 606));

TEST_F(FaxSwitching, WhatCompressesBecomesG711OnBothSides) {
  callee_policy().fax = FaxMode::T38;
  establish("18");
  hear();
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.first.expect_request("ACK");
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_EQ(shown(parsed(far).media[0]), "0:PCMU 8:PCMA");
  EXPECT_EQ(parsed(far).media[0].attribute("silenceSupp")->value, "off - - - -");
  scene.first.answer(far, 200, in_codec("203.0.113.1", 5000, "8"));
  scene.first.expect_request("ACK");
  const auto near = scene.caller.expect_request("INVITE");
  scene.caller.answer(near, 200, in_codec("192.0.2.10", 4000, "0"));
  scene.caller.expect_request("ACK");
  EXPECT_EQ(media().terms(MediaSide::B).formats.at(0).codec, AudioCodec::Pcma);
  EXPECT_EQ(media().terms(MediaSide::A).formats.at(0).codec, AudioCodec::Pcmu);
  EXPECT_TRUE(media().terms(MediaSide::A).fax_audio);
}

TEST_F(FaxSwitching, BehindTheGatewayTheOtherSideIsBroughtToG711) {
  callee_policy().fax = FaxMode::T38;
  establish("18");
  hear();
  scene.first.answer(scene.first.expect_request("INVITE"), 200, image("203.0.113.1", 5004));
  scene.first.expect_request("ACK");
  const auto near = scene.caller.expect_request("INVITE");
  EXPECT_EQ(shown(parsed(near).media[0]), "0:PCMU 8:PCMA");
  scene.caller.answer(near, 200, in_codec("192.0.2.10", 4000, "0"));
  scene.caller.expect_request("ACK");
  EXPECT_EQ(media().terms(MediaSide::A).formats.at(0).codec, AudioCodec::Pcmu);
  EXPECT_TRUE(remote(MediaSide::B).opaque);
}

TEST_F(FaxSwitching, WithPolicyAudioAFaxInG729BecomesG711) {
  callee_policy().fax = FaxMode::Audio;
  establish("18");
  hear();
  for (auto* peer : {&scene.first, &scene.caller}) {
    const auto offer = peer->expect_request("INVITE");
    EXPECT_EQ(shown(parsed(offer).media[0]), "0:PCMU 8:PCMA");
    peer->answer(offer, 200, in_codec(peer == &scene.first ? "203.0.113.1" : "192.0.2.10", 4000, "0"));
    peer->expect_request("ACK");
  }
  EXPECT_EQ(switched("audio"), 1);
}

TEST_F(FaxSwitching, WithPolicyPassNothingFollows) {
  establish();
  hear();
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_EQ(switched("audio"), 0);
}

TEST_F(FaxSwitching, AnEncryptedSideIsNotOfferedWhatIsInTheClear) {
  callee_policy().fax = FaxMode::T38;
  establish();
  callee_policy().security = domain::MediaSecurity::Required;
  scene.bench.publish();
  hear();
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(FaxSwitching, OffersOfOthersWaitMeanwhileAndOursForTheirs) {
  callee_policy().fax = FaxMode::T38;
  establish();
  hear();
  const auto offer = scene.first.expect_request("INVITE");
  scene.caller.request("INVITE", in_codec("192.0.2.10", 4000, "0"));
  scene.caller.expect_status(100);
  scene.caller.expect_status(491);
  scene.caller.ack();
  scene.first.answer(offer, 491);
  scene.first.expect_request("ACK");
  // Theirs comes through while ours waits.
  scene.first.request("INVITE", image("203.0.113.1", 5004));
  scene.first.expect_status(100);
  const auto carried = scene.caller.expect_request("INVITE");
  scene.bench.pass(4s);
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.drop_mail();
  scene.caller.answer(carried, 200, image("192.0.2.10", 4004));
  scene.caller.expect_request("ACK");
  scene.first.expect_status(200);
  scene.first.ack();
  scene.bench.pass(5s);
  EXPECT_TRUE(scene.first.quiet()) << "it has what it asked for";
  EXPECT_TRUE(remote(MediaSide::B).opaque);
}

TEST_F(FaxSwitching, ACallThatIsGoneThereEnds) {
  callee_policy().fax = FaxMode::T38;
  establish();
  hear();
  scene.first.answer(scene.first.expect_request("INVITE"), 481);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndCallGone);
}

TEST_F(FaxSwitching, TheCallMayEndWhileAnOfferRuns) {
  callee_policy().fax = FaxMode::T38;
  establish();
  hear();
  scene.first.expect_request("INVITE");
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  scene.first.expect_request("BYE");
  scene.bench.pass(40s);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_P(FaxRefusals, OfT38AreMadeGoodByTheGateway) {
  caller_policy().fax = FaxMode::T38;
  establish();
  scene.caller.request("INVITE", image("192.0.2.10", 4004, "a=T38FaxUdpEC:t38UDPRedundancy\r\n"));
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), GetParam());
  scene.first.expect_request("ACK");
  const auto ok = parsed(scene.caller.expect_status(200));
  EXPECT_TRUE(sdp::is_t38(ok.media.at(0)));
  EXPECT_EQ(ok.media[0].port, media().local(MediaSide::A, 0).rtp.port);
  scene.caller.ack();
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_TRUE(remote(MediaSide::A).opaque);
  EXPECT_EQ(remote(MediaSide::B).rtp.to_string(), "203.0.113.1:5000");
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().caller_media.codec, "T.38");
}

TEST_F(FaxSwitching, ARefusedT38TowardsG729IsOfferedThereAsAudio) {
  caller_policy().fax = FaxMode::T38;
  establish("18");
  scene.caller.request("INVITE", image("192.0.2.10", 4004));
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.first.expect_request("ACK");
  const auto again = scene.first.expect_request("INVITE");
  EXPECT_EQ(shown(parsed(again).media[0]), "0:PCMU 8:PCMA");
  scene.first.answer(again, 200, in_codec("203.0.113.1", 5000, "8"));
  scene.first.expect_request("ACK");
  EXPECT_TRUE(sdp::is_t38(parsed(scene.caller.expect_status(200)).media.at(0)));
  scene.caller.ack();
  EXPECT_EQ(media().terms(MediaSide::B).formats.at(0).codec, AudioCodec::Pcma);
}

// As some write it: the audio is turned off and the fax stands in a line of its own.
TEST_F(FaxSwitching, T38InAnotherPlaceIsOfferedThereAsAudio) {
  caller_policy().fax = FaxMode::T38;
  establish();
  std::string offer = in_codec("192.0.2.10", 0, "0");
  offer += "m=image 4004 udptl t38\r\n";
  scene.caller.request("INVITE", offer);
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.first.expect_request("ACK");
  const auto again = parsed(scene.first.expect_request("INVITE"));
  EXPECT_EQ(again.media.at(0).port, 0);
  EXPECT_EQ(shown(again.media.at(1)), "0:PCMU 8:PCMA");
}

TEST_F(FaxSwitching, WhatIsRefusedThereTooIsTheAskersAnswer) {
  caller_policy().fax = FaxMode::T38;
  establish("18");
  scene.caller.request("INVITE", image("192.0.2.10", 4004));
  scene.caller.expect_status(100);
  for (int i = 0; i < 2; ++i) {
    scene.first.answer(scene.first.expect_request("INVITE"), 488);
    scene.first.expect_request("ACK");
  }
  scene.caller.expect_status(488);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  EXPECT_FALSE(remote(MediaSide::A).opaque);
}

}  // namespace
}  // namespace warp
