// Challenges of far ends: answered for the provider that the credentials are for, and for nobody else.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using namespace test;

constexpr std::string_view kRealm = "carrier.example";

std::string asks(std::string_view realm, std::string_view nonce, std::string_view more = "") {
  return "WWW-Authenticate: Digest realm=\"" + std::string(realm) + "\", nonce=\"" + std::string(nonce) +
         "\", algorithm=SHA-256, qop=\"auth\"" + std::string(more) + "\r\n";
}

class ChallengesTest : public testing::Test {
 protected:
  ChallengesTest() {
    const auto secret = sip::make_digest_secret("warp-1", kRealm, "secret");
    domain::ProviderCredential credential;
    credential.username = "warp-1";
    credential.realm = kRealm;
    credential.ha1_md5 = secret.md5;
    credential.ha1_sha256 = secret.sha256;
    scene.bench.provider(0).credentials.push_back(credential);
    scene.bench.publish();
  }
  static std::optional<sip::DigestCredentials> said(const sip::Message& request) {
    const auto credentials = sip::credentials_of(request, sip::HeaderId::Authorization, kRealm);
    return credentials ? *credentials : std::nullopt;
  }
  static void expect_right(const sip::Message& request, std::string_view nonce) {
    const auto credentials = said(request);
    ASSERT_TRUE(credentials) << request.text();
    EXPECT_EQ(credentials->nonce, nonce);
    EXPECT_EQ(credentials->username, "warp-1");
    const auto secret = sip::make_digest_secret("warp-1", kRealm, "secret");
    EXPECT_EQ(credentials->response, sip::digest_response(sip::DigestAlgorithm::Sha256, secret.sha256,
                                                          {request.method_text(), request.request_uri(),
                                                           nonce, credentials->nc, credentials->cnonce})
                                         .view());
  }
  // Up to the second INVITE, with our answer in it.
  sip::Message challenged() {
    const auto plain = scene.start();
    EXPECT_FALSE(said(plain));
    scene.first.answer(plain, 401, {}, "far", asks(kRealm, "n1"));
    scene.first.expect_request("ACK");
    return scene.first.expect_request("INVITE");
  }
  void establish() {
    scene.first.answer(challenged(), 200, CallScene::callee_sdp());
    scene.first.expect_request("ACK");
    scene.caller.learn(scene.caller.expect_status(200));
    scene.caller.ack();
  }

  CallScene scene;
};

TEST_F(ChallengesTest, AnInviteIsSentOnceMore) {
  const auto again = challenged();
  expect_right(again, "n1");
  EXPECT_EQ(again.cseq().number, 2u);
  EXPECT_NE(again.body(), "");
  scene.first.answer(again, 200, CallScene::callee_sdp());
  const auto ack = scene.first.expect_request("ACK");
  EXPECT_EQ(ack.cseq().number, 2u);
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.caller.request("BYE");
  const auto bye = scene.first.expect_request("BYE");
  EXPECT_EQ(bye.cseq().number, 3u);
  expect_right(bye, "n1");  // unasked, with the nonce counted on
  EXPECT_EQ(said(bye)->count(), 2u);
}

TEST_F(ChallengesTest, ARefusedAnswerIsNotTriedAgain) {
  const auto again = challenged();
  scene.first.answer(again, 401, {}, "far", asks(kRealm, "n2"));
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.first.quiet());
  scene.second.answer(scene.second.expect_request("INVITE"), 486);
  scene.second.expect_request("ACK");
  ASSERT_EQ(scene.bench.record().attempts.size(), 2u);
  EXPECT_EQ(scene.bench.record().attempts[0].reason, domain::Reason::FarEndChallenged);
}

TEST_F(ChallengesTest, AStaleNonceIsReplacedOnce) {
  const auto again = challenged();
  scene.first.answer(again, 401, {}, "far", asks(kRealm, "n2", ", stale=true"));
  scene.first.expect_request("ACK");
  expect_right(scene.first.expect_request("INVITE"), "n2");
}

TEST_F(ChallengesTest, SomebodyElsesRealmGetsNothing) {
  scene.first.answer(scene.start(), 401, {}, "far", asks("bank.example", "n1"));
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.first.quiet());
  scene.second.expect_request("INVITE");
}

TEST_F(ChallengesTest, AProviderWithoutCredentialsIsAFailedRoute) {
  scene.bench.provider(0).credentials.clear();
  scene.bench.publish();
  scene.first.answer(scene.start(), 407, {}, "far",
                     "Proxy-Authenticate: Digest realm=\"carrier.example\", nonce=\"n\"\r\n");
  scene.first.expect_request("ACK");
  scene.second.expect_request("INVITE");
}

