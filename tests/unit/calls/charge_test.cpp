// The money of a call: held before it is tried, extended while it lasts, taken with its record; a call that
// is not paid for any longer is cut off.
#include <gtest/gtest.h>

#include "support/fake_charging.h"
#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using namespace test;
using namespace std::chrono_literals;
using Way = FakeCharging::Way;

struct Charge : testing::Test {
  Charge() { cover(60s); }
  void cover(std::chrono::seconds covered, std::uint8_t lease = 1) {
    charging.verdict = {};
    charging.verdict.hold.lease.value.bytes[0] = lease;
    charging.verdict.hold.reserved = Money::from_nanos(covered.count() * 1'000'000);
    charging.verdict.hold.covered = covered;
  }
  void refuse(Reason reason = Reason::InsufficientFunds) { charging.verdict = {reason, {}, "the rule"}; }
  void tell() {
    charging.tell();
    scene.bench.executor.run();
  }
  void hang_up() {
    scene.caller.request("BYE");
    scene.caller.expect_status(200);
    scene.first.answer(scene.first.expect_request("BYE"), 200);
  }

  FakeCharging charging;
  CallScene scene{charging};
};

TEST_F(Charge, WithoutMoneyNobodyIsCalled) {
  refuse();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  scene.caller.expect_status(402);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.record().reason, Reason::InsufficientFunds);
  EXPECT_EQ(scene.bench.record().decision->rule, "the rule");
  EXPECT_TRUE(charging.released.empty());
  EXPECT_TRUE(charging.taken.empty());
}

TEST_F(Charge, AsksForWhoPaysAndByWhichLine) {
  scene.start();
  ASSERT_EQ(charging.reserved.size(), 1u);
  const auto& asked = charging.reserved[0];
  EXPECT_EQ(asked.customer, id_of<CustomerId>(1));
  EXPECT_EQ(asked.trunk, id_of<TrunkId>(1));
  EXPECT_EQ(asked.dni, "12125550100");
  EXPECT_EQ(asked.price.per_minute, *Money::parse("0.01"));
  EXPECT_EQ(asked.longest, scene.bench.trunk().max_duration);
}

TEST_F(Charge, WaitsForItsMoney) {
  charging.way = Way::Later;
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  EXPECT_TRUE(scene.first.quiet());
  tell();
  scene.first.expect_request("INVITE");
}

TEST_F(Charge, IsRefusedLater) {
  charging.way = Way::Later;
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  refuse(Reason::ChargingUnavailable);
  tell();
  scene.caller.expect_status(503);
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(Charge, WhatComesForACancelledCallIsFreeAgain) {
  charging.way = Way::Later;
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  scene.caller.cancel();
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  tell();
  EXPECT_TRUE(scene.first.quiet());
  ASSERT_EQ(charging.released.size(), 1u);
  EXPECT_EQ(charging.released[0].lease, charging.verdict.hold.lease);
}

TEST_F(Charge, ACallThatNobodyAnswersReleasesItsHold) {
  scene.start();
  scene.caller.cancel();
  scene.bench.pass(100ms);
  ASSERT_EQ(charging.released.size(), 1u);
  EXPECT_EQ(charging.released[0].reserved, charging.verdict.hold.reserved);
  EXPECT_TRUE(charging.taken.empty());
  EXPECT_EQ(scene.bench.record().charge.charged, Money{});
}

TEST_F(Charge, TakesThePriceWithTheRecord) {
  scene.establish();
  scene.bench.pass(30s);
  hang_up();
  ASSERT_EQ(charging.taken.size(), 1u);
  const auto& record = scene.bench.record();
  EXPECT_EQ(charging.taken[0].charged, record.price->amount);
  EXPECT_EQ(record.charge.charged, record.price->amount);
  EXPECT_GT(record.charge.charged, Money{});
  EXPECT_EQ(record.charge.lease, charging.verdict.hold.lease.value);
  EXPECT_EQ(record.charge.covered_seconds, 60u);
  EXPECT_FALSE(record.charge.cut_off);
  EXPECT_TRUE(charging.extended.empty());
  EXPECT_EQ(scene.bench.records.drafts.at(0).charge.lease, record.charge.lease)
      << "the draft says what is held";
}

TEST_F(Charge, InAnotherCurrencyAtItsRate) {
  charging.verdict.hold.fx_pico = 2'000'000'000'000;
  charging.verdict.hold.currency = *Currency::parse("EUR");
  scene.establish();
  scene.bench.pass(30s);
  hang_up();
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.charge.charged.nanos(), 2 * record.price->amount.nanos());
  EXPECT_EQ(record.charge.currency.view(), "EUR");
  EXPECT_EQ(record.charge.fx_pico, 2'000'000'000'000);
}

