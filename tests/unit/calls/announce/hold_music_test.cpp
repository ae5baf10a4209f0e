// Who is held hears music, if its policy has any.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using namespace test;
using namespace std::chrono_literals;

struct HoldMusic : testing::Test {
  HoldMusic() {
    scene.bench.clips.add("music", 60s);
    scene.bench.provider(0).sip.media.hold_music = "music";
    scene.bench.publish();
    scene.establish();
  }
  static std::string of_caller(std::string_view extra) { return audio("192.0.2.10", 4000, extra); }
  static std::string of_callee(std::string_view extra) { return audio("203.0.113.1", 5000, extra); }
  // The caller offers, the callee answers; gives what each of them saw.
  std::pair<sdp::Session, sdp::Session> offer(const std::string& body, const std::string& answer) {
    scene.caller.request("INVITE", body);
    scene.caller.expect_status(100);
    const auto carried = scene.first.expect_request("INVITE");
    scene.first.answer(carried, 200, answer);
    const auto ok = scene.caller.expect_status(200);
    scene.first.expect_request("ACK");
    scene.caller.ack();
    return {parsed(carried), parsed(ok)};
  }
  static std::optional<sdp::Direction> direction(const sdp::Session& session) {
    return session.media.at(0).direction();
  }
  FakeMedia::Session& media() { return scene.bench.media.only(); }

  CallScene scene;
};

TEST_F(HoldMusic, IsHeardByTheHeldSideUntilResumed) {
  const auto [carried, answer] = offer(of_caller("a=sendonly\r\n"), of_callee("a=recvonly\r\n"));
  EXPECT_EQ(direction(carried), sdp::Direction::SendOnly);
  EXPECT_EQ(direction(answer), sdp::Direction::RecvOnly);
  EXPECT_EQ(media().heard_by(MediaSide::B), "music");
  EXPECT_EQ(media().heard_by(MediaSide::A), "");
  EXPECT_TRUE(media().clips.at(0).loop);
  offer(of_caller(""), of_callee(""));
  EXPECT_EQ(media().heard_by(MediaSide::B), "");
}

TEST_F(HoldMusic, AnInactiveOfferBecomesOneThatCanBeHeard) {
  const auto [carried, answer] = offer(of_caller("a=inactive\r\n"), of_callee("a=recvonly\r\n"));
  EXPECT_EQ(direction(carried), sdp::Direction::SendOnly);
  EXPECT_EQ(direction(answer), sdp::Direction::Inactive) << "what was offered";
  EXPECT_EQ(media().heard_by(MediaSide::B), "music");
}

TEST_F(HoldMusic, TheOldWayToHold) {
  const auto zero =
      "v=0\r\no=a 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
  const auto [carried, answer] = offer(zero, of_callee("a=recvonly\r\n"));
  EXPECT_EQ(direction(carried), sdp::Direction::SendOnly);
  EXPECT_EQ(media().heard_by(MediaSide::B), "music");
}

TEST_F(HoldMusic, AskedTwiceItGoesOnWithoutASeam) {
  offer(of_caller("a=sendonly\r\n"), of_callee("a=recvonly\r\n"));
  offer(of_caller("a=sendonly\r\n"), of_callee("a=recvonly\r\n"));
  EXPECT_EQ(media().clips.size(), 1u);
  EXPECT_EQ(media().heard_by(MediaSide::B), "music");
}

TEST_F(HoldMusic, WhenBothHoldNobodyHearsAnything) {
  offer(of_caller("a=sendonly\r\n"), of_callee("a=recvonly\r\n"));
  scene.first.request("INVITE", of_callee("a=sendonly\r\n"));
  scene.first.expect_status(100);
  const auto carried = scene.caller.expect_request("INVITE");
  scene.caller.answer(carried, 200, of_caller("a=inactive\r\n"));
  scene.first.expect_status(200);
  EXPECT_EQ(media().heard_by(MediaSide::B), "");
  EXPECT_EQ(media().heard_by(MediaSide::A), "");
}

TEST_F(HoldMusic, AnAnswerThatHoldsIsSoftenedAsWell) {
  scene.first.request("INVITE", of_callee(""));
  scene.first.expect_status(100);
  scene.caller.answer(scene.caller.expect_request("INVITE"), 200, of_caller("a=inactive\r\n"));
  EXPECT_EQ(direction(parsed(scene.first.expect_status(200))), sdp::Direction::SendOnly);
  EXPECT_EQ(media().heard_by(MediaSide::B), "music");
}

TEST_F(HoldMusic, ByUpdateToo) {
  scene.caller.request("UPDATE", of_caller("a=inactive\r\n"));
  auto carried = scene.first.next();
  EXPECT_EQ(direction(parsed(carried)), sdp::Direction::SendOnly);
  scene.first.answer(carried, 200, of_callee("a=recvonly\r\n"));
  EXPECT_EQ(media().heard_by(MediaSide::B), "music");
}

TEST_F(HoldMusic, ASideWithoutMusicIsLeftAsItIs) {
  scene.bench.provider(0).sip.media.hold_music.clear();
  scene.bench.publish();
  const auto [carried, answer] = offer(of_caller("a=inactive\r\n"), of_callee("a=inactive\r\n"));
  EXPECT_EQ(direction(carried), sdp::Direction::Inactive);
  EXPECT_EQ(direction(answer), sdp::Direction::Inactive);
  EXPECT_TRUE(media().clips.empty());
}

TEST_F(HoldMusic, ARefusedHoldChangesNothing) {
  scene.caller.request("INVITE", of_caller("a=sendonly\r\n"));
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.caller.expect_status(488);
  EXPECT_TRUE(media().clips.empty());
}

TEST_F(HoldMusic, EndsWithTheCall) {
  offer(of_caller("a=sendonly\r\n"), of_callee("a=recvonly\r\n"));
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  EXPECT_TRUE(scene.bench.media.live.empty());
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

}  // namespace
}  // namespace warp