// The far end names a Contact elsewhere, and that address asks our BYE for the carrier's realm.
TEST_F(ChallengesTest, AByeToAStrangerCarriesNothing) {
  const auto again = challenged();
  SipPeer stranger(scene.bench, "198.18.0.66:5060");
  stranger.answer(again, 200, CallScene::callee_sdp());
  stranger.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  const auto bye = stranger.expect_request("BYE");
  EXPECT_FALSE(said(bye)) << bye.text();
  stranger.answer(bye, 401, {}, "far", asks(kRealm, "n9"));
  EXPECT_TRUE(stranger.quiet());
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(ChallengesTest, AByeIsAnsweredForAsWell) {
  establish();
  scene.caller.request("BYE");
  const auto bye = scene.first.expect_request("BYE");
  scene.first.answer(bye, 401, {}, "far", asks(kRealm, "n2", ", stale=true"));
  const auto again = scene.first.expect_request("BYE");
  EXPECT_EQ(again.cseq().number, bye.cseq().number + 1);
  expect_right(again, "n2");
  scene.first.answer(again, 200);
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(ChallengesTest, AReinviteGoesThroughWithItsAnswer) {
  establish();
  scene.caller.request("INVITE", audio("192.0.2.10", 4002));
  const auto asked = scene.first.expect_request("INVITE");
  scene.first.answer(asked, 407, {}, "far",
                     "Proxy-Authenticate: Digest realm=\"carrier.example\", nonce=\"n3\", qop=\"auth\"\r\n");
  scene.first.expect_request("ACK");
  const auto again = scene.first.expect_request("INVITE");
  EXPECT_EQ(again.cseq().number, asked.cseq().number + 1);
  EXPECT_TRUE(again.has(sip::HeaderId::ProxyAuthorization));
  scene.first.answer(again, 200, CallScene::callee_sdp());
  EXPECT_EQ(scene.first.expect_request("ACK").cseq().number, again.cseq().number);
}

TEST_F(ChallengesTest, AnEarlyDialogIsAnsweredForAsWell) {
  const std::string can = "Supported: 100rel\r\nAllow: INVITE, UPDATE, PRACK\r\n";
  const auto plain = scene.start({.extra = can});
  scene.first.answer(plain, 401, {}, "far", asks(kRealm, "n1"));
  scene.first.expect_request("ACK");
  scene.first.answer(scene.first.expect_request("INVITE"), 183, CallScene::callee_sdp(), "far",
                     "Require: 100rel\r\nRSeq: 1\r\nAllow: INVITE, UPDATE, PRACK\r\n");
  const auto prack = scene.first.expect_request("PRACK");
  expect_right(prack, "n1");
  scene.first.answer(prack, 200);
  scene.caller.prack(scene.caller.expect_status(183));
  scene.caller.expect_status(200);
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400));
  const auto update = scene.first.expect_request("UPDATE");
  expect_right(update, "n1");
  scene.first.answer(update, 401, {}, "far", asks(kRealm, "n2", ", stale=true"));
  const auto again = scene.first.expect_request("UPDATE");
  expect_right(again, "n2");
  EXPECT_EQ(again.cseq().number, update.cseq().number + 1);
  scene.first.answer(again, 200, audio("203.0.113.1", 5500));
  EXPECT_FALSE(scene.caller.expect_status(200).body().empty());
  scene.caller.request("UPDATE", audio("192.0.2.10", 4402));
  EXPECT_EQ(scene.first.expect_request("UPDATE").cseq().number, again.cseq().number + 1);
}

TEST_F(ChallengesTest, APrackIsSentOnceMoreInItsEarlyDialog) {
  const std::string can = "Supported: 100rel\r\nAllow: INVITE, UPDATE, PRACK\r\n";
  scene.first.answer(scene.start({.extra = can}), 401, {}, "far", asks(kRealm, "n1"));
  scene.first.expect_request("ACK");
  scene.first.answer(scene.first.expect_request("INVITE"), 183, CallScene::callee_sdp(), "far",
                     "Require: 100rel\r\nRSeq: 1\r\nAllow: INVITE, UPDATE, PRACK\r\n");
  const auto prack = scene.first.expect_request("PRACK");
  scene.first.answer(prack, 401, {}, "far", asks(kRealm, "n2", ", stale=true"));
  const auto again = scene.first.expect_request("PRACK");
  expect_right(again, "n2");
  EXPECT_EQ(again.cseq().number, prack.cseq().number + 1);
  EXPECT_EQ(again.header(sip::HeaderId::RAck), prack.header(sip::HeaderId::RAck));
  scene.first.answer(again, 200);
  scene.caller.prack(scene.caller.expect_status(183));
  scene.caller.expect_status(200);
  scene.caller.request("UPDATE", audio("192.0.2.10", 4400));
  const auto update = scene.first.expect_request("UPDATE");
  EXPECT_EQ(update.cseq().number, again.cseq().number + 1);
  scene.first.answer(update, 200, audio("203.0.113.1", 5500));
  scene.caller.expect_status(200);
}

TEST_F(ChallengesTest, APrackOfACallThatIsOverIsLeftAlone) {
  const std::string can = "Supported: 100rel\r\nAllow: INVITE, UPDATE, PRACK\r\n";
  scene.first.answer(scene.start({.extra = can}), 401, {}, "far", asks(kRealm, "n1"));
  scene.first.expect_request("ACK");
  const auto invite = scene.first.expect_request("INVITE");
  scene.first.answer(invite, 183, CallScene::callee_sdp(), "far", "Require: 100rel\r\nRSeq: 1\r\n");
  const auto prack = scene.first.expect_request("PRACK");
  scene.first.answer(invite, 486);
  scene.first.expect_request("ACK");
  scene.first.answer(prack, 401, {}, "far", asks(kRealm, "n2", ", stale=true"));
  EXPECT_TRUE(scene.first.quiet());
}

}  // namespace
}  // namespace warp