TEST_F(Charge, IsExtendedAheadOfItsEnd) {
  scene.establish();
  cover(120s);
  scene.bench.pass(54s);
  EXPECT_TRUE(charging.extended.empty());
  scene.bench.pass(2s);
  ASSERT_EQ(charging.extended.size(), 1u);
  EXPECT_EQ(charging.extended[0].second.covered, 60s);
  const auto updates = scene.bench.records.updates.size();
  EXPECT_GE(updates, 1u);
  EXPECT_EQ(scene.bench.records.updates.back().charge.covered_seconds, 120u) << "the journal knows it";
  cover(180s);
  scene.bench.pass(60s);
  EXPECT_EQ(charging.extended.size(), 2u);
  hang_up();
  EXPECT_EQ(scene.bench.record().price->billed_seconds, 116u);
  EXPECT_TRUE(charging.released.empty());
}

TEST_F(Charge, AnExtensionInAnotherLeaseReleasesTheFirst) {
  scene.establish();
  const auto before = charging.verdict.hold.lease;
  cover(120s, 2);
  scene.bench.pass(56s);
  ASSERT_EQ(charging.released.size(), 1u);
  EXPECT_EQ(charging.released[0].lease, before);
  hang_up();
  EXPECT_EQ(charging.taken.at(0).hold.lease, charging.verdict.hold.lease);
}

TEST_F(Charge, IsCutOffWhereItsMoneyEnds) {
  cover(12s);
  scene.establish();
  refuse();
  scene.bench.pass(11'900ms);
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_GE(charging.extended.size(), 2u) << "there may be a payment";
  scene.bench.pass(200ms);
  EXPECT_NE(scene.caller.expect_request("BYE").text().find("Reason:"), std::string::npos);
  scene.first.expect_request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.reason, Reason::CreditExhausted);
  EXPECT_TRUE(record.charge.cut_off);
  EXPECT_EQ(record.price->billed_seconds, 12u) << "never longer than paid";
  EXPECT_EQ(charging.taken.at(0).hold.covered, 12s);
}

TEST_F(Charge, APaymentInTheLastSecondsSavesIt) {
  cover(12s);
  scene.establish();
  refuse();
  scene.bench.pass(8s);
  cover(72s);
  scene.bench.pass(10s);
  EXPECT_TRUE(scene.caller.quiet());
  hang_up();
  EXPECT_FALSE(scene.bench.record().charge.cut_off);
}

