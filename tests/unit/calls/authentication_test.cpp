// Who may call: by address, by digest, by either, by both.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using namespace test;

class AuthenticationTest : public testing::Test {
 protected:
  explicit AuthenticationTest(std::optional<calls::GuardSettings> guarded = {})
      : scene(calls::Settings{}, std::move(guarded)) {
    type(domain::AuthType::Digest);
  }
  void type(domain::AuthType type) {
    scene.bench.trunk().auth_type = type;
    if (scene.bench.world.catalogue.credentials.empty()) scene.bench.credential("alice");
    scene.bench.publish();
  }
  // What a client that knows `password` sends for that challenge.
  std::string answer_to(const sip::Message& challenge, std::string_view password = "secret",
                        std::string_view username = "alice", std::size_t which = 0) {
    const auto offered = sip::challenges_of(challenge, sip::HeaderId::WwwAuthenticate);
    if (offered.size() <= which) {
      ADD_FAILURE() << challenge.text();
      return {};
    }
    sip::DigestCredentials said;
    said.username = username;
    said.realm = offered[which].realm;
    said.nonce = offered[which].nonce;
    said.algorithm = offered[which].algorithm;
    said.uri = "sip:12125550100@198.51.100.1";
    said.nc = "00000001";
    said.cnonce = "c";
    const auto secret = sip::make_digest_secret(username, said.realm, password);
    said.response = sip::digest_response(said.algorithm, secret.of(said.algorithm),
                                         {"INVITE", said.uri, said.nonce, said.nc, said.cnonce})
                        .text();
    return "Authorization: " + sip::write(said) + "\r\n";
  }
  sip::Message challenged(SipPeer& peer) {
    peer.invite({.body = CallScene::caller_sdp()});
    peer.expect_status(100);
    return peer.expect_status(401);
  }
  void expect_call(SipPeer& peer, const std::string& extra = {}) {
    peer.invite({.body = CallScene::caller_sdp(), .extra = extra});
    peer.expect_status(100);
    scene.first.expect_request("INVITE");
  }
  void expect_refusal(SipPeer& peer, const std::string& extra) {
    peer.invite({.body = CallScene::caller_sdp(), .extra = extra});
    peer.expect_status(100);
    const auto response = peer.expect_status(403);
    EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=2014;text=\"AUTHENTICATION_FAILED\"");
    EXPECT_TRUE(scene.first.quiet());
  }

  CallScene scene;
  SipPeer roamer{scene.bench, "198.18.0.7:5060"};
};

TEST_F(AuthenticationTest, AChallengeOffersBothAlgorithms) {
  const auto response = challenged(roamer);
  const auto offered = sip::challenges_of(response, sip::HeaderId::WwwAuthenticate);
  ASSERT_EQ(offered.size(), 2u);
  EXPECT_EQ(offered[0].algorithm, sip::DigestAlgorithm::Sha256);
  EXPECT_EQ(offered[1].algorithm, sip::DigestAlgorithm::Md5);
  EXPECT_EQ(offered[0].realm, "warp");
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=2013;text=\"AUTHENTICATION_REQUIRED\"");
  EXPECT_TRUE(scene.bench.records.records.empty());
}

TEST_F(AuthenticationTest, CredentialsOpenTheTrunkFromAnywhere) {
  expect_call(roamer, answer_to(challenged(roamer)));
  expect_call(roamer, answer_to(challenged(roamer), "secret", "alice", 1));
}

TEST_F(AuthenticationTest, TheRecordSaysWhose) {
  roamer.invite(
      {.dni = "12125550100", .body = CallScene::caller_sdp(), .extra = answer_to(challenged(roamer))});
  roamer.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 486);
  scene.first.expect_request("ACK");
  ASSERT_EQ(scene.bench.records.records.size(), 1u);
  EXPECT_EQ(scene.bench.record().facts->credential, "alice");
  EXPECT_EQ(scene.bench.record().trunk, id_of<TrunkId>(1));
}

class GuardedAuthenticationTest : public AuthenticationTest {
 protected:
  GuardedAuthenticationTest() : AuthenticationTest(calls::GuardSettings{}) {}
};

TEST_F(GuardedAuthenticationTest, WrongAndUnknownAreToldTheSame) {
  expect_refusal(roamer, answer_to(challenged(roamer), "guess"));
  expect_refusal(roamer, answer_to(challenged(roamer), "secret", "nobody"));
  EXPECT_EQ(scene.bench.metrics
                .counter("warp_protection_offences_total",
                         "What sources were refused for or dropped for, by what it was.",
                         {{"offence", "auth_failure"}})
                .value(),
            2u);
  EXPECT_EQ(scene.bench.refused("AUTHENTICATION_FAILED"), 2u);
}

