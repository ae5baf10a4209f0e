// REFER within a call: refused, or carried out here.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using sip::HeaderId;
using namespace test;
using namespace std::chrono_literals;

constexpr const char* kReferTo = "Refer-To: <sip:12125550177@198.51.100.1>\r\n";

struct Transfers : testing::Test {
  void establish(domain::TransferPolicy policy = domain::TransferPolicy::Execute) {
    scene.bench.trunk().sip.session.transfer = policy;
    scene.bench.publish();
    scene.establish();
  }
  // The transferor's REFER; the far INVITE that it makes.
  sip::Message refer() {
    scene.caller.request("REFER", "", "", kReferTo);
    scene.caller.expect_status(202);
    told(100);
    return scene.first.expect_request("INVITE");
  }
  // A NOTIFY came, and is answered.
  void told(int status) {
    const auto notify = scene.caller.expect_request("NOTIFY");
    EXPECT_EQ(notify.header(HeaderId::Event), "refer");
    EXPECT_EQ(notify.content_type(), "message/sipfrag;version=2.0");
    EXPECT_TRUE(notify.body().starts_with("SIP/2.0 " + std::to_string(status))) << notify.body();
    EXPECT_EQ(notify.header("Subscription-State").starts_with("terminated"), status >= 200);
    scene.caller.answer(notify, 200);
  }

  CallScene scene;
};

TEST_F(Transfers, AreRefusedByDefault) {
  establish(domain::TransferPolicy::Refuse);
  scene.caller.request("REFER", "", "", kReferTo);
  const auto refusal = scene.caller.expect_status(403);
  EXPECT_NE(std::string(refusal.text()).find("TRANSFER_REFUSED"), std::string::npos);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Transfers, WhatCannotBeCalledIsRefused) {
  establish();
  scene.caller.request("REFER", "", "", "Refer-To: <sip:alice@198.51.100.1>\r\n");
  scene.caller.expect_status(400);
  scene.first.request("REFER", "", "", kReferTo);
  scene.first.expect_status(403);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Transfers, AProviderReachesOurNumbersAlone) {
  scene.bench.provider(0).sip.session.transfer = domain::TransferPolicy::Execute;
  establish(domain::TransferPolicy::Refuse);
  scene.first.request("REFER", "", "", kReferTo);
  scene.first.expect_status(202);
  EXPECT_TRUE(scene.first.expect_request("NOTIFY").body().starts_with("SIP/2.0 100"));
  const auto failed = scene.first.expect_request("NOTIFY");
  EXPECT_TRUE(failed.body().starts_with("SIP/2.0 404")) << failed.body();
  EXPECT_EQ(scene.bench.record().reason, Reason::NumberUnassigned);
  scene.first.request("REFER", "", "", "Refer-To: <sip:12025550199@198.51.100.1>\r\n");
  scene.first.expect_status(202);
  EXPECT_TRUE(scene.first.expect_request("NOTIFY").body().starts_with("SIP/2.0 100"));
  const auto invite = scene.caller.expect_request("INVITE");
  EXPECT_NE(invite.request_uri().find("12025550199"), std::string_view::npos);
  EXPECT_FALSE(invite.has(HeaderId::Replaces));
}

TEST_F(Transfers, AReferrerIsNamedToTrustedSidesAlone) {
  establish();
  const std::string referred =
      std::string(kReferTo) + "Referred-By: <sip:+12025550142@pbx.example>;cid=x\r\n";
  SipPeer target{scene.bench, "203.0.113.1:5060"};
  for (const bool trusted : {false, true}) {
    scene.bench.provider(0).sip.identity.trusted = trusted;
    scene.bench.trunk().sip.identity.trusted = trusted;
    scene.bench.publish();
    scene.caller.request("REFER", "", "", referred);
    scene.caller.expect_status(202);
    told(100);
    const auto invite = scene.first.expect_request("INVITE");
    EXPECT_EQ(invite.header("Referred-By"), trusted ? "<sip:+12025550142@198.51.100.1:5060>" : "");
    target.answer(invite, 486, "", "new");
    target.expect_request("ACK");
    told(486);
  }
}

