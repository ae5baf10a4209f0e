// Offers and answers within a call: hold, resume, glare, refusal, races.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

struct Reinvite : testing::Test {
  Reinvite() { scene.establish(); }
  domain::MediaStreamRemote remote(MediaSide side) { return scene.bench.media.only().remotes[{side, 0}]; }

  CallScene scene;
};

TEST_F(Reinvite, HoldAndResumeAreCarried) {
  const int port = scene.bench.media.only().local(MediaSide::B, 0).rtp.port;
  scene.caller.request("INVITE", audio("192.0.2.10", 4000, "a=sendonly\r\n"));
  scene.caller.expect_status(100);
  const auto hold = scene.first.expect_request("INVITE");
  EXPECT_EQ(parsed(hold).media[0].direction(), sdp::Direction::SendOnly);
  EXPECT_EQ(parsed(hold).media[0].port, port);
  EXPECT_EQ(parsed(hold).origin.session_version, "1");
  scene.first.answer(hold, 200, audio("203.0.113.1", 5000, "a=recvonly\r\n"));
  scene.first.expect_request("ACK");
  EXPECT_EQ(parsed(scene.caller.expect_status(200)).media[0].direction(), sdp::Direction::RecvOnly);
  scene.caller.ack();
  EXPECT_FALSE(remote(MediaSide::A).expect_rtp);
  EXPECT_FALSE(remote(MediaSide::B).expect_rtp);

  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  const auto resume = scene.first.expect_request("INVITE");
  EXPECT_GT(resume.cseq().number, hold.cseq().number);
  scene.first.answer(resume, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.caller.expect_status(200);
  scene.caller.ack();
  EXPECT_TRUE(remote(MediaSide::A).expect_rtp);
  EXPECT_TRUE(remote(MediaSide::B).expect_rtp);
}

TEST_F(Reinvite, AnAnswerGivesNoMoreThanWasAskedFor) {
  struct Case {
    const char *offered, *said;
    sdp::Direction passed;
  };
  using sdp::Direction;
  for (const Case& c : {Case{"a=sendonly\r\n", "", Direction::RecvOnly},
                        Case{"a=sendonly\r\n", "a=sendrecv\r\n", Direction::RecvOnly},
                        Case{"a=sendonly\r\n", "a=sendonly\r\n", Direction::Inactive},
                        Case{"a=recvonly\r\n", "a=sendrecv\r\n", Direction::SendOnly},
                        Case{"a=inactive\r\n", "a=recvonly\r\n", Direction::Inactive},
                        Case{"", "a=recvonly\r\n", Direction::RecvOnly}}) {
    scene.caller.request("INVITE", audio("192.0.2.10", 4000, c.offered));
    scene.caller.expect_status(100);
    scene.first.answer(scene.first.expect_request("INVITE"), 200, audio("203.0.113.1", 5000, c.said));
    scene.first.expect_request("ACK");
    EXPECT_EQ(parsed(scene.caller.expect_status(200)).media[0].direction(), c.passed) << c.offered << c.said;
    scene.caller.ack();
  }
}

TEST_F(Reinvite, TheOldHoldByZeroAddressIsSaidTheNewWay) {
  scene.first.request("INVITE", audio("0.0.0.0", 5000));
  scene.first.expect_status(100);
  const auto hold = scene.caller.expect_request("INVITE");
  EXPECT_EQ(parsed(hold).media[0].direction(), sdp::Direction::SendOnly);
  EXPECT_EQ(parsed(hold).connection->address, "198.51.100.1");
  scene.caller.answer(hold, 200, audio("192.0.2.10", 4000, "a=recvonly\r\n"));
  scene.caller.expect_request("ACK");
  scene.first.expect_status(200);
  EXPECT_EQ(remote(MediaSide::B).rtp.port, 0);
  EXPECT_FALSE(remote(MediaSide::A).expect_rtp);
}

TEST_F(Reinvite, TheVersionMovesOnlyWithTheDescription) {
  const auto version = [&](const std::string& origin_version) {
    auto body = scene.caller_sdp();
    body.replace(body.find("2353687637"), 10, origin_version);
    scene.caller.request("INVITE", body);
    scene.caller.expect_status(100);
    const auto far = scene.first.expect_request("INVITE");
    scene.first.answer(far, 200, scene.callee_sdp());
    scene.first.expect_request("ACK");
    scene.caller.expect_status(200);
    scene.caller.ack();
    return parsed(far).origin.session_version;
  };
  EXPECT_EQ(version("2353687637"), "1");
  EXPECT_EQ(version("2353687638"), "2");
  EXPECT_EQ(version("2353687638"), "2");
}

TEST_F(Reinvite, ARefusalLeavesTheSessionAsItWas) {
  scene.caller.request("INVITE", audio("192.0.2.77", 4444));
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.first.expect_request("ACK");
  scene.caller.expect_status(488);
  scene.caller.ack();
  EXPECT_EQ(remote(MediaSide::A).rtp.to_string(), "192.0.2.10:4000");
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.expect_request("INVITE");
}

std::string fax(const std::string& ip, int port) {
  return "v=0\r\no=- 1 " + std::to_string(port) + " IN IP4 " + ip + "\r\ns=-\r\nc=IN IP4 " + ip +
         "\r\nt=0 0\r\nm=image " + std::to_string(port) +
         " udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n";
}

TEST_F(Reinvite, AFaxSwitchesOverAndBackOnTheSamePorts) {
  const auto port_a = scene.bench.media.only().local(MediaSide::A, 0).rtp.port;
  const auto port_b = scene.bench.media.only().local(MediaSide::B, 0).rtp.port;
  scene.first.request("INVITE", fax("203.0.113.1", 5004));
  scene.first.expect_status(100);
  const auto carried = scene.caller.expect_request("INVITE");
  const auto offered = parsed(carried).media.at(0);
  EXPECT_EQ(offered.port, port_a);
  EXPECT_EQ(offered.kind, "image");
  EXPECT_EQ(offered.attribute("T38MaxBitRate")->value, "14400");
  EXPECT_FALSE(offered.has("rtcp"));
  scene.caller.answer(carried, 200, fax("192.0.2.10", 4006));
  scene.caller.expect_request("ACK");
  EXPECT_EQ(parsed(scene.first.expect_status(200)).media.at(0).port, port_b);
  scene.first.ack();
  EXPECT_TRUE(remote(MediaSide::A).opaque);
  EXPECT_EQ(remote(MediaSide::A).rtp.to_string(), "192.0.2.10:4006");
  EXPECT_EQ(remote(MediaSide::B).rtp.to_string(), "203.0.113.1:5004");

  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.caller.expect_status(200);
  scene.caller.ack();
  EXPECT_FALSE(remote(MediaSide::A).opaque);
  EXPECT_EQ(remote(MediaSide::A).rtp.port, 4000);
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().facts->codec_change, "T.38>PCMU");
}