TEST_F(AuthenticationTest, WhatWasSentOnceIsNotGoodTwice) {
  const std::string said = answer_to(challenged(roamer));
  expect_call(roamer, said);
  roamer.invite({.body = CallScene::caller_sdp(), .extra = said});
  roamer.expect_status(100);
  const auto again = roamer.expect_status(401);
  EXPECT_TRUE(sip::challenges_of(again, sip::HeaderId::WwwAuthenticate).at(0).stale);
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(AuthenticationTest, EitherTakesTheAddressOrTheCredentials) {
  type(domain::AuthType::Either);
  expect_call(scene.caller);
  expect_call(roamer, answer_to(challenged(roamer)));
}

TEST_F(AuthenticationTest, BothWantsTheAddressAndTheCredentials) {
  type(domain::AuthType::Both);
  expect_refusal(roamer, answer_to(challenged(roamer)));
  expect_call(scene.caller, answer_to(challenged(scene.caller)));
}

TEST_F(AuthenticationTest, AnAddressAloneDoesNotOpenADigestTrunk) {
  expect_call(scene.caller, answer_to(challenged(scene.caller)));
}

TEST_F(AuthenticationTest, CredentialsOfAnAddressTrunkOpenNothing) {
  type(domain::AuthType::IpAcl);
  roamer.invite({.body = CallScene::caller_sdp()});
  roamer.expect_status(100);
  const auto response = roamer.expect_status(403);
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=2001;text=\"SOURCE_UNKNOWN\"");
}

TEST_F(AuthenticationTest, TheRealmIsTheDomainThatWasAskedFor) {
  scene.bench.credential("alice", "198.51.100.1");
  scene.bench.publish();
  const auto response = challenged(roamer);
  EXPECT_EQ(sip::challenges_of(response, sip::HeaderId::WwwAuthenticate).at(0).realm, "198.51.100.1");
  expect_call(roamer, answer_to(response));
}

TEST_F(AuthenticationTest, AnAddressCountsByItsPortAndTransportWhenThePolicySaysSo) {
  type(domain::AuthType::IpAcl);
  scene.bench.trunk().sip.access.source_port = 5060;
  scene.bench.trunk().sip.access.transports = {"UDP"};
  scene.bench.publish();
  expect_call(scene.caller);
  SipPeer other_port(scene.bench, "192.0.2.10:5099");
  other_port.invite({.body = CallScene::caller_sdp()});
  other_port.expect_status(100);
  other_port.expect_status(403);
  scene.bench.trunk().sip.access.transports = {"TLS"};
  scene.bench.publish();
  scene.caller.invite({.body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  scene.caller.expect_status(403);
}

TEST_F(AuthenticationTest, ThePolicyHoldsForCredentialsToo) {
  scene.bench.trunk().sip.access.transports = {"TLS"};
  scene.bench.publish();
  expect_refusal(roamer, answer_to(challenged(roamer)));
  type(domain::AuthType::Either);
  expect_refusal(scene.caller, answer_to(challenged(scene.caller)));
}

TEST_F(AuthenticationTest, TrunksAtOneAddressAreToldApartByTheirPorts) {
  auto& world = scene.bench.world;
  world.trunk(2, 1);
  world.acl("192.0.2.10", 2, {5099, std::nullopt});
  type(domain::AuthType::IpAcl);
  SipPeer other_port(scene.bench, "192.0.2.10:5099");
  for (const auto& [peer, trunk] : {std::pair{&scene.caller, 1}, std::pair{&other_port, 2}}) {
    scene.bench.records.records.clear();
    peer->invite({.dni = "12125550100", .body = CallScene::caller_sdp()});
    peer->expect_status(100);
    scene.first.answer(scene.first.expect_request("INVITE"), 486);
    scene.first.expect_request("ACK");
    peer->drop_mail();
    ASSERT_EQ(scene.bench.records.records.size(), 1u);
    EXPECT_EQ(scene.bench.record().trunk, id_of<TrunkId>(static_cast<std::uint8_t>(trunk)));
  }
}

TEST_F(AuthenticationTest, RequestsWithinACallAreNotAskedAgain) {
  roamer.invite({.body = CallScene::caller_sdp(), .extra = answer_to(challenged(roamer))});
  roamer.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, CallScene::callee_sdp());
  scene.first.expect_request("ACK");
  roamer.learn(roamer.expect_status(200));
  roamer.ack();
  roamer.request("BYE");
  roamer.expect_status(200);
  EXPECT_EQ(scene.bench.record().reason, domain::Reason::NormalClearing);
}

}  // namespace
}  // namespace warp
