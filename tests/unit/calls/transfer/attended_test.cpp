// REFER with Replaces: both calls are ours, and their parties are brought together.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/two_calls.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

int port_of(const sip::Message& message) {
  const auto described = sdp::parse(message.body());
  return described && !described->media.empty() ? described->media[0].port : -1;
}

struct AttendedTransfer : testing::Test, TwoCalls {
  void SetUp() override {
    allow();
    establish();
  }
  FakeMedia::Session& session(std::size_t index) {
    for (auto* live : scene.bench.media.live)
      if (live->request.call == scene.bench.records.drafts.at(index).call) return *live;
    ADD_FAILURE() << "no media of call " << index;
    return scene.bench.media.only();
  }
  sip::Message refer() {
    scene.caller.request("REFER", "", "", refer_to(again));
    scene.caller.expect_status(202);
    told(100);
    return scene.first.expect_request("INVITE");
  }
  void refuse(int status, const std::string& refer_to_header) {
    scene.caller.request("REFER", "", "", refer_to_header);
    scene.caller.expect_status(status);
    EXPECT_TRUE(scene.first.quiet());
    EXPECT_EQ(scene.bench.engine.active_calls(), 2u);
  }
  // Both calls go on as they were.
  void still_two_calls() {
    EXPECT_EQ(scene.bench.engine.active_calls(), 2u);
    EXPECT_EQ(scene.bench.media.live.size(), 2u);
    EXPECT_TRUE(scene.bench.records.records.empty());
    scene.caller.request("INFO", "Signal=5\r\n", "application/dtmf-relay");
    const auto info = scene.first.expect_request("INFO");
    EXPECT_EQ(info.to().tag, "far");
    scene.first.answer(info, 200);
    scene.caller.expect_status(200);
    again.request("INFO", "Signal=6\r\n", "application/dtmf-relay");
    const auto other = second.expect_request("INFO");
    EXPECT_EQ(other.to().tag, "second");
    second.answer(other, 200);
    again.expect_status(200);
  }
};