TEST_F(Transfers, MediaThatGoAroundUsAreReferredAsTheyAre) {
  scene.bench.trunk().media_mode = domain::MediaMode::Bypass;
  scene.bench.provider(0).media_mode = domain::MediaMode::Bypass;
  establish();
  ASSERT_TRUE(scene.bench.media.live.empty());
  const auto invite = refer();
  const auto offered = sdp::parse(invite.body());
  ASSERT_TRUE(offered);
  EXPECT_EQ(offered->media[0].port, 5000) << "the callee's own";
  SipPeer target{scene.bench, "203.0.113.1:5060"};
  target.answer(invite, 200, audio("203.0.113.1", 5500), "new");
  target.expect_request("ACK");
  told(200);
  scene.caller.expect_request("BYE");
  const auto join = scene.first.expect_request("INVITE");
  const auto described = sdp::parse(join.body());
  ASSERT_TRUE(described);
  EXPECT_EQ(described->media[0].port, 5500);
  scene.first.answer(join, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  const auto moved = target.expect_request("INVITE");
  EXPECT_EQ(sdp::parse(moved.body())->media[0].port, 5002) << "the answer came with another port";
  target.answer(moved, 200, audio("203.0.113.1", 5500));
  target.expect_request("ACK");
  EXPECT_EQ(scene.bench.engine.active_calls(), 2u);
}

TEST_F(Transfers, ABlindOneJoinsTheOtherSideToTheNewParty) {
  establish();
  // The callee's dialog, to go on with it when another call has been through the same peer.
  const auto far_call_id = scene.first.call_id_;
  const auto invite = refer();
  EXPECT_NE(invite.call_id(), far_call_id);
  EXPECT_EQ(invite.from().uri.substr(0, 16), "sip:+14155550111");
  EXPECT_NE(invite.request_uri().find("12125550177"), std::string_view::npos);
  SipPeer target{scene.bench, "203.0.113.1:5060"};
  target.answer(invite, 180, "", "new");
  told(180);
  target.answer(invite, 200, audio("203.0.113.1", 5500), "new");
  target.expect_request("ACK");
  told(200);
  EXPECT_NE(std::string(scene.caller.expect_request("BYE").text()).find("TRANSFERRED"), std::string::npos);
  const auto join = scene.first.expect_request("INVITE");
  EXPECT_EQ(join.call_id(), far_call_id);
  EXPECT_EQ(join.to().tag, "far");
  const auto described = sdp::parse(join.body());
  ASSERT_TRUE(described);
  auto& media = scene.bench.media.only();
  EXPECT_EQ(described->media[0].port, media.local(domain::MediaSide::A, 0).rtp.port);
  EXPECT_EQ(described->origin.session_version, "2");
  scene.first.answer(join, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  const auto stays = media.remotes[{domain::MediaSide::A, 0}],
             came = media.remotes[{domain::MediaSide::B, 0}];
  EXPECT_EQ(stays.rtp.port, 5002);
  EXPECT_EQ(came.rtp.port, 5500);
  EXPECT_EQ(scene.bench.engine.active_calls(), 2u);

  scene.bench.pass(30s);
  target.request("BYE");
  target.expect_status(200);
  EXPECT_EQ(scene.first.expect_request("BYE").call_id(), far_call_id);
  ASSERT_EQ(scene.bench.records.records.size(), 2u);
  const auto& second = scene.bench.records.records[0];
  const auto& first = scene.bench.records.records[1];
  EXPECT_EQ(second.dni_e164, "12125550177");
  EXPECT_EQ(second.trunk, id_of<TrunkId>(1));
  EXPECT_EQ(second.reason, Reason::NormalClearing);
  EXPECT_GT(second.price->amount.nanos(), 0);
  EXPECT_EQ(first.facts->transferred_to, "12125550177");
  EXPECT_EQ(first.reason, Reason::Transferred);
  EXPECT_GE(first.duration_us, second.duration_us);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
  EXPECT_TRUE(scene.bench.media.live.empty());
}

TEST_F(Transfers, OneThatFailsLeavesTheCallAsItWas) {
  establish();
  const auto invite = refer();
  SipPeer target{scene.bench, "203.0.113.1:5060"};
  target.answer(invite, 486, "", "new");
  target.expect_request("ACK");
  told(486);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  EXPECT_EQ(scene.bench.record().reason, Reason::CalleeBusy);
  scene.caller.request("INFO", "Signal=5\r\n", "application/dtmf-relay");
  scene.first.answer(scene.first.expect_request("INFO"), 200);
  scene.caller.expect_status(200);
}

TEST_F(Transfers, TheTransferorMayLeaveFirst) {
  establish();
  const auto invite = refer();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  EXPECT_EQ(scene.bench.engine.active_calls(), 2u);
  SipPeer target{scene.bench, "203.0.113.1:5060"};
  target.answer(invite, 200, audio("203.0.113.1", 5500), "new");
  target.expect_request("ACK");
  scene.first.answer(scene.first.expect_request("INVITE"), 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  EXPECT_TRUE(scene.caller.quiet());
  scene.first.request("BYE");
  scene.first.expect_status(200);
  target.expect_request("BYE");
  EXPECT_EQ(scene.bench.records.records.size(), 2u);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_F(Transfers, LeavingAndThenNobodyAnswersEndsTheOther) {
  establish();
  const auto invite = refer();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  SipPeer target{scene.bench, "203.0.113.1:5060"};
  target.answer(invite, 486, "", "new");
  target.expect_request("ACK");
  scene.first.expect_request("BYE");
  EXPECT_EQ(scene.bench.records.records.size(), 2u);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_F(Transfers, TheOtherSideHangsUpWhileTheNewPartyRings) {
  establish();
  const auto far_tag = scene.first.local_;
  const auto invite = refer();
  SipPeer target{scene.bench, "203.0.113.1:5060"};
  target.answer(invite, 180, "", "new");
  told(180);
  scene.first.request("BYE");
  scene.first.expect_status(200);
  target.expect_request("CANCEL");
  scene.caller.expect_request("BYE");
  EXPECT_EQ(scene.bench.records.records.size(), 2u);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

}  // namespace
}  // namespace warp
