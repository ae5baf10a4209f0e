// Session descriptions on their way through, and what the media engine is told.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

TEST(Mediation, GivesEachSideOurAddressAndKeepsTheCodecs) {
  CallScene scene;
  const auto far = scene.start();
  const auto offer = parsed(far);
  EXPECT_EQ(offer.connection->address, "198.51.100.1");
  EXPECT_EQ(offer.origin.address, "198.51.100.1");
  EXPECT_EQ(offer.name, "-");
  ASSERT_EQ(offer.media.size(), 1u);
  EXPECT_EQ(offer.media[0].port, 30002);
  EXPECT_EQ(offer.media[0].attribute("rtcp")->value, "30003");
  EXPECT_EQ(offer.media[0].formats, (std::vector<std::string>{"0", "101"}));
  EXPECT_EQ(offer.media[0].fmtp(101), "0-15");
  scene.first.answer(far, 200, scene.callee_sdp());
  const auto answer = parsed(scene.caller.expect_status(200));
  EXPECT_EQ(answer.media[0].port, 30000);

  auto& session = scene.bench.media.only();
  EXPECT_EQ((session.remotes[{MediaSide::A, 0}].rtp.to_string()), "192.0.2.10:4000");
  EXPECT_EQ((session.remotes[{MediaSide::A, 0}].rtcp.to_string()), "192.0.2.10:4001");
  EXPECT_EQ((session.remotes[{MediaSide::B, 0}].rtp.to_string()), "203.0.113.1:5000");
  EXPECT_TRUE((session.remotes[{MediaSide::B, 0}].expect_rtp));
  EXPECT_EQ((session.clock_rates[{MediaSide::B, 0}]->at(101)), 8000u);
  EXPECT_EQ(session.request.timeout, 60s);
}

TEST(Mediation, LeavesBehindWhatWouldRevealOrBreak) {
  CallScene scene;
  const auto far = scene.start({.body = audio("192.0.2.10", 4000,
                                              "a=candidate:1 1 UDP 2130706431 192.0.2.10 4000 typ host\r\n"
                                              "a=ice-ufrag:abcd\r\na=ice-pwd:secretsecretsecretsecret\r\n"
                                              "a=fingerprint:sha-256 AB:CD\r\na=setup:actpass\r\n"
                                              "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n"
                                              "a=ssrc:1 cname:alice@192.0.2.10\r\na=mid:0\r\na=ptime:20\r\n"
                                              "a=rtcp:9999 IN IP4 192.0.2.11\r\n")});
  const auto offer = parsed(far);
  for (const auto* name :
       {"candidate", "ice-ufrag", "ice-pwd", "fingerprint", "setup", "crypto", "ssrc", "mid"})
    EXPECT_FALSE(offer.media[0].has(name)) << name;
  EXPECT_EQ(offer.media[0].ptime(), 20u);
  EXPECT_EQ((scene.bench.media.only().remotes[{MediaSide::A, 0}].rtcp.to_string()), "192.0.2.11:9999");
}

TEST(Mediation, EarlyMediaReachesTheCallerAndTheAnswerMayBeSilent) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp());
  const auto early = scene.caller.expect_status(183);
  EXPECT_EQ(parsed(early).media[0].port, 30000);
  EXPECT_EQ((scene.bench.media.only().remotes[{MediaSide::B, 0}].rtp.port), 5000);
  scene.first.answer(far, 200);
  const auto ok = scene.caller.expect_status(200);
  EXPECT_EQ(ok.body(), early.body());
  EXPECT_EQ(ok.to().tag, early.to().tag);
}

TEST(Mediation, ForksWithDescriptionsOfTheirOwnGetTagsOfTheirOwn) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 183, audio("203.0.113.1", 5000), "one");
  const auto one = scene.caller.expect_status(183);
  scene.first.answer(far, 183, audio("203.0.113.9", 5500), "two");
  const auto two = scene.caller.expect_status(183);
  EXPECT_NE(one.to().tag, two.to().tag);
  scene.first.answer(far, 200, audio("203.0.113.9", 5500), "two");
  EXPECT_EQ(scene.caller.expect_status(200).to().tag, two.to().tag);
  EXPECT_EQ((scene.bench.media.only().remotes[{MediaSide::B, 0}].rtp.to_string()), "203.0.113.9:5500");
}

TEST(Mediation, AnAnswerWithoutDescriptionIsNoAnswer) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 200);
  scene.first.expect_request("ACK");
  scene.first.expect_request("BYE");
  scene.caller.expect_status(502);
  EXPECT_EQ(scene.bench.record().reason, Reason::FarEndMalformed);
  EXPECT_FALSE(scene.bench.record().answered_at);
  EXPECT_TRUE(scene.bench.media.live.empty());
}