TEST_F(AttendedTransfer, JoinsTheTwoThatStay) {
  const auto kept = session(1).local(MediaSide::A, 0).rtp.port,
             far = session(1).local(MediaSide::B, 0).rtp.port;
  scene.bench.pass(10s);
  const auto first = refer();
  EXPECT_EQ(first.to().tag, "far");
  EXPECT_EQ(port_of(first), kept);
  scene.first.answer(first, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  const auto join = second.expect_request("INVITE");
  EXPECT_EQ(join.to().tag, "second");
  EXPECT_EQ(port_of(join), far);
  second.answer(join, 200, audio("203.0.113.1", 5502));
  second.expect_request("ACK");
  told(200);
  const auto bye = scene.caller.expect_request("BYE"), other = again.expect_request("BYE");
  EXPECT_EQ(bye.call_id(), scene.caller.call_id_);
  EXPECT_EQ(other.call_id(), again.call_id_);
  EXPECT_NE(std::string(bye.text()).find("TRANSFERRED"), std::string::npos);
  auto& media = scene.bench.media.only();
  const auto one = media.remotes[{MediaSide::A, 0}], two = media.remotes[{MediaSide::B, 0}];
  EXPECT_EQ(one.rtp.port, 5002);
  EXPECT_EQ(two.rtp.port, 5502);
  EXPECT_EQ(scene.bench.engine.active_calls(), 2u);
}

TEST_F(AttendedTransfer, LeavesOneRecordOfEachCallUntilTheEnd) {
  scene.bench.pass(10s);
  scene.first.answer(refer(), 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  second.answer(second.expect_request("INVITE"), 200, audio("203.0.113.1", 5502));
  second.drop_mail();
  scene.caller.drop_mail();
  scene.bench.pass(30s);
  scene.first.request("BYE");
  scene.first.drop_mail();
  const auto& records = scene.bench.records.records;
  ASSERT_EQ(records.size(), 2u);
  const auto &joined = records[0], &left = records[1];
  EXPECT_EQ(joined.dni_e164, "12125550177");
  EXPECT_EQ(joined.reason, Reason::NormalClearing);
  EXPECT_EQ(left.dni_e164, "12125550100");
  EXPECT_EQ(left.reason, Reason::Transferred);
  EXPECT_EQ(left.facts->transferred_to, "12125550177");
  EXPECT_EQ(joined.facts->transferred_to, "12125550100");
  EXPECT_EQ(left.facts->joined_with, joined.call.value.to_string());
  EXPECT_EQ(joined.facts->joined_with, left.call.value.to_string());
  for (const auto& record : records) {
    EXPECT_EQ(record.trunk, id_of<TrunkId>(1));
    EXPECT_EQ(record.duration_us, 40'000'000u);
    EXPECT_GT(record.price->amount.nanos(), 0);
    EXPECT_GT(record.cost->amount.nanos(), 0);
  }
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
  EXPECT_TRUE(scene.bench.media.live.empty());
  EXPECT_EQ(scene.bench.limits.provider_channels(id_of<ProviderId>(1)), 0u);
}

TEST_F(AttendedTransfer, TheJoinedCallGoesOnLikeAnyOther) {
  scene.first.answer(refer(), 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  second.answer(second.expect_request("INVITE"), 200, audio("203.0.113.1", 5502));
  second.drop_mail();
  scene.caller.drop_mail();
  scene.first.request("INVITE", audio("203.0.113.1", 5002, "a=sendonly\r\n"));
  scene.first.expect_status(100);
  const auto held = second.expect_request("INVITE");
  EXPECT_EQ(held.to().tag, "second");
  second.answer(held, 200, audio("203.0.113.1", 5502, "a=recvonly\r\n"));
  second.expect_request("ACK");
  scene.first.expect_status(200);
  scene.first.ack();
  second.request("BYE");
  second.expect_status(200);
  EXPECT_EQ(scene.first.expect_request("BYE").to().tag, "far");
  EXPECT_EQ(scene.bench.records.records.size(), 2u);
}

TEST_F(AttendedTransfer, NamesThatAreNoneOfOursAreRefused) {
  refuse(403, "Refer-To: <sip:1@x?Replaces=abc%40x%3Bto-tag%3D0123456789abcde%3Bfrom-tag%3D2>\r\n");
  std::string wrong = refer_to(again);
  wrong.insert(wrong.find("from-tag%3D") + 11, "x");
  refuse(403, wrong);
  refuse(403, refer_to(scene.caller));
}

TEST_F(AttendedTransfer, WhatCannotBeReadIsRefused) {
  const std::string good = "abc%40x%3Bto-tag%3D1%3Bfrom-tag%3D2";
  for (const std::string& bad :
       {std::string("Replaces=abc%40x"), std::string("Replaces=abc%4"), std::string("Replaces=a%zz"),
        "Replaces=" + good + "%3Bto-tag%3D3", "Replaces=" + good + "%0D%0AX%3A1",
        "Replaces=" + good + "&Replaces=" + good, "Replaces=" + good + "&Join=" + good,
        std::string("Replaces=%3Bto-tag%3D1%3Bfrom-tag%3D2")}) {
    SCOPED_TRACE(bad);
    refuse(400, "Refer-To: <sip:12125550177@198.51.100.1?" + bad + ">\r\n");
  }
}

TEST_F(AttendedTransfer, ACallOfAnotherCustomerIsNoneOfTheirs) {
  scene.bench.world.customer(2, 1, 1);
  scene.bench.world.trunk(2, 2).sip.session.transfer = domain::TransferPolicy::Execute;
  scene.bench.world.acl("192.0.2.20/32", 2);
  scene.bench.publish();
  SipPeer stranger{scene.bench, "192.0.2.20:5060"}, far{scene.bench, "203.0.113.1:5060"};
  stranger.invite({.body = audio("192.0.2.20", 4000)});
  stranger.expect_status(100);
  far.answer(far.expect_request("INVITE"), 200, audio("203.0.113.1", 5700), "third");
  far.expect_request("ACK");
  stranger.learn(stranger.expect_status(200));
  stranger.ack();
  stranger.request("REFER", "", "", refer_to(again));
  stranger.expect_status(403);
  EXPECT_TRUE(second.quiet());
}

TEST_F(AttendedTransfer, ARefusalOfTheFirstChangesNothing) {
  const auto first = refer();
  scene.first.answer(first, 488);
  scene.first.expect_request("ACK");
  told(488);
  EXPECT_TRUE(second.quiet());
  still_two_calls();
}

TEST_F(AttendedTransfer, ARefusalOfTheSecondGivesTheFirstItsSessionBack) {
  const auto own = session(0).local(MediaSide::B, 0).rtp.port;
  scene.first.answer(refer(), 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  second.answer(second.expect_request("INVITE"), 486);
  second.expect_request("ACK");
  told(486);
  const auto restored = scene.first.expect_request("INVITE");
  EXPECT_EQ(restored.to().tag, "far");
  EXPECT_EQ(port_of(restored), own);
  scene.first.answer(restored, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  still_two_calls();
}

TEST_F(AttendedTransfer, TheFirstMayHangUpMeanwhile) {
  const auto invite = refer();
  scene.first.request("BYE");
  scene.first.expect_status(200);
  EXPECT_EQ(scene.caller.expect_request("BYE").call_id(), scene.caller.call_id_);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  again.request("INFO", "Signal=6\r\n", "application/dtmf-relay");
  second.answer(second.expect_request("INFO"), 200);
  again.expect_status(200);
}

TEST_F(AttendedTransfer, TheSecondMayHangUpMeanwhile) {
  const auto invite = refer();
  second.request("BYE");
  second.expect_status(200);
  EXPECT_EQ(again.expect_request("BYE").call_id(), again.call_id_);
  EXPECT_TRUE(scene.caller.expect_request("NOTIFY").body().starts_with("SIP/2.0 480"));
  scene.first.answer(invite, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  const auto restored = scene.first.expect_request("INVITE");
  EXPECT_EQ(port_of(restored), scene.bench.media.only().local(MediaSide::B, 0).rtp.port);
  scene.first.answer(restored, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(AttendedTransfer, TheTransferorMayLeaveBothAtOnce) {
  const auto invite = refer();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
  again.request("BYE");
  again.expect_status(200);
  scene.first.answer(invite, 200, audio("203.0.113.1", 5002));
  scene.first.expect_request("ACK");
  second.answer(second.expect_request("INVITE"), 200, audio("203.0.113.1", 5502));
  second.expect_request("ACK");
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 2u);
  second.request("BYE");
  second.expect_status(200);
  scene.first.expect_request("BYE");
  EXPECT_EQ(scene.bench.records.records.size(), 2u);
}

TEST_F(AttendedTransfer, OffersOfOthersWait) {
  const auto invite = refer();
  again.request("INVITE", audio("192.0.2.10", 4102));
  again.expect_status(100);
  again.expect_status(491);
  scene.caller.request("REFER", "", "", refer_to(again));
  scene.caller.expect_status(491);
}

}  // namespace
}  // namespace warp
