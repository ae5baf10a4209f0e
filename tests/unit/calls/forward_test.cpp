// The destinations of a number one after another, calls between customers, and calls that come back.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Destination;
using domain::Direction;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

constexpr std::uint8_t kUnreachable = 1, kBusy = 2, kNoAnswer = 4, kAny = 7;

// Provider 2 brings a call for 12025550199, which is on trunk 1.
class Forward : public testing::Test {
 protected:
  domain::Number& number() { return scene.bench.world.catalogue.numbers[0]; }
  void to_trunk(std::uint8_t on, std::chrono::seconds ring = 0s) {
    if (scene.bench.world.catalogue.trunks.size() == 1) {
      auto& desk = scene.bench.world.trunk(2, 1);
      desk.endpoints.push_back(CatalogueBuilder::endpoint(77, "192.0.2.20:5060"));
    }
    add({0, "trunk", id_of<TrunkId>(2).to_string(), on, ring});
  }
  void to_number(std::uint8_t on, std::string digits = "12125550100") { add({0, "number", digits, on}); }
  void call() {
    scene.bench.publish();
    scene.second.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
    scene.second.expect_status(100);
  }
  sip::Message rings_first() { return scene.caller.expect_request("INVITE"); }

  CallScene scene;
  SipPeer desk{scene.bench, "192.0.2.20:5060"};

 private:
  void add(Destination destination) {
    destination.position = static_cast<std::uint8_t>(number().destinations.size() + 1);
    number().destinations.push_back(destination);
  }
};

TEST_F(Forward, ABusyNumberRingsElsewhere) {
  to_trunk(kBusy);
  call();
  scene.caller.answer(rings_first(), 486);
  scene.caller.expect_request("ACK");
  desk.answer(desk.expect_request("INVITE"), 200, audio("192.0.2.20", 4000));
  desk.expect_request("ACK");
  scene.second.learn(scene.second.expect_status(200));
  scene.second.ack();
  scene.second.request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.reason, Reason::NormalClearing);
  ASSERT_EQ(record.attempts.size(), 2u);
  EXPECT_EQ(record.attempts[0].sip_status, 486);
  EXPECT_EQ(record.attempts[1].sip_status, 200);
  EXPECT_EQ(record.dni_e164, "12025550199");
  EXPECT_EQ(record.customer, id_of<CustomerId>(1));
}

TEST_F(Forward, NotForAnotherCause) {
  to_trunk(kNoAnswer);
  call();
  scene.caller.answer(rings_first(), 486);
  scene.second.expect_status(486);
  EXPECT_TRUE(desk.quiet());
  EXPECT_EQ(scene.bench.record().reason, Reason::CalleeBusy);
}

TEST_F(Forward, WhoDoesNotAnswerIsLeftAfterTheRingTime) {
  to_trunk(kNoAnswer);
  call();
  scene.caller.answer(rings_first(), 180);
  scene.second.expect_status(180);
  scene.bench.pass(scene.bench.trunk().ring_timeout + 100ms);
  scene.caller.expect_request("CANCEL");
  desk.answer(desk.expect_request("INVITE"), 200, audio("192.0.2.20", 4000));
  scene.second.expect_status(200);
}

TEST_F(Forward, EachHasItsOwnRingTime) {
  to_trunk(kAny, 5s);
  to_number(kNoAnswer);
  call();
  scene.caller.answer(rings_first(), 503);
  scene.caller.expect_request("ACK");
  desk.answer(desk.expect_request("INVITE"), 180);
  scene.second.expect_status(180);
  scene.bench.pass(4900ms);
  EXPECT_TRUE(desk.quiet());
  scene.bench.pass(200ms);
  desk.expect_request("CANCEL");
  scene.first.expect_request("INVITE");
}

TEST_F(Forward, TheDeadAreLeftAtOnce) {
  to_trunk(kUnreachable);
  scene.bench.sender.unreachable = *domain::SocketAddress::parse("192.0.2.10:5060");
  call();
  scene.bench.pass(40ms);
  desk.expect_request("INVITE");
}

TEST_F(Forward, ATrunkWithoutEndpointIsDeadToo) {
  to_trunk(kUnreachable);
  scene.bench.trunk().endpoints.clear();
  call();
  desk.expect_request("INVITE");
}

TEST_F(Forward, ANumberIsCalledAtTheOwnersPrice) {
  to_number(kBusy);
  call();
  scene.caller.answer(rings_first(), 486);
  const auto invite = scene.first.expect_request("INVITE");
  EXPECT_NE(invite.request_uri().find("12125550100"), std::string_view::npos);
  scene.first.answer(invite, 200, audio("203.0.113.1", 5000));
  scene.first.expect_request("ACK");
  scene.second.learn(scene.second.expect_status(200));
  scene.second.ack();
  scene.bench.pass(60s);
  scene.second.request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.customer, id_of<CustomerId>(1));
  EXPECT_EQ(record.provider, id_of<ProviderId>(1));
  EXPECT_EQ(record.price->amount.to_string(), "0.01");
  EXPECT_EQ(record.cost->amount.to_string(), "0.004");
  EXPECT_EQ(record.dni_e164, "12125550100");
  EXPECT_EQ(record.facts->diverted_from, "12025550199");
  EXPECT_EQ(record.decision->rule, "forwarded");
}

