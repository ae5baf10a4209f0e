// A caller whose far end rings in silence hears its own trunk's ring-back.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using namespace test;
using namespace std::chrono_literals;

struct Ringback : testing::Test {
  Ringback() {
    scene.bench.clips.add("ring", 2s);
    scene.bench.trunk().sip.media.ringback = "ring";
    scene.bench.publish();
  }
  FakeMedia::Session& media() { return scene.bench.media.only(); }
  std::uint64_t unheard(const char* reason) {
    return scene.bench.metrics
        .counter("warp_calls_announcements_unheard_total", "Clips that were to be played and were not.",
                 {{"reason", reason}})
        .value();
  }

  CallScene scene;
};

TEST_F(Ringback, IsHeardOnOurOwnAnswer) {
  const auto far = scene.start();
  scene.first.answer(far, 180);
  const auto early = scene.caller.expect_status(183);
  const auto answer = parsed(early);
  ASSERT_EQ(answer.media.size(), 1u);
  EXPECT_EQ(answer.media[0].port, 30000);
  EXPECT_EQ(answer.connection->address, "198.51.100.1");
  EXPECT_EQ(answer.media[0].formats, (std::vector<std::string>{"0", "101"}));
  EXPECT_EQ(answer.media[0].fmtp(101), "0-15");
  ASSERT_EQ(media().clips.size(), 1u);
  EXPECT_EQ(media().clips[0].towards, MediaSide::A);
  EXPECT_EQ(media().clips[0].name, "ring");
  EXPECT_TRUE(media().clips[0].loop);
  const auto& told = media().remotes[{MediaSide::A, 0}];
  EXPECT_EQ(told.rtp.to_string(), "192.0.2.10:4000");
  ASSERT_TRUE(told.terms);
  EXPECT_EQ(told.terms->formats.at(0).codec, domain::AudioCodec::Pcmu);
  EXPECT_EQ(told.terms->events, 101);
}

TEST_F(Ringback, EndsWithTheAnswerWhichIsAnotherDialog) {
  const auto far = scene.start();
  scene.first.answer(far, 180);
  const auto early = scene.caller.expect_status(183);
  scene.first.answer(far, 200,
                     "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n"
                     "m=audio 5000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n");
  const auto ok = scene.caller.expect_status(200);
  EXPECT_NE(ok.to().tag, early.to().tag) << "whose description may differ";
  EXPECT_EQ(parsed(ok).media[0].formats, (std::vector<std::string>{"8"}));
  EXPECT_EQ(media().heard_by(MediaSide::A), "");
  scene.caller.learn(ok);
  scene.caller.ack();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST_F(Ringback, EndsWithEarlyMedia) {
  const auto far = scene.start();
  scene.first.answer(far, 180);
  const auto own = scene.caller.expect_status(183);
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto theirs = scene.caller.expect_status(183);
  EXPECT_NE(own.to().tag, theirs.to().tag);
  EXPECT_EQ(media().heard_by(MediaSide::A), "");
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_EQ(scene.caller.expect_status(200).to().tag, theirs.to().tag);
}

TEST_F(Ringback, IsToldOnceAndNotInterruptedByFurtherRinging) {
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.expect_status(183);
  scene.first.answer(far, 180);
  const auto again = scene.caller.expect_status(183);
  EXPECT_TRUE(again.body().empty());
  EXPECT_EQ(media().clips.size(), 1u);
}

TEST_F(Ringback, GoesOnWhileTheNextProviderIsTried) {
  const auto far = scene.start();
  scene.first.answer(far, 180);
  const auto early = scene.caller.expect_status(183);
  scene.first.answer(far, 503);
  scene.first.expect_request("ACK");
  const auto next = scene.second.expect_request("INVITE");
  EXPECT_EQ(media().heard_by(MediaSide::A), "ring");
  EXPECT_TRUE((media().remotes[{MediaSide::A, 0}].terms)) << "the offer has described the side anew";
  scene.second.answer(next, 180);
  EXPECT_TRUE(scene.caller.expect_status(183).body().empty());
  scene.second.answer(next, 200, audio("203.0.113.2", 5600));
  EXPECT_NE(scene.caller.expect_status(200).to().tag, early.to().tag);
  EXPECT_EQ(media().heard_by(MediaSide::A), "");
}

TEST_F(Ringback, EndsWithTheCall) {
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.expect_status(183);
  scene.caller.cancel();
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  EXPECT_TRUE(scene.bench.media.live.empty());
  EXPECT_EQ(scene.bench.record().reason, domain::Reason::CallerCancelled);
}

TEST_F(Ringback, IsReliableWhereTheCallerWantsThat) {
  scene.bench.trunk().sip.provisional.reliable = domain::ReliableProvisional::Supported;
  scene.bench.publish();
  const auto far = scene.start({.extra = "Supported: 100rel\r\n"});
  scene.first.answer(far, 180);
  const auto early = scene.caller.expect_status(183);
  EXPECT_TRUE(early.has(sip::HeaderId::RSeq));
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_TRUE(scene.caller.quiet()) << "the answer waits for the PRACK";
  scene.caller.prack(early);
  scene.caller.expect_status(200);
  const auto ok = scene.caller.expect_status(200);
  EXPECT_EQ(ok.cseq().method, sip::Method::Invite);
  EXPECT_NE(ok.to().tag, early.to().tag);
}

TEST_F(Ringback, TakesTheFirstFormatThatThePolicyAllows) {
  scene.bench.trunk().sip.media.codecs = {"PCMA"};
  scene.bench.publish();
  const auto far = scene.start({.body = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\n"
                                        "t=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\nm=video 4002 RTP/AVP 96\r\n"
                                        "a=rtpmap:96 H264/90000\r\n"});
  scene.first.answer(far, 180);
  const auto answer = parsed(scene.caller.expect_status(183));
  ASSERT_EQ(answer.media.size(), 2u);
  EXPECT_EQ(answer.media[0].formats, (std::vector<std::string>{"8"}));
  EXPECT_EQ(answer.media[1].port, 0) << "a line of the offer stays a line";
}

// Where nothing of ours can be heard, the 180 goes on as it came.
struct NoRingback : Ringback, testing::WithParamInterface<int> {};

TEST_P(NoRingback, LeavesThe180AsItIs) {
  auto& policy = scene.bench.trunk().sip;
  std::string body = scene.caller_sdp();
  switch (GetParam()) {
    case 0:
      policy.media.ringback = "other";
      break;
    case 1:
      policy.provisional.early_media = false;
      break;
    case 2:
      scene.bench.media.plays = false;
      break;
    case 3:
      body = audio("192.0.2.10", 4000, "a=sendonly\r\n");
      break;
    case 4:
      body =
          "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
          "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 EVS/16000\r\n";
      break;
    case 5:
      body = audio("192.0.2.10", 4000, "a=inactive\r\n");
      break;
    case 6:
      policy.media.ringback = "";
      break;
  }
  scene.bench.publish();
  const auto far = scene.start({.body = body});
  scene.first.answer(far, 180);
  EXPECT_TRUE(scene.caller.expect_status(180).body().empty());
  EXPECT_TRUE(media().clips.empty());
  EXPECT_EQ(unheard("missing"), GetParam() == 0 ? 1u : 0u);
  EXPECT_EQ(unheard("unplayable"), GetParam() == 2 ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(Cases, NoRingback, testing::Range(0, 7));

}  // namespace
}  // namespace warp
