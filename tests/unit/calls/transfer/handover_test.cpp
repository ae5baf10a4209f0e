// Two shards: a call moves to where it is needed, and what comes for it goes after it.
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/two_calls.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

struct Handover : testing::Test {
  Handover() {
    for (auto* bench : {&here, &there}) {
      here.neighbours.shards.push_back(bench);
      there.neighbours.shards.push_back(bench);
      bench->trunk().sip.session.transfer = domain::TransferPolicy::Execute;
      bench->publish();
    }
  }
  // A call that moved has its media from the other bench, which goes first.
  ~Handover() override {
    for (auto* bench : {&here, &there})
      bench->engine.end_all(Reason::DaemonStopping);
  }
  // A Call-ID of a peer that belongs to the shard.
  static std::string call_id(unsigned shard) {
    for (int i = 0;; ++i)
      if (auto id = std::to_string(i) + "@pbx"; sip::shard_of(id, 2) == shard) return id;
  }
  void settle() {
    while (here.executor.run() + there.executor.run() > 0) {
    }
  }
  // A call on its shard; the far party answers with its port.
  static void call(SipPeer& caller, SipPeer& callee, unsigned shard, int port, const std::string& tag) {
    caller.invite({.body = audio("192.0.2.10", port), .call_id = call_id(shard)});
    caller.expect_status(100);
    callee.answer(callee.expect_request("INVITE"), 200, audio("203.0.113.1", port + 1000), tag);
    callee.expect_request("ACK");
    caller.learn(caller.expect_status(200));
    caller.ack();
  }
  // The peer as it hears and speaks by the other bench.
  static void continue_as(SipPeer& next, const SipPeer& before) {
    next.call_id_ = before.call_id_;
    next.local_ = before.local_;
    next.remote_ = before.remote_;
    next.target_ = before.target_;
    next.cseq_ = before.cseq_ + 10;
  }

  CallBench here;
  CallBench there{calls::Settings{}, nullptr, nullptr, std::nullopt, nullptr, 1};
  SipPeer transferor{here, "192.0.2.10:5060"}, first{here, "203.0.113.1:5060"};
  SipPeer again{there, "192.0.2.10:5060"}, second{there, "203.0.113.1:5060"};
};

TEST_F(Handover, AnAttendedTransferBringsTheOtherCallHere) {
  call(transferor, first, 0, 4000, "far");
  call(again, second, 1, 4100, "second");
  transferor.request("REFER", "", "", refer_to(again));
  settle();
  transferor.expect_status(202);
  EXPECT_EQ(here.engine.active_calls(), 2u);
  EXPECT_EQ(there.engine.active_calls(), 0u);
  EXPECT_EQ(there.limits.provider_channels(id_of<ProviderId>(1)), 0u);
  EXPECT_EQ(here.limits.provider_channels(id_of<ProviderId>(1)), 2u);
  EXPECT_EQ(here.engine.audit_limits() + there.engine.audit_limits(), 0u);
  transferor.answer(transferor.expect_request("NOTIFY"), 200);
  first.answer(first.expect_request("INVITE"), 200, audio("203.0.113.1", 5002));
  first.expect_request("ACK");

  SipPeer moved{here, "203.0.113.1:5060"};
  continue_as(moved, second);
  const auto join = moved.expect_request("INVITE");
  EXPECT_EQ(join.call_id(), second.call_id_);
  // Its answer goes to the shard of its Call-ID, and from there to the call.
  second.answer(join, 200, audio("203.0.113.1", 5502));
  settle();
  moved.expect_request("ACK");
  transferor.expect_request("NOTIFY");
  EXPECT_EQ(transferor.expect_request("BYE").call_id(), transferor.call_id_);
  EXPECT_EQ(transferor.expect_request("BYE").call_id(), again.call_id_);

  second.request("BYE");
  settle();
  moved.expect_status(200);
  EXPECT_EQ(first.expect_request("BYE").to().tag, "far");
  EXPECT_EQ(here.records.records.size(), 2u);
  EXPECT_TRUE(there.records.records.empty());
  EXPECT_EQ(here.engine.active_calls(), 0u);
  EXPECT_TRUE(here.media.live.empty() && there.media.live.empty());
}

TEST_F(Handover, AFailedTransferLeavesTheCallWhereItCame) {
  call(transferor, first, 0, 4000, "far");
  call(again, second, 1, 4100, "second");
  transferor.request("REFER", "", "", refer_to(again));
  settle();
  first.answer(first.expect_request("INVITE"), 488);
  EXPECT_EQ(here.engine.active_calls(), 2u);
  again.request("BYE");
  settle();
  SipPeer moved{here, "203.0.113.1:5060"};
  moved.expect_request("ACK");
  EXPECT_EQ(moved.expect_request("BYE").to().tag, "second");
  EXPECT_EQ(here.engine.active_calls(), 1u);
  ASSERT_EQ(here.records.records.size(), 1u);
  EXPECT_EQ(here.record().sip_call_id, again.call_id_);
}

TEST_F(Handover, AnInviteFindsTheLegThatItReplaces) {
  call(again, second, 1, 4100, "second");
  transferor.invite({.body = audio("192.0.2.10", 4300),
                     .extra = "Replaces: " + replaces_of(again, false) + "\r\n",
                     .call_id = call_id(0)});
  settle();
  transferor.expect_status(100);
  SipPeer moved{here, "203.0.113.1:5060"};
  const auto carried = moved.expect_request("INVITE");
  EXPECT_EQ(carried.to().tag, "second");
  second.answer(carried, 200, audio("203.0.113.1", 5502));
  settle();
  EXPECT_EQ(transferor.expect_request("BYE").call_id(), again.call_id_);
  transferor.learn(transferor.expect_status(200));
  transferor.ack();
  EXPECT_EQ(here.engine.active_calls(), 1u);
  EXPECT_EQ(there.engine.active_calls(), 0u);
}

TEST_F(Handover, WhatIsNowhereIsRefused) {
  call(transferor, first, 0, 4000, "far");
  transferor.request("REFER", "", "",
                     "Refer-To: <sip:1@x?Replaces=" + call_id(1).replace(call_id(1).find('@'), 1, "%40") +
                         "%3Bto-tag%3D0123456789abcde%3Bfrom-tag%3D2>\r\n");
  settle();
  transferor.expect_status(403);
  EXPECT_EQ(here.engine.active_calls(), 1u);
}

TEST_F(Handover, ACallThatIsBusyStaysWhereItIs) {
  call(transferor, first, 0, 4000, "far");
  call(again, second, 1, 4100, "second");
  again.request("INVITE", audio("192.0.2.10", 4102));
  transferor.request("REFER", "", "", refer_to(again));
  settle();
  transferor.expect_status(491);
  EXPECT_EQ(there.engine.active_calls(), 1u);
}

TEST_F(Handover, MediaThatStopEndTheCallWhereItIs) {
  call(transferor, first, 0, 4000, "far");
  call(again, second, 1, 4100, "second");
  auto& media = there.media.only();
  transferor.request("REFER", "", "", refer_to(again));
  settle();
  first.answer(first.expect_request("INVITE"), 488);
  settle();
  media.where.post(media.on_timeout);
  settle();
  ASSERT_EQ(here.records.records.size(), 1u);
  EXPECT_EQ(here.record().reason, Reason::MediaTimeout);
}

}  // namespace
}  // namespace warp