TEST(Mediation, ADelayedOfferIsMadeByTheFarEndAndAnsweredInTheAck) {
  CallScene scene;
  scene.caller.invite();
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_TRUE(far.body().empty());
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_TRUE(scene.first.quiet());
  const auto ok = scene.caller.expect_status(200);
  const int port = parsed(ok).media[0].port;
  EXPECT_EQ(port, scene.bench.media.only().local(MediaSide::A, 0).rtp.port);
  // The far end repeats itself meanwhile: no ACK without an answer.
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.learn(ok);
  scene.caller.ack(scene.caller_sdp());
  const auto ack = scene.first.expect_request("ACK");
  EXPECT_EQ(parsed(ack).media[0].port, scene.bench.media.only().local(MediaSide::B, 0).rtp.port);
  EXPECT_EQ((scene.bench.media.only().remotes[{MediaSide::A, 0}].rtp.port), 4000);
  EXPECT_EQ((scene.bench.media.only().remotes[{MediaSide::B, 0}].rtp.port), 5000);
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_EQ(scene.first.expect_request("ACK").body(), ack.body());
}

TEST(Mediation, AnAckWithoutTheAnswerEndsTheCall) {
  CallScene scene;
  scene.caller.invite();
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, scene.callee_sdp());
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.first.expect_request("ACK");
  scene.first.expect_request("BYE");
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::SdpInvalid);
}

TEST(Mediation, WorksBetweenAddressFamilies) {
  CallScene scene;
  scene.bench.provider(0).endpoints[0] = CatalogueBuilder::endpoint(1, "[2001:db8:1::1]:5060");
  scene.bench.publish();
  SipPeer six(scene.bench, "[2001:db8:1::1]:5060");
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  const auto far = six.expect_request("INVITE");
  EXPECT_EQ(parsed(far).connection->address, "2001:db8::1");
  EXPECT_TRUE(parsed(far).connection->v6);
  six.answer(far, 200, audio("2001:db8:1::1", 5000));
  EXPECT_EQ(parsed(scene.caller.expect_status(200)).connection->address, "198.51.100.1");
}

TEST(Mediation, EachLegHasTheMediaNetworkOfItsListener) {
  calls::Settings settings;
  settings.media_networks = {1, 2};
  CallScene scene(settings);
  scene.bench.provider(0).endpoints[0] = CatalogueBuilder::endpoint(1, "[2001:db8:1::1]:5060");
  scene.bench.publish();
  SipPeer six(scene.bench, "[2001:db8:1::1]:5060");  // by the second listener
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  const auto far = six.expect_request("INVITE");
  EXPECT_EQ(parsed(far).connection->address, "2001:db8::3");
  six.answer(far, 200, audio("2001:db8:1::1", 5000));
  EXPECT_EQ(parsed(scene.caller.expect_status(200)).connection->address, "198.51.100.2");
}

TEST(Mediation, AListenerThatNamesNoNetworkHasTheDefaultOne) {
  calls::Settings settings;
  settings.media_networks = {0};
  CallScene scene(settings);
  scene.start();
  for (const auto& side : scene.bench.media.requests.at(0).sides)
    EXPECT_EQ(side.network, 0);
}

TEST(Mediation, BypassCarriesTheDescriptionsAsTheyAre) {
  CallScene scene;
  scene.bench.trunk().media_mode = scene.bench.provider(0).media_mode = domain::MediaMode::Bypass;
  scene.bench.publish();
  const auto far = scene.start();
  EXPECT_EQ(far.body(), scene.caller_sdp());
  scene.first.answer(far, 200, scene.callee_sdp());
  EXPECT_EQ(scene.caller.expect_status(200).body(), scene.callee_sdp());
  EXPECT_TRUE(scene.bench.media.live.empty());
}

TEST(Mediation, OneSideThatAnchorsDecidesForBoth) {
  CallScene scene;
  scene.bench.trunk().media_mode = domain::MediaMode::Bypass;
  scene.bench.publish();
  EXPECT_NE(scene.start().body(), scene.caller_sdp());
  EXPECT_EQ(scene.bench.media.live.size(), 1u);
}

