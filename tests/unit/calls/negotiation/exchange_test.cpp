// Offers and answers through the engine, by the media policies of both sides.
#include "negotiation/exchange.h"

#include <gtest/gtest.h>

#include "negotiation/keys.h"
#include "support/audio_lines.h"
#include "support/sip_peer.h"

namespace warp {
namespace {

using calls::crypto_lines;
using domain::AudioCodec;
using domain::KeyAgreement;
using domain::MediaSecurity;
using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

const std::string kCrypto =
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n";

// audio() in another profile.
std::string in_profile(std::string body, std::string_view profile) {
  const auto at = body.find("RTP/AVP");
  return body.replace(at, 7, profile);
}

std::string with_formats(std::string_view ip, int port, const std::string& formats,
                         const std::string& rest = "") {
  return "v=0\r\no=a 1 1 IN IP4 " + std::string(ip) + "\r\ns=-\r\nc=IN IP4 " + std::string(ip) +
         "\r\nt=0 0\r\nm=audio " + std::to_string(port) + " RTP/AVP " + formats + "\r\n" + rest;
}

struct Exchange : testing::Test {
  domain::MediaPolicy& caller_policy() { return scene.bench.trunk().sip.media; }
  domain::MediaPolicy& callee_policy() { return scene.bench.provider(0).sip.media; }
  FakeMedia::Session& media() { return scene.bench.media.only(); }
  sip::Message start(const std::string& body) {
    scene.bench.publish();
    return scene.start({.body = body});
  }
  // With ICE and DTLS-SRTP, which the caller's policy asks for; `mid` names the line.
  sip::Message start_from_browser(const std::string& mid, const std::string& rest = "") {
    scene.bench.media.certificate = {"sha-256", std::vector<std::byte>(32, std::byte{0x5a})};
    caller_policy().security = MediaSecurity::Required;
    caller_policy().keys = KeyAgreement::Dtls;
    caller_policy().ice = true;
    std::string lines = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AB";
    for (int i = 1; i < 32; ++i)
      lines += ":CD";
    lines += "\r\na=setup:actpass\r\na=mid:" + mid + "\r\na=rtcp-mux\r\n" + rest;
    return start(in_profile(audio("192.0.2.10", 4000, lines), "UDP/TLS/RTP/SAVPF"));
  }
  // Answers and confirms; gives the caller's 200.
  sip::Message answer(const sip::Message& far, const std::string& body) {
    scene.first.answer(far, 200, body);
    scene.first.expect_request("ACK");
    auto ok = scene.caller.expect_status(200);
    scene.caller.learn(ok);
    scene.caller.ack();
    return ok;
  }
  // The callee's key line in answer to ours.
  static std::string answered_key(const sip::Message& far, std::size_t which = 0) {
    SeededIdSource ids(99);
    const auto offered = crypto_lines(parsed(far).media[0]).at(which);
    return "a=crypto:" + calls::crypto_value({offered.tag, calls::fresh_keys(offered.keys.suite, ids)}) +
           "\r\n";
  }