TEST_F(Reinvite, AFaxThatIsRefusedFallsBackToAudioUnharmed) {
  scene.first.request("INVITE", fax("203.0.113.1", 5004));
  scene.first.expect_status(100);
  scene.caller.answer(scene.caller.expect_request("INVITE"), 488);
  scene.caller.expect_request("ACK");
  scene.first.expect_status(488);
  scene.first.ack();
  EXPECT_FALSE(remote(MediaSide::B).opaque);
  EXPECT_EQ(remote(MediaSide::B).rtp.to_string(), "203.0.113.1:5000");
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().facts->codec_change, "");
  EXPECT_TRUE(scene.bench.media.live.empty());
}

TEST_F(Reinvite, ACodecChangeIsInTheRecord) {
  auto other = scene.callee_sdp();
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (auto at = other.find(from); at != std::string::npos; at = other.find(from, at + to.size()))
      other.replace(at, from.size(), to);
  };
  replace("AVP 0", "AVP 8");
  replace("rtpmap:0 PCMU", "rtpmap:8 PCMA");
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, other);
  scene.first.expect_request("ACK");
  scene.caller.expect_status(200);
  scene.caller.ack();
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().facts->codec_change, "PCMU>PCMA");
  EXPECT_EQ(scene.bench.record().callee_media.codec, "PCMA/8000");
}

