// INVITE with Replaces: its sender takes the place of a leg.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/two_calls.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using sip::HeaderId;
using namespace test;
using namespace std::chrono_literals;

struct ReplacingInvite : testing::Test {
  void establish(domain::TransferPolicy policy = domain::TransferPolicy::Execute) {
    scene.bench.trunk().sip.session.transfer = policy;
    scene.bench.publish();
    scene.establish();
  }
  std::string header() const { return "Replaces: " + replaces_of(scene.caller, false) + "\r\n"; }
  void invite(const std::string& extra) {
    desk.invite({.body = audio("192.0.2.10", 4300), .extra = extra, .from_user = "+12025550142"});
    desk.expect_status(100);
  }
  void refused(int status, const std::string& extra) {
    invite(extra);
    desk.expect_status(status);
    desk.ack();
    EXPECT_TRUE(scene.first.quiet());
    EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  }

  CallScene scene;
  SipPeer desk{scene.bench, "192.0.2.10:5060"};  // another phone of the same trunk
};

TEST_F(ReplacingInvite, TakesThePlaceOfTheLegThatItNames) {
  establish();
  scene.bench.pass(10s);
  invite(header() + "Require: replaces\r\n");
  const auto carried = scene.first.expect_request("INVITE");
  EXPECT_EQ(carried.to().tag, "far");
  scene.first.answer(carried, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  const auto bye = scene.caller.expect_request("BYE");
  EXPECT_EQ(bye.call_id(), scene.caller.call_id_);
  scene.caller.answer(bye, 200);
  const auto answer = desk.expect_status(200);
  EXPECT_NE(answer.header(HeaderId::Supported).find("replaces"), std::string_view::npos);
  auto& media = scene.bench.media.only();
  EXPECT_EQ(sdp::parse(answer.body())->media[0].port, media.local(MediaSide::A, 0).rtp.port);
  const auto near = media.remotes[{MediaSide::A, 0}], far = media.remotes[{MediaSide::B, 0}];
  EXPECT_EQ(near.rtp.port, 4300);
  EXPECT_EQ(far.rtp.port, 5002);
  desk.learn(answer);
  desk.ack();
  scene.bench.pass(50s);
  EXPECT_TRUE(desk.quiet()) << "the 200 is not sent again";
  desk.request("BYE");
  desk.expect_status(200);
  EXPECT_EQ(scene.first.expect_request("BYE").to().tag, "far");
  ASSERT_EQ(scene.bench.records.records.size(), 1u);
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.duration_us, 60'000'000u);
  EXPECT_EQ(record.facts->transferred_to, "12025550142");
  EXPECT_EQ(record.reason, Reason::NormalClearing);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_F(ReplacingInvite, IsRefusedWithoutAMatch) {
  establish();
  refused(481, "Replaces: abc@x;to-tag=0123456789abcde;from-tag=2\r\n");
  refused(481, header().insert(header().find("from-tag=") + 9, "x"));
}

TEST_F(ReplacingInvite, IsRefusedWhenItIsForEarlyDialogsOnly) {
  establish();
  std::string early = header();
  early.insert(early.size() - 2, ";early-only");
  refused(486, early);
}

TEST_F(ReplacingInvite, IsRefusedByPolicy) {
  establish(domain::TransferPolicy::Refuse);
  invite(header());
  EXPECT_NE(std::string(desk.expect_status(403).text()).find("TRANSFER_REFUSED"), std::string::npos);
}

TEST_F(ReplacingInvite, MustNameOneDialog) {
  establish();
  refused(400, header() + header());
  refused(400, header() + "Join: abc@x;to-tag=1;from-tag=2\r\n");
  refused(400, "Replaces: abc@x;to-tag=1\r\n");
}

TEST_F(ReplacingInvite, ALegOfSomebodyElseIsNone) {
  scene.bench.provider(0).sip.session.transfer = domain::TransferPolicy::Execute;
  establish();
  SipPeer carrier{scene.bench, "203.0.113.1:5060"};
  carrier.invite({.body = audio("203.0.113.1", 5900), .extra = header()});
  carrier.expect_status(100);
  carrier.expect_status(481);
}

TEST_F(ReplacingInvite, OfACarrierTakesTheCarriersLeg) {
  scene.bench.provider(0).sip.session.transfer = domain::TransferPolicy::Execute;
  establish(domain::TransferPolicy::Refuse);
  SipPeer carrier{scene.bench, "203.0.113.1:5060"};
  carrier.invite(
      {.body = audio("203.0.113.1", 5900), .extra = "Replaces: " + replaces_of(scene.first, false) + "\r\n"});
  carrier.expect_status(100);
  const auto carried = scene.caller.expect_request("INVITE");
  scene.caller.answer(carried, 200, audio("192.0.2.10", 4000));
  scene.caller.expect_request("ACK");
  EXPECT_EQ(scene.first.expect_request("BYE").to().tag, "far");
  carrier.learn(carrier.expect_status(200));
  carrier.ack();
  const auto there = scene.bench.media.only().remotes[{MediaSide::B, 0}];
  EXPECT_EQ(there.rtp.port, 5900);
}

TEST_F(ReplacingInvite, ARefusalOfTheOtherSideLeavesTheCall) {
  establish();
  invite(header());
  scene.first.answer(scene.first.expect_request("INVITE"), 488);
  scene.first.expect_request("ACK");
  desk.expect_status(488);
  EXPECT_TRUE(scene.caller.quiet());
  scene.caller.request("INFO", "Signal=5\r\n", "application/dtmf-relay");
  scene.first.answer(scene.first.expect_request("INFO"), 200);
  scene.caller.expect_status(200);
}

TEST_F(ReplacingInvite, CanBeGivenUp) {
  establish();
  invite(header());
  const auto carried = scene.first.expect_request("INVITE");
  scene.first.answer(carried, 100);
  desk.cancel();
  desk.expect_status(200);
  scene.first.expect_request("CANCEL");
  scene.first.answer(carried, 487);
  scene.first.expect_request("ACK");
  desk.expect_status(487);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(ReplacingInvite, EndsWithTheCall) {
  establish();
  invite(header());
  scene.first.expect_request("INVITE");
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  desk.expect_status(487);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_F(ReplacingInvite, IsOfferedWherePolicySaysSo) {
  scene.bench.provider(0).sip.session.transfer = domain::TransferPolicy::Execute;
  scene.bench.publish();
  EXPECT_EQ(scene.start().header(HeaderId::Supported), "100rel, timer, replaces");
}

}  // namespace
}  // namespace warp