  CallScene scene;
};

TEST_F(Exchange, APlainCallIsDescribedAsEverAndHasTerms) {
  const auto far = start(CallScene::caller_sdp());
  answer(far, CallScene::callee_sdp());
  EXPECT_EQ(media().terms(MediaSide::A), media().terms(MediaSide::B));
  ASSERT_EQ(media().terms(MediaSide::A).formats.size(), 1u);
  EXPECT_EQ(media().terms(MediaSide::A).events, 101);
  EXPECT_EQ((media().remotes[{MediaSide::A, 0}].terms), (media().remotes[{MediaSide::B, 0}].terms));
}

TEST_F(Exchange, ACodecThatTheOtherSideLacksIsMadeHere) {
  callee_policy().codecs = {"G729", "PCMU"};
  callee_policy().transcode = true;
  const auto far = start(CallScene::caller_sdp());
  EXPECT_EQ(shown(parsed(far).media[0]), "0:PCMU 18:G729 101:telephone-event");
  const auto ok =
      answer(far, with_formats("203.0.113.1", 5000, "18 101", "a=rtpmap:101 telephone-event/8000\r\n"));
  EXPECT_EQ(shown(parsed(ok).media[0]), "0:PCMU 101:telephone-event");
  ASSERT_EQ(media().terms(MediaSide::A).formats.size(), 1u);
  EXPECT_EQ(media().terms(MediaSide::A).formats[0].codec, AudioCodec::Pcmu);
  ASSERT_EQ(media().terms(MediaSide::B).formats.size(), 1u);
  EXPECT_EQ(media().terms(MediaSide::B).formats[0].codec, AudioCodec::G729);
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().caller_media.codec, "PCMU/8000");
  EXPECT_EQ(scene.bench.record().callee_media.codec, "G729/8000");
}

TEST_F(Exchange, ACallerWithoutAnAllowedCodecIsRefused) {
  callee_policy().codecs = scene.bench.provider(1).sip.media.codecs = {"G729"};
  scene.bench.publish();
  scene.caller.invite({.body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  scene.caller.expect_status(488);
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.reason, Reason::MediaUnsupported);
  EXPECT_EQ(record.release_side, domain::ReleaseSide::Platform);
  ASSERT_EQ(record.attempts.size(), 2u);
  for (const auto& attempt : record.attempts)
    EXPECT_EQ(attempt.reason, Reason::MediaUnsupported);
  EXPECT_EQ(scene.bench.limits.provider_channels(id_of<ProviderId>(1)), 0u);
  EXPECT_EQ(scene.bench.limits.provider_channels(id_of<ProviderId>(2)), 0u);
}

TEST_F(Exchange, ACandidateWithoutAnAllowedCodecIsPassedOver) {
  callee_policy().codecs = {"G729"};
  scene.bench.publish();
  scene.caller.invite({.body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  const auto far = scene.second.expect_request("INVITE");
  EXPECT_TRUE(scene.first.quiet());
  scene.second.answer(far, 200, audio("203.0.113.2", 5000));
  scene.second.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.caller.request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.provider, id_of<ProviderId>(2));
  ASSERT_EQ(record.attempts.size(), 2u);
  EXPECT_EQ(record.attempts[0].provider, id_of<ProviderId>(1));
  EXPECT_EQ(record.attempts[0].reason, Reason::MediaUnsupported);
  EXPECT_EQ(record.attempts[0].sip_status, 0);
}

TEST_F(Exchange, WhatACandidateAnsweredSaysMoreThanThatAnotherHadNoCodec) {
  scene.bench.provider(1).sip.media.codecs = {"G729"};
  scene.first.answer(start(CallScene::caller_sdp()), 503);
  scene.caller.expect_status(503);
  EXPECT_EQ(scene.bench.record().reason, Reason::AllRoutesFailed);
  EXPECT_EQ(scene.bench.record().attempts.at(1).reason, Reason::MediaUnsupported);
}

TEST_F(Exchange, AnAnswerThatCannotBeBroughtTogetherIsTheFarEndsFault) {
  callee_policy().codecs = {"PCMU"};
  const auto far = start(CallScene::caller_sdp());
  scene.first.answer(far, 200, with_formats("203.0.113.1", 5000, "3"));
  scene.first.expect_request("ACK");
  scene.first.expect_request("BYE");
  scene.caller.expect_status(502);
}

TEST_F(Exchange, TheCodecChangesWithinTheCallFromEitherSide) {
  callee_policy().codecs = {"G729", "PCMU"};
  callee_policy().transcode = true;
  answer(start(CallScene::caller_sdp()), CallScene::callee_sdp());
  EXPECT_EQ(media().terms(MediaSide::B).formats[0].codec, AudioCodec::Pcmu);
  scene.first.request("INVITE", with_formats("203.0.113.1", 5000, "18"));
  scene.first.expect_status(100);
  const auto again = scene.caller.expect_request("INVITE");
  // Its offer has no codec that the caller would get made: it is carried as it is.
  EXPECT_EQ(shown(parsed(again).media[0]), "18:G729");
  scene.caller.answer(again, 488);
  scene.caller.expect_request("ACK");
  scene.first.expect_status(488);
  scene.first.ack();
  scene.caller.request("INVITE", with_formats("192.0.2.10", 4000, "8"));
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_EQ(shown(parsed(far).media[0]), "18:G729 0:PCMU");
  scene.first.answer(far, 200, with_formats("203.0.113.1", 5000, "0"));
  EXPECT_EQ(shown(parsed(scene.caller.expect_status(200)).media[0]), "8:PCMA");
  EXPECT_EQ(media().terms(MediaSide::A).formats[0].codec, AudioCodec::Pcma);
  EXPECT_EQ(media().terms(MediaSide::B).formats[0].codec, AudioCodec::Pcmu);
}

TEST_F(Exchange, OneSideIsEncryptedTheOtherNot) {
  callee_policy().security = MediaSecurity::Required;
  const auto far = start(CallScene::caller_sdp());
  EXPECT_EQ(parsed(far).media[0].proto, "RTP/SAVP");
  const auto ok = answer(far, in_profile(audio("203.0.113.1", 5000, answered_key(far, 3)), "RTP/SAVP"));
  EXPECT_EQ(parsed(ok).media[0].proto, "RTP/AVP");
  EXPECT_FALSE(parsed(ok).media[0].has("crypto"));
  const auto& terms = media().terms(MediaSide::B);
  EXPECT_EQ(terms.send, crypto_lines(parsed(far).media[0])[3].keys);
  EXPECT_EQ(terms.receive.suite, terms.send.suite);
  EXPECT_NE(terms.receive, terms.send);
  EXPECT_EQ(media().terms(MediaSide::A).send.suite, domain::SrtpSuite::None);
}

TEST_F(Exchange, BothSidesEncryptUnderKeysOfTheirOwn) {
  caller_policy().security = callee_policy().security = MediaSecurity::Optional;
  const auto far = start(in_profile(audio("192.0.2.10", 4000, kCrypto), "RTP/SAVP"));
  EXPECT_EQ(parsed(far).media[0].proto, "RTP/AVP");
  scene.first.answer(far, 183, audio("203.0.113.1", 5000, answered_key(far)));
  const auto early = scene.caller.expect_status(183);
  const auto ok = answer(far, audio("203.0.113.1", 5000, answered_key(far)));
  EXPECT_EQ(ok.body(), early.body());
  EXPECT_EQ(parsed(ok).media[0].proto, "RTP/SAVP");
  EXPECT_EQ(crypto_lines(parsed(ok).media[0]).at(0).keys, media().terms(MediaSide::A).send);
  EXPECT_NE(media().terms(MediaSide::A).send, media().terms(MediaSide::B).send);
}

TEST_F(Exchange, WhatMustBeEncryptedAndIsNotIsRefused) {
  caller_policy().security = MediaSecurity::Required;
  scene.bench.publish();
  scene.caller.invite({.body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  const auto refused = scene.caller.expect_status(488);
  EXPECT_NE(refused.header(sip::HeaderId::Reason).find("2029"), std::string::npos);
  EXPECT_EQ(scene.bench.record().reason, Reason::MediaNotEncrypted);
  EXPECT_TRUE(scene.bench.media.live.empty());
}

TEST_F(Exchange, AFarEndThatAnswersInTheClearIsLeft) {
  callee_policy().security = MediaSecurity::Required;
  const auto far = start(CallScene::caller_sdp());
  scene.first.answer(far, 200, CallScene::callee_sdp());
  scene.first.expect_request("ACK");
  scene.first.expect_request("BYE");
  scene.caller.expect_status(502);
}

TEST_F(Exchange, AnOptionalKeyThatIsNotTakenLeavesPlainRtp) {
  callee_policy().security = MediaSecurity::Optional;
  const auto far = start(CallScene::caller_sdp());
  EXPECT_EQ(crypto_lines(parsed(far).media[0]).size(), 6u);
  answer(far, CallScene::callee_sdp());
  EXPECT_EQ(media().terms(MediaSide::B).send.suite, domain::SrtpSuite::None);
}

TEST_F(Exchange, KeysStayOverAReinviteAndMoveWithThePeers) {
  callee_policy().security = MediaSecurity::Required;
  const auto far = start(CallScene::caller_sdp());
  const auto said = in_profile(audio("203.0.113.1", 5000, answered_key(far, 3)), "RTP/SAVP");
  answer(far, said);
  const domain::SrtpKeys ours = media().terms(MediaSide::B).send;
  scene.caller.request("INVITE", audio("192.0.2.10", 4000, "a=sendonly\r\n"));
  scene.caller.expect_status(100);
  const auto held = scene.first.expect_request("INVITE");
  ASSERT_EQ(crypto_lines(parsed(held).media[0]).size(), 1u);
  EXPECT_EQ(crypto_lines(parsed(held).media[0])[0].keys, ours);
  SeededIdSource ids(5);
  const auto theirs = calls::fresh_keys(ours.suite, ids);
  const std::string key = "a=crypto:" + calls::crypto_value({1, theirs}) + "\r\na=recvonly\r\n";
  scene.first.answer(held, 200, in_profile(audio("203.0.113.1", 5000, key), "RTP/SAVP"));
  scene.first.expect_request("ACK");
  scene.caller.expect_status(200);
  scene.caller.ack();
  EXPECT_EQ(media().terms(MediaSide::B).receive, theirs);
  EXPECT_EQ(media().terms(MediaSide::B).send, ours);
  scene.first.request("INVITE", in_profile(audio("203.0.113.1", 5000, kCrypto), "RTP/SAVP"));
  scene.first.expect_status(100);
  scene.caller.answer(scene.caller.expect_request("INVITE"), 200, CallScene::caller_sdp());
  scene.first.expect_status(200);
  EXPECT_NE(media().terms(MediaSide::B).send, ours);
}

TEST_F(Exchange, DtlsAndIceTowardsABrowser) {
  const auto far = start_from_browser("0", "a=rtcp-fb:* transport-cc\r\n");
  const auto offer = parsed(far);
  EXPECT_EQ(offer.media[0].proto, "RTP/AVP");
  for (const auto* name : {"fingerprint", "setup", "ice-ufrag", "candidate", "mid", "rtcp-fb"})
    EXPECT_FALSE(offer.media[0].has(name)) << name;
  const auto back = parsed(answer(far, CallScene::callee_sdp()));
  EXPECT_EQ(back.media[0].proto, "UDP/TLS/RTP/SAVPF");
  EXPECT_EQ(back.media[0].attribute("setup")->value, "passive");
  EXPECT_TRUE(back.media[0].rtcp_mux());
  EXPECT_NE(back.attribute("ice-lite"), nullptr);
  const auto& terms = media().terms(MediaSide::A);
  ASSERT_TRUE(terms.dtls && terms.ice);
  EXPECT_FALSE(terms.dtls->active);
  EXPECT_EQ(terms.ice->remote_ufrag, "abcd");
  EXPECT_EQ(terms.ice->local_ufrag, back.media[0].attribute("ice-ufrag")->value);
  EXPECT_TRUE((media().remotes[{MediaSide::A, 0}].rtcp_mux));
  EXPECT_FALSE((media().remotes[{MediaSide::B, 0}].rtcp_mux));
}

TEST_F(Exchange, ADelayedOfferIsSecuredToo) {
  callee_policy().security = MediaSecurity::Optional;
  caller_policy().security = MediaSecurity::Required;
  scene.bench.publish();
  scene.caller.invite();
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, audio("203.0.113.1", 5000, kCrypto));
  const auto ok = scene.caller.expect_status(200);
  EXPECT_EQ(parsed(ok).media[0].proto, "RTP/SAVP");
  scene.caller.learn(ok);
  scene.caller.ack(in_profile(audio("192.0.2.10", 4000, answered_key(ok, 1)), "RTP/SAVP"));
  const auto ack = scene.first.expect_request("ACK");
  EXPECT_EQ(crypto_lines(parsed(ack).media[0]).at(0).keys, media().terms(MediaSide::B).send);
  EXPECT_EQ(media().terms(MediaSide::A).send, crypto_lines(parsed(ok).media[0])[1].keys);
}

TEST_F(Exchange, HostileLinesAreNoKeys) {
  caller_policy().security = callee_policy().security = MediaSecurity::Optional;
  std::string hostile;
  for (const auto* line :
       {"a=crypto:\r\n", "a=crypto:1\r\n", "a=crypto:99999999999 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:||||\r\n", "a=fingerprint:sha-256\r\n",
        "a=fingerprint:sha-256 ::::\r\n", "a=setup:\r\n", "a=ice-ufrag:\r\n", "a=ice-pwd: \r\n",
        "a=candidate:x\r\n", "a=mid:\r\n"})
    hostile += line;
  const auto far = start(audio("192.0.2.10", 4000, hostile));
  const auto ok = answer(far, audio("203.0.113.1", 5000, hostile));
  EXPECT_FALSE(parsed(ok).media[0].has("crypto"));
  EXPECT_EQ(media().terms(MediaSide::A).send.suite, domain::SrtpSuite::None);
  EXPECT_EQ(media().terms(MediaSide::B).send.suite, domain::SrtpSuite::None);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

// RFC 9143 §9: the name of a line stays, whoever offers.
TEST_F(Exchange, APeersNameOfALineComesBackInOffersOfOurs) {
  answer(start_from_browser("voice"), CallScene::callee_sdp());
  scene.first.request("INVITE", audio("203.0.113.1", 5000, "a=sendonly\r\n"));
  scene.first.expect_status(100);
  const auto offer = parsed(scene.caller.expect_request("INVITE"));
  ASSERT_TRUE(offer.media[0].has("mid"));
  EXPECT_EQ(offer.media[0].attribute("mid")->value, "voice");
  EXPECT_EQ(offer.attribute("group")->value, "BUNDLE voice");
}

TEST_F(Exchange, FaxReachesASideThatWantsItAsAudio) {
  callee_policy().fax = domain::FaxMode::Audio;
  answer(start(CallScene::caller_sdp()), CallScene::callee_sdp());
  const std::string fax =
      "v=0\r\no=a 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
      "m=image 4100 udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n";
  scene.caller.request("INVITE", fax);
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_EQ(shown(parsed(far).media[0]), "0:PCMU 8:PCMA");
  scene.first.answer(far, 200, with_formats("203.0.113.1", 5000, "8"));
  const auto ok = parsed(scene.caller.expect_status(200));
  EXPECT_EQ(ok.media[0].kind, "image");
  EXPECT_EQ(ok.media[0].proto, "udptl");
  EXPECT_NE(ok.media[0].port, 0);
  EXPECT_TRUE((media().remotes[{MediaSide::A, 0}].opaque));
  EXPECT_FALSE((media().remotes[{MediaSide::B, 0}].opaque));
  EXPECT_EQ(media().terms(MediaSide::B).formats.at(0).codec, AudioCodec::Pcma);
  EXPECT_EQ(media().terms(MediaSide::B).fax, domain::FaxMode::Audio);
}

TEST_F(Exchange, RefusedFaxLeavesTheAudio) {
  answer(start(CallScene::caller_sdp()), CallScene::callee_sdp());
  scene.caller.request("INVITE",
                       "v=0\r\no=a 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
                       "m=image 4100 udptl t38\r\n");
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.caller.expect_status(488);
  EXPECT_EQ((media().remotes[{MediaSide::A, 0}].rtp.to_string()), "192.0.2.10:4000");
  EXPECT_FALSE((media().remotes[{MediaSide::A, 0}].opaque));
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Exchange, TermsAndKeysOutliveTheProcess) {
  callee_policy().security = MediaSecurity::Required;
  const auto far = start(CallScene::caller_sdp());
  answer(far, in_profile(audio("203.0.113.1", 5000, answered_key(far)), "RTP/SAVP"));
  domain::SrtpMemory srtp;
  srtp.send = media().terms(MediaSide::B).send;
  srtp.receive = media().terms(MediaSide::B).receive;
  srtp.sent = {{11, 1, 2, 3}};
  media().srtp[{MediaSide::B, 0}] = srtp;
  media().tell({.kind = domain::MediaEventKind::StateMoved});
  scene.bench.executor.run();
  calls::Orphan orphan;
  orphan.draft = scene.bench.records.drafts.at(0);
  orphan.state = scene.bench.records.updated_states.back();
  orphan.last_alive = scene.bench.clock.wall();
  CallScene after;
  after.bench.clock.advance(orphan.last_alive - after.bench.clock.wall() + 1s);
  after.bench.engine.recover(orphan);
  ASSERT_EQ(after.bench.engine.active_calls(), 1u);
  auto& revived = after.bench.media.only();
  EXPECT_EQ(revived.terms(MediaSide::B), media().terms(MediaSide::B));
  EXPECT_EQ((revived.srtp[{MediaSide::B, 0}].sent.at(0).ssrc), 11u);
}

}  // namespace
}  // namespace warp