TEST_F(Reinvite, AStreamIsAddedTakenAwayAndUsedAgain) {
  const std::string video = "m=video 4100 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
  const std::string far_video = "m=video 5100 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
  const auto change = [&](const std::string& ours, const std::string& theirs) {
    scene.caller.request("INVITE", audio("192.0.2.10", 4000, ours));
    scene.caller.expect_status(100);
    const auto carried = scene.first.expect_request("INVITE");
    scene.first.answer(carried, 200, audio("203.0.113.1", 5000, theirs));
    scene.first.expect_request("ACK");
    scene.caller.expect_status(200);
    scene.caller.ack();
    return parsed(carried).media.at(1).port;
  };
  auto& media = scene.bench.media.only();
  EXPECT_EQ(change(video, far_video), media.local(MediaSide::B, 1).rtp.port);
  const auto opened = media.remotes[{MediaSide::B, 1}];
  EXPECT_EQ(opened.rtp.to_string(), "203.0.113.1:5100");
  EXPECT_EQ(change("m=video 0 RTP/AVP 96\r\n", "m=video 0 RTP/AVP 96\r\n"), 0);
  const auto closed = media.remotes[{MediaSide::B, 1}];
  EXPECT_EQ(closed.rtp.port, 0);
  EXPECT_EQ(remote(MediaSide::B).rtp.port, 5000);
  EXPECT_EQ(change(video, far_video), media.local(MediaSide::B, 1).rtp.port);
}