TEST(Mediation, LinesThatCannotBeRelayedAreRefused) {
  CallScene scene;
  std::string body = scene.caller_sdp() + "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n" +
                     "m=message 4004 TCP/MSRP *\r\nm=audio 4006 RTP/SAVP 0\r\nm=audio 4008 RTP/AVP 0\r\n" +
                     "m=audio 4010 RTP/AVP 0\r\n";
  const auto offer = parsed(scene.start({.body = body}));
  ASSERT_EQ(offer.media.size(), 6u);
  EXPECT_NE(offer.media[0].port, 0);
  EXPECT_NE(offer.media[1].port, 0);
  EXPECT_EQ(offer.media[2].port, 0);
  EXPECT_EQ(offer.media[3].port, 0);
  EXPECT_EQ(offer.media[4].port, 0);
  EXPECT_EQ(offer.media[5].port, 0);
  EXPECT_EQ(scene.bench.media.only().request.streams, 4);
}

TEST(Mediation, AStreamThatTheAnswerRefusesIsSwitchedOff) {
  CallScene scene;
  const std::string video = "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n";
  const auto far = scene.start({.body = scene.caller_sdp() + video});
  scene.first.answer(far, 200, scene.callee_sdp() + "m=video 0 RTP/AVP 97\r\n");
  EXPECT_EQ(parsed(scene.caller.expect_status(200)).media.at(1).port, 0);
  auto& session = scene.bench.media.only();
  EXPECT_EQ((session.remotes[{MediaSide::A, 1}].rtp.port), 0);
  EXPECT_FALSE((session.remotes[{MediaSide::A, 1}].expect_rtp));
  EXPECT_TRUE((session.remotes[{MediaSide::A, 0}].expect_rtp));
}

TEST(Mediation, SilenceEndsTheCall) {
  CallScene scene;
  scene.establish();
  scene.bench.media.only().counted.sides[0].packets_received = 77;
  scene.bench.media.strike();
  scene.bench.executor.run();
  scene.caller.expect_request("BYE");
  scene.first.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, Reason::MediaTimeout);
  EXPECT_EQ(scene.bench.record().caller_media.packets_received, 77u);
  EXPECT_EQ(scene.bench.record().caller_media.codec, "PCMU/8000");
}

TEST(Mediation, WhatIsToBeHeardIsSaidFromTheAnswerOn) {
  CallScene scene;
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp());
  EXPECT_TRUE(scene.bench.media.only().judged.empty()) << "early media";
  scene.first.answer(far, 200, scene.callee_sdp());
  ASSERT_EQ(scene.bench.media.only().judged.size(), 1u);
  const auto pcmu = domain::voice_codec("PCMU");
  EXPECT_EQ(scene.bench.media.only().judged[0][0], pcmu);
  EXPECT_EQ(scene.bench.media.only().judged[0][1], pcmu);
}

TEST(Mediation, OneWayAudioAndSilenceAreFactsAndCountedOnce) {
  CallScene scene;
  scene.establish();
  auto& session = scene.bench.media.only();
  using Kind = domain::MediaEventKind;
  for (const auto kind : {Kind::Unheard, Kind::HeardAgain, Kind::Unheard, Kind::Silent})
    session.tell({.kind = kind, .side = MediaSide::B, .duration = std::chrono::seconds(10)});
  session.tell({.kind = Kind::Silent, .side = MediaSide::A, .duration = std::chrono::seconds(30)});
  scene.bench.executor.run();
  scene.bench.media.strike();
  scene.bench.executor.run();
  const auto& facts = scene.bench.record().facts.read();
  EXPECT_EQ(facts.one_way, "callee");
  EXPECT_EQ(facts.silent, "callee caller");
  const auto count = [&](const char* name, const char* help, const char* party) {
    return scene.bench.metrics.counter(name, help, {{"direction", "outbound"}, {"party", party}}).value();
  };
  EXPECT_EQ(
      count("warp_calls_media_one_way_total",
            "Answered calls in which nothing came of a side while the other one was heard.", "provider"),
      1u);
  EXPECT_EQ(count("warp_calls_media_silent_total", "Answered calls in which what came of a side was silence.",
                  "customer"),
            1u);
}

TEST(Mediation, SilenceReportedAfterTheEndFindsNothing) {
  CallScene scene;
  scene.establish();
  scene.bench.media.strike();
  scene.caller.request("BYE");
  scene.bench.executor.run();
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
  EXPECT_EQ(scene.bench.record().reason, Reason::NormalClearing);
}

TEST(Mediation, SymmetricRtpFollowsTrunkAndProvider) {
  CallScene scene;
  scene.bench.trunk().symmetric_rtp = true;
  scene.bench.publish();
  scene.start();
  EXPECT_TRUE(scene.bench.media.requests.at(0).sides[0].symmetric_rtp);
  EXPECT_FALSE(scene.bench.media.requests.at(0).sides[1].symmetric_rtp);
}

}  // namespace
}  // namespace warp