TEST_F(Charge, AnAnswerThatNeverComesIsARefusal) {
  cover(12s);
  scene.establish();
  charging.way = Way::Never;
  scene.bench.pass(12'100ms);
  EXPECT_EQ(scene.bench.record().reason, Reason::CreditExhausted);
}

TEST_F(Charge, AnExtensionThatComesTooLateGoesBack) {
  scene.establish();
  const auto before = charging.verdict.hold;
  charging.way = Way::Later;
  cover(120s);
  scene.bench.pass(56s);
  hang_up();
  ASSERT_EQ(charging.taken.size(), 1u);
  EXPECT_EQ(charging.taken[0].hold.reserved, before.reserved);
  tell();
  ASSERT_EQ(charging.released.size(), 1u);
  EXPECT_EQ(charging.released[0].reserved.nanos(), 60 * 1'000'000) << "what it had added";
}

TEST_F(Charge, WithoutALimitNothingEndsIt) {
  charging.verdict = {};
  charging.verdict.hold.unlimited = true;
  scene.establish();
  scene.bench.pass(10min);
  EXPECT_TRUE(charging.extended.empty());
  hang_up();
  ASSERT_EQ(charging.taken.size(), 1u);
  EXPECT_EQ(charging.taken[0].charged, scene.bench.record().price->amount);
  EXPECT_TRUE(scene.bench.record().charge.lease.is_nil());
}

TEST_F(Charge, ItsLongestDurationEndsItWhereThatIsCovered) {
  scene.bench.trunk().max_duration = 60s;
  scene.bench.publish();
  scene.establish();
  scene.bench.pass(61s);
  EXPECT_TRUE(charging.extended.empty());
  EXPECT_EQ(scene.bench.record().reason, Reason::MaxDuration);
}

TEST_F(Charge, AFailedAnswerIsSettledWithNothing) {
  scene.bench.records.durable = false;
  const auto far = scene.start();
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.bench.pass(100ms);
  ASSERT_EQ(charging.taken.size(), 1u) << "its draft may be in the journal";
  EXPECT_EQ(charging.taken[0].charged, Money{});
}

TEST_F(Charge, ACallToOurNumberIsAskedForTooAndFreeWithoutAPlan) {
  SipPeer provider{scene.bench, "203.0.113.1:5060"};
  provider.invite({.dni = "12025550199", .body = audio("203.0.113.1", 5000)});
  ASSERT_EQ(charging.reserved.size(), 1u);
  EXPECT_EQ(charging.reserved[0].direction, domain::Direction::Inbound);
  EXPECT_TRUE(charging.reserved[0].price.plan.is_nil());
}

// The next process, of which `scene` is the one before.
struct ChargeSurvival : Charge {
  calls::Orphan orphan(std::chrono::seconds talked) {
    const auto& records = scene.bench.records;
    const auto& draft = records.updates.empty() ? records.drafts.at(0) : records.updates.back();
    const auto& state = records.updated_states.empty() ? records.states.at(0) : records.updated_states.back();
    return {draft, state, *draft.answered_at + talked};
  }
  void recover(std::chrono::seconds talked, std::chrono::seconds gap) {
    const auto left = orphan(talked);
    after.bench.clock.advance(left.last_alive + gap - after.bench.clock.wall());
    after.bench.engine.recover(left);
  }
  FakeCharging later;
  CallScene after{later};
};

TEST_F(ChargeSurvival, ACallKeepsItsHold) {
  scene.establish();
  recover(20s, 3s);
  ASSERT_EQ(later.adopted.size(), 1u);
  EXPECT_EQ(later.adopted[0].lease, charging.verdict.hold.lease.value);
  EXPECT_EQ(later.adopted[0].reserved, charging.verdict.hold.reserved);
  later.verdict = {Reason::InsufficientFunds, {}, {}};
  after.bench.pass(2500ms);
  after.caller.answer(after.caller.expect_request("OPTIONS"), 200);
  after.first.answer(after.first.expect_request("OPTIONS"), 200);
  after.bench.pass(36s);
  EXPECT_EQ(after.bench.record().reason, Reason::CreditExhausted);
  EXPECT_EQ(after.bench.record().price->billed_seconds, 60u);
}

TEST_F(ChargeSurvival, WhatEndedWithTheProcessIsTakenByWhatWasHeld) {
  scene.establish();
  recover(20s, 60s);
  ASSERT_EQ(later.taken.size(), 1u);
  const auto& record = after.bench.record();
  EXPECT_EQ(record.reason, Reason::DaemonRestarted);
  EXPECT_EQ(later.taken[0].hold.lease, charging.verdict.hold.lease);
  EXPECT_EQ(later.taken[0].charged, record.price->amount);
  EXPECT_EQ(record.charge.charged, record.price->amount);
}

TEST_F(ChargeSurvival, ItIsNeverChargedForLongerThanItsCover) {
  cover(12s);
  scene.establish();
  recover(20s, 60s);
  EXPECT_EQ(after.bench.record().price->billed_seconds, 12u);
}

}  // namespace
}  // namespace warp