TEST_F(Reinvite, HoldAndResumeOverAndOverTakeNoFurtherPort) {
  const int cycles = 250;
  const auto port = scene.bench.media.only().local(MediaSide::B, 0).rtp.port;
  for (int i = 0; i < cycles; ++i)
    for (const char* ours : {"a=sendonly\r\n", ""}) {
      auto& holder = i % 2 == 0 ? scene.caller : scene.first;
      auto& held = i % 2 == 0 ? scene.first : scene.caller;
      const auto ip = i % 2 == 0 ? "192.0.2.10" : "203.0.113.1";
      holder.request("INVITE", audio(ip, 4000, ours));
      holder.expect_status(100);
      held.answer(held.expect_request("INVITE"), 200,
                  audio(i % 2 == 0 ? "203.0.113.1" : "192.0.2.10", 5000, *ours ? "a=recvonly\r\n" : ""));
      held.expect_request("ACK");
      holder.expect_status(200);
      holder.ack();
    }
  EXPECT_EQ(scene.bench.media.only().local(MediaSide::B, 0).rtp.port, port);
  EXPECT_EQ(scene.bench.media.requests.size(), 1u);
  EXPECT_EQ(scene.bench.media.only().request.streams, 1);
  scene.caller.request("BYE");
  EXPECT_TRUE(scene.bench.media.live.empty());
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST_F(Reinvite, GlareIsRefusedAndTheFirstGoesOn) {
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  const auto carried = scene.first.expect_request("INVITE");
  scene.first.request("INVITE", scene.callee_sdp());
  scene.first.expect_status(100);
  scene.first.expect_status(491);
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  EXPECT_FALSE(scene.caller.expect_status(500).header(sip::HeaderId::RetryAfter).empty());
  scene.first.drop_mail();
  scene.first.answer(carried, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.caller.expect_status(200);
}

TEST_F(Reinvite, GlareAtTheFarEndIsPassedBack) {
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 491);
  scene.caller.expect_status(491);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Reinvite, ComesBeforeTheAckOfTheFirstAnswer) {
  CallScene early;
  const auto far = early.start();
  early.first.answer(far, 200, early.callee_sdp());
  early.first.expect_request("ACK");
  early.caller.expect_status(200);
  early.first.request("INVITE", early.callee_sdp());
  early.first.expect_status(100);
  early.first.expect_status(491);
}

TEST_F(Reinvite, WithoutOfferIsAnsweredInTheAck) {
  scene.caller.request("INVITE");
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_TRUE(far.body().empty());
  scene.first.answer(far, 200, audio("203.0.113.1", 5100));
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_FALSE(scene.caller.expect_status(200).body().empty());
  scene.caller.ack(audio("192.0.2.10", 4100));
  EXPECT_FALSE(scene.first.expect_request("ACK").body().empty());
  EXPECT_EQ(remote(MediaSide::A).rtp.port, 4100);
  EXPECT_EQ(remote(MediaSide::B).rtp.port, 5100);
}

TEST_F(Reinvite, CrossesABye) {
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  const auto carried = scene.first.expect_request("INVITE");
  scene.first.request("BYE");
  scene.first.expect_status(200);
  scene.caller.expect_status(487);
  scene.caller.expect_request("BYE");
  scene.first.answer(carried, 481);
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_F(Reinvite, IsNotSentAgainOnceTheCallIsOver) {
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.expect_request("INVITE");
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  scene.first.answer(scene.first.expect_request("BYE"), 200);
  scene.bench.pass(33s);
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(Reinvite, AFarEndThatHasForgottenTheCallEndsIt) {
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 481);
  scene.caller.expect_status(481);
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndCallGone);
  EXPECT_EQ(scene.bench.record().q850, 41);
}

TEST_F(Reinvite, WhatIsNoDescriptionIsMalformedAndWhatCannotBeCarriedIsNotAcceptable) {
  const auto refused = [&](std::uint16_t status, const std::string& body, const std::string& type) {
    scene.caller.request("INVITE", body, type);
    scene.caller.expect_status(100);
    const auto answer = scene.caller.expect_status(status);
    scene.caller.ack();
    return std::string(answer.header(sip::HeaderId::Reason));
  };
  EXPECT_NE(refused(400, "v=0\r\nm=audio nonsense\r\n", "application/sdp").find("SDP_INVALID"),
            std::string::npos);
  const std::string keyed =
      "v=0\r\no=- 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
      "m=audio 4000 RTP/SAVP 0\r\n";
  EXPECT_NE(refused(488, keyed, "application/sdp").find("MEDIA_UNSUPPORTED"), std::string::npos);
  EXPECT_NE(refused(415, "hello", "text/plain").find("MEDIA_UNSUPPORTED"), std::string::npos);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Reinvite, SilenceOfTheFarEndEndsTheCall) {
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.bench.pass(33s);
  scene.caller.expect_status(408);
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndTimeout);
}

TEST_F(Reinvite, TheAnswerIsRepeatedUntilItsAck) {
  scene.first.request("INVITE", scene.callee_sdp());
  scene.first.expect_status(100);
  scene.caller.answer(scene.caller.expect_request("INVITE"), 200, scene.caller_sdp());
  scene.caller.expect_request("ACK");
  scene.first.expect_status(200);
  scene.bench.pass(600ms);
  scene.first.expect_status(200);
  scene.first.ack();
  scene.bench.pass(40s);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Reinvite, ItsCancelReachesTheOtherSide) {
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  const auto carried = scene.first.expect_request("INVITE");
  scene.first.answer(carried, 180);
  scene.caller.cancel_last();
  scene.caller.expect_status(200);
  scene.first.expect_request("CANCEL");
  scene.first.answer(carried, 487);
  scene.caller.expect_status(487);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Reinvite, ATargetRefreshIsFollowed) {
  scene.first.request("INVITE", scene.callee_sdp(), "application/sdp");
  const auto carried = scene.caller.expect_request("INVITE");
  EXPECT_NE(std::string(carried.text()).find("Contact: <sip:198.51.100.1:5060>"), std::string::npos);
}

}  // namespace
}  // namespace warp
