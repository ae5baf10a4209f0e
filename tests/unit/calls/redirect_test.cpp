// 3xx of a far end, by policy.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using domain::RedirectPolicy;
using namespace test;

struct Redirect : testing::Test {
  void policy(RedirectPolicy redirect, std::uint32_t most = 3) {
    auto& provisional = scene.bench.provider(0).sip.provisional;
    provisional.redirect = redirect;
    provisional.most_redirects = most;
    scene.bench.publish();
  }
  void redirect(SipPeer& peer, const sip::Message& invite, const std::string& contacts) {
    // A peer adds its own Contact to what it says of an INVITE: not here.
    std::string text = "SIP/2.0 302 Moved Temporarily\r\n";
    for (const auto id :
         {sip::HeaderId::Via, sip::HeaderId::From, sip::HeaderId::CallId, sip::HeaderId::CSeq})
      text += std::string(sip::canonical_name(id)) + ": " + std::string(invite.header(id)) + "\r\n";
    text += "To: " + std::string(invite.header(sip::HeaderId::To)) + ";tag=moved\r\n" + contacts +
            "Content-Length: 0\r\n\r\n";
    peer.send(text);
    peer.expect_request("ACK");
  }

  CallScene scene;
  SipPeer third{scene.bench, "203.0.113.3:5060"}, fourth{scene.bench, "203.0.113.4:5080"};
};

TEST_F(Redirect, IsAFailureOfTheEndpointByDefault) {
  redirect(scene.first, scene.start(), "Contact: <sip:12125550100@203.0.113.3>\r\n");
  EXPECT_TRUE(third.quiet());
  scene.second.expect_request("INVITE");
}

TEST_F(Redirect, MayEndTheCall) {
  policy(RedirectPolicy::Refuse);
  redirect(scene.first, scene.start(), "Contact: <sip:12125550100@203.0.113.3>\r\n");
  const auto refusal = scene.caller.expect_status(503);
  EXPECT_NE(std::string(refusal.text()).find("REDIRECT_REFUSED"), std::string::npos);
  EXPECT_TRUE(scene.second.quiet());
  EXPECT_EQ(scene.bench.record().reason, Reason::RedirectRefused);
  EXPECT_EQ(scene.bench.record().attempts.at(0).sip_status, 302);
}

TEST_F(Redirect, ItsContactsAreTriedByTheirQ) {
  policy(RedirectPolicy::Follow);
  const auto far = scene.start();
  redirect(
      scene.first, far,
      "Contact: <sip:12125550111@203.0.113.4:5080>;q=0.3, \"x, y\" <sip:12125550122@203.0.113.3>;q=0.75\r\n"
      "Contact: <mailto:who@example.com>, <sip:12125550133@a.name.example>;q=1.0\r\n");
  const auto better = third.expect_request("INVITE");
  EXPECT_EQ(better.request_uri(), "sip:12125550122@203.0.113.3:5060");
  EXPECT_NE(better.call_id(), far.call_id());
  third.answer(better, 486);
  // Busy there ends the search, as it does at any endpoint.
  scene.caller.expect_status(486);
  const auto& attempts = scene.bench.record().attempts;
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].sip_status, 302);
  EXPECT_EQ(attempts[1].address, "203.0.113.3:5060");
}

TEST_F(Redirect, ThenTheNextContactAndThenTheNextCandidate) {
  policy(RedirectPolicy::Follow);
  redirect(scene.first, scene.start(),
           "Contact: <sip:12125550111@203.0.113.3>, <sip:12125550122@203.0.113.4:5080>\r\n");
  third.answer(third.expect_request("INVITE"), 503);
  fourth.answer(fourth.expect_request("INVITE"), 503);
  const auto far = scene.second.expect_request("INVITE");
  EXPECT_EQ(far.request_uri(), "sip:12125550100@203.0.113.2:5060");
  scene.second.answer(far, 200, audio("203.0.113.2", 5000));
  scene.caller.expect_status(200);
  EXPECT_EQ(scene.bench.metrics.counter("warp_calls_redirects_total", "").value(), 2);
  EXPECT_EQ(scene.bench.metrics.counter("warp_calls_failovers_total", "").value(), 1);
}

TEST_F(Redirect, AnAnsweredOneIsACallOfThatProvider) {
  policy(RedirectPolicy::Follow);
  redirect(scene.first, scene.start(), "Contact: <tel:+1-212-555-0122>\r\n");
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_EQ(far.request_uri(), "sip:+12125550122@203.0.113.1:5060");
  EXPECT_EQ(scene.bench.limits.provider_channels(id_of<ProviderId>(1)), 1u);
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.record().provider, id_of<ProviderId>(1));
  EXPECT_EQ(scene.bench.limits.provider_channels(id_of<ProviderId>(1)), 0u);
}

TEST_F(Redirect, GoesNowhereTwice) {
  policy(RedirectPolicy::Follow, 20);
  redirect(scene.first, scene.start(),
           "Contact: <sip:12125550100@203.0.113.1>, <sip:12125550100@203.0.113.3>\r\n");
  EXPECT_TRUE(scene.first.quiet());
  redirect(third, third.expect_request("INVITE"),
           "Contact: <sip:12125550100@203.0.113.1>, <sip:12125550100@203.0.113.3:5060>\r\n");
  EXPECT_TRUE(scene.first.quiet() && third.quiet());
  scene.second.expect_request("INVITE");
}

TEST_F(Redirect, IsFollowedSoOftenAndNoMore) {
  policy(RedirectPolicy::Follow, 2);
  redirect(scene.first, scene.start(),
           "Contact: <sip:1@203.0.113.3>, <sip:2@203.0.113.3>, <sip:3@203.0.113.3>\r\n");
  redirect(third, third.expect_request("INVITE"), "Contact: <sip:4@203.0.113.3>\r\n");
  EXPECT_EQ(third.expect_request("INVITE").request_uri(), "sip:2@203.0.113.3:5060");
  EXPECT_TRUE(scene.second.quiet());
}

TEST_F(Redirect, ACallThatIsCancelledIsNotRedirected) {
  policy(RedirectPolicy::Follow);
  const auto far = scene.start();
  scene.first.answer(far, 180);
  scene.caller.cancel();
  scene.first.expect_request("CANCEL");
  redirect(scene.first, far, "Contact: <sip:12125550111@203.0.113.3>\r\n");
  EXPECT_TRUE(third.quiet());
}

}  // namespace
}  // namespace warp