TEST_F(Forward, TheLastOnesAnswerIsTheCallers) {
  to_trunk(kAny);
  call();
  scene.caller.answer(rings_first(), 503);
  desk.answer(desk.expect_request("INVITE"), 486);
  scene.second.expect_status(486);
  EXPECT_EQ(scene.bench.record().reason, Reason::CalleeBusy);
  EXPECT_TRUE(scene.bench.media.live.empty());
}

TEST_F(Forward, ADestinationThatLeadsNowhereIsPassedOver) {
  to_number(kAny, "12025550199");  // itself
  to_trunk(kAny);
  call();
  scene.caller.answer(rings_first(), 486);
  desk.expect_request("INVITE");
}

TEST_F(Forward, WhoseDestinationsAllLeadNowhereIsRefusedAsBefore) {
  to_number(kAny, "12025550199");
  call();
  scene.caller.answer(rings_first(), 486);
  scene.second.expect_status(486);
  EXPECT_EQ(scene.bench.record().reason, Reason::CalleeBusy);
}

TEST_F(Forward, ACancelledCallRingsNobodyElse) {
  to_trunk(kAny);
  call();
  scene.caller.answer(rings_first(), 180);
  scene.second.expect_status(180);
  scene.second.cancel();
  scene.caller.expect_request("CANCEL");
  EXPECT_TRUE(desk.quiet());
  EXPECT_EQ(scene.bench.record().reason, Reason::CallerCancelled);
}

// Customer 2 with trunk 2 at 192.0.2.20 calls the number of customer 1.
class OnNet : public Forward {
 protected:
  OnNet() {
    auto& world = scene.bench.world;
    world.customer(2, 1, 1);
    world.trunk(2, 2);
    world.acl("192.0.2.20/32", 2);
    scene.bench.publish();
  }
};

TEST_F(OnNet, ItIsTheCallersCall) {
  desk.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  desk.expect_status(100);
  scene.caller.answer(rings_first(), 200, audio("192.0.2.10", 4000));
  scene.caller.expect_request("ACK");
  desk.learn(desk.expect_status(200));
  desk.ack();
  desk.request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.customer, id_of<CustomerId>(2));
  EXPECT_EQ(record.trunk, id_of<TrunkId>(2));
  EXPECT_EQ(record.direction, Direction::Outbound);
  EXPECT_TRUE(record.provider.is_nil());
  EXPECT_FALSE(record.price);
  EXPECT_EQ(record.decision->rule, "on-net " + id_of<CustomerId>(1).to_string());
}

TEST_F(OnNet, WhereItIsForwardedTheOwnerPays) {
  to_number(kBusy);
  scene.bench.publish();
  desk.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  desk.expect_status(100);
  scene.caller.answer(rings_first(), 486);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, audio("203.0.113.1", 5000));
  desk.learn(desk.expect_status(200));
  desk.ack();
  desk.request("BYE");
  const auto& record = scene.bench.record();
  EXPECT_EQ(record.customer, id_of<CustomerId>(1));
  EXPECT_EQ(record.trunk, id_of<TrunkId>(1));
  EXPECT_TRUE(record.price);
}

TEST_F(OnNet, ASuspendedOwnerIsNotReached) {
  scene.bench.world.catalogue.customers[0].active = false;
  scene.bench.publish();
  desk.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  desk.expect_status(100);
  desk.next();
  EXPECT_EQ(scene.bench.record().reason, Reason::AccountSuspended);
}

// The peer on trunk 1 sends every call for the number back to it, as a new one.
TEST_F(Forward, ASpiralEndsAfterThreeTurns) {
  scene.bench.publish();
  scene.second.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  scene.second.expect_status(100);
  int turns = 0;
  for (; turns < 10; ++turns) {
    rings_first();
    scene.caller.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
    scene.caller.expect_status(100);
    if (!scene.bench.records.records.empty()) break;
  }
  EXPECT_EQ(turns, 2);
  EXPECT_EQ(scene.bench.record().reason, Reason::LoopDetected);
}

TEST_F(Forward, OneThatSaysItWasHereEndsSooner) {
  scene.bench.publish();
  scene.second.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  scene.second.expect_status(100);
  const std::string history = "History-Info: <sip:12025550199@198.51.100.1:5060>;index=1\r\n";
  int turns = 0;
  for (; turns < 10; ++turns) {
    rings_first();
    scene.caller.invite({.dni = "12025550199", .body = CallScene::caller_sdp(), .extra = history});
    scene.caller.expect_status(100);
    if (!scene.bench.records.records.empty()) break;
  }
  EXPECT_EQ(turns, 1);
  EXPECT_EQ(scene.bench.record().reason, Reason::LoopDetected);
}

TEST_F(Forward, TurnsThatAreOverDoNotCount) {
  scene.bench.publish();
  for (int i = 0; i < 5; ++i) {
    scene.second.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
    scene.second.expect_status(100);
    scene.caller.answer(rings_first(), 486);
    scene.caller.expect_request("ACK");
    scene.second.expect_status(486);
  }
  ASSERT_EQ(scene.bench.records.records.size(), 5u);
  scene.caller.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  rings_first();
  EXPECT_EQ(scene.bench.records.records.size(), 5u);
}

TEST_F(Forward, ManyCallsOfOnePairFromElsewhereAreNoSpiral) {
  scene.bench.publish();
  for (int i = 0; i < 8; ++i) {
    scene.second.invite({.dni = "12025550199", .body = CallScene::caller_sdp()});
    scene.second.expect_status(100);
    rings_first();
  }
  EXPECT_TRUE(scene.bench.records.records.empty());
}

}  // namespace
}  // namespace warp
