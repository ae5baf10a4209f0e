// What a call costs before it is one: strangers, scanners, overload, RFC 7339.
#include <gtest/gtest.h>

#include "warp/sip/message/brief.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using namespace test;
using namespace std::chrono_literals;

class FrontDoor : public testing::Test {
 protected:
  static calls::GuardSettings guarded() {
    calls::GuardSettings settings;
    settings.ban_score = 12;
    settings.requests_per_second = 10;
    return settings;
  }
  // A queue that stands until all but a few calls are shed.
  void overload() {
    for (int i = 0; i < 2000; ++i) {
      scene.bench.engine.on_queue_delay(2s);
      scene.bench.clock.advance(20ms);
    }
  }
  std::uint64_t dropped(std::string why, std::string reason) {
    return scene.bench.metrics
        .counter("warp_protection_dropped_total", "Messages dropped without an answer, by why.",
                 {{"why", std::move(why)}, {"reason", std::move(reason)}})
        .value();
  }
  // One new call that is too many.
  sip::Message refused_invite(const std::string& via_extra = {}) {
    for (int i = 0; i < 50; ++i) {
      SipPeer peer(scene.bench, "192.0.2.10:5060");
      peer.send(invite("i" + std::to_string(++calls_), via_extra));
      while (!peer.quiet()) {
        auto answer = peer.next();
        if (answer.status() == 503) return answer;
      }
    }
    ADD_FAILURE() << "every call was taken";
    return scene.caller.next();
  }
  static std::string invite(const std::string& id, const std::string& via_extra = {}) {
    return "INVITE sip:12125550100@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK" +
           id + ";rport" + via_extra + "\r\nMax-Forwards: 70\r\nFrom: <sip:1@192.0.2.10>;tag=" + id +
           "\r\nTo: <sip:12125550100@198.51.100.1>\r\nCall-ID: " + id +
           "@x\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.10:5060>\r\nContent-Length: 0\r\n\r\n";
  }

  CallScene scene{calls::Settings{}, guarded()};
  SipPeer stranger{scene.bench, "203.0.113.77:5060"};
  int calls_ = 0;
};

TEST_F(FrontDoor, AStrangerIsRefusedWithoutAnythingRemembered) {
  stranger.invite();
  const auto refused = stranger.expect_status(403);
  EXPECT_EQ(refused.header(sip::HeaderId::Reason), "WARP;cause=2001;text=\"SOURCE_UNKNOWN\"");
  EXPECT_FALSE(refused.to().tag.empty());
  EXPECT_EQ(scene.bench.layer.size(), 0u);
  EXPECT_TRUE(scene.bench.records.records.empty());
  stranger.learn(refused);
  stranger.ack();
  EXPECT_TRUE(stranger.quiet());
  EXPECT_EQ(scene.bench.refused("SOURCE_UNKNOWN"), 1u);
}

TEST_F(FrontDoor, ARequestInADialogThatIsNotHereCostsNothing) {
  stranger.stray("BYE");
  stranger.expect_status(481);
  stranger.remote_ = "<sip:us@198.51.100.1>;tag=guessed";
  stranger.request("BYE");
  EXPECT_EQ(stranger.expect_status(481).header(sip::HeaderId::Reason),
            "WARP;cause=2012;text=\"DIALOG_UNKNOWN\"");
  const auto transactions = scene.bench.layer.size();
  for (int i = 0; i < 5; ++i)
    stranger.request("INVITE");
  EXPECT_EQ(scene.bench.layer.size(), transactions);
}

TEST_F(FrontDoor, WhoGoesOnIsBannedWhileCallsPass) {
  for (int i = 0; i < 40; ++i)
    stranger.invite();
  EXPECT_FALSE(scene.bench.guard->admits(domain::SocketAddress::parse("203.0.113.77:1")->ip));
  stranger.drop_mail();
  stranger.stray("OPTIONS");
  EXPECT_TRUE(stranger.quiet());
  scene.establish();
  scene.bench.clock.advance(301s);
  stranger.invite();
  stranger.expect_status(403);
}

TEST_F(FrontDoor, WhatIsDroppedCarriesItsReason) {
  for (int i = 0; i < 11; ++i)
    stranger.invite();
  EXPECT_EQ(dropped("rate", "SOURCE_RATE_EXCEEDED"), 1u);
  EXPECT_EQ(scene.bench.refused("SOURCE_RATE_EXCEEDED"), 1u);
  EXPECT_EQ(scene.bench.refused("SOURCE_UNKNOWN"), 10u);
  stranger.invite();
  ASSERT_EQ(scene.bench.guard->bans().size(), 1u);
  EXPECT_EQ(scene.bench.guard->bans()[0].reason, "rate_exceeded");
  EXPECT_EQ(dropped("banned", "SOURCE_BANNED"), 0u);
  stranger.invite();
  EXPECT_EQ(dropped("banned", "SOURCE_BANNED"), 1u);
  EXPECT_EQ(dropped("rate", "SOURCE_RATE_EXCEEDED"), 2u);
}

TEST_F(FrontDoor, AScannersInviteIsCountedWithItsReason) {
  stranger.send(
      "INVITE sip:100@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.77:5060;branch=z9hG4bKs;rport\r\n"
      "From: <sip:100@1.1.1.1>;tag=1\r\nTo: <sip:100@1.1.1.1>\r\nCall-ID: scan\r\nCSeq: 1 INVITE\r\n"
      "Contact: <sip:100@1.1.1.1>\r\nUser-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(stranger.quiet());
  EXPECT_EQ(scene.bench.refused("SOURCE_BANNED"), 1u);
}

TEST_F(FrontDoor, AScannerHearsNothing) {
  scene.bench.receive(*domain::SocketAddress::parse("203.0.113.78:5060"),
                      "OPTIONS sip:100@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                      "203.0.113.78:5060;branch=z9hG4bKscan;rport\r\nFrom: <sip:100@1.1.1.1>;tag=1\r\nTo: "
                      "<sip:100@1.1.1.1>\r\nCall-ID: scan\r\nCSeq: 1 OPTIONS\r\nUser-Agent: "
                      "friendly-scanner\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(scene.bench.sender.mail.empty());
  EXPECT_EQ(scene.bench.layer.size(), 0u);
  ASSERT_EQ(scene.bench.guard->bans().size(), 1u);
  EXPECT_EQ(scene.bench.guard->bans()[0].reason, "scanner");
}

TEST_F(FrontDoor, AProviderIsNeverBannedWhateverIsForgedInItsName) {
  scene.bench.provider(0).inbound = false;
  scene.bench.publish();
  for (int i = 0; i < 100; ++i)
    scene.first.invite();
  EXPECT_TRUE(scene.bench.guard->bans().empty());
}

TEST_F(FrontDoor, AnOverloadedShardRefusesNewCallsAndKeepsTheOthers) {
  scene.establish();
  const auto transactions = scene.bench.layer.size();
  overload();
  const auto answer = refused_invite();
  EXPECT_EQ(answer.header(sip::HeaderId::RetryAfter), "1");
  EXPECT_EQ(answer.header(sip::HeaderId::Reason), "WARP;cause=3003;text=\"OVERLOADED\"");
  EXPECT_LE(scene.bench.layer.size(), transactions + 16) << "those that were let in, not those refused";
  scene.caller.drop_mail();
  scene.caller.request("BYE");
  scene.caller.expect_status(200);
}

TEST_F(FrontDoor, ARefusalIsTheSameWhetherTheRequestWasParsedOrNot) {
  overload();
  refused_invite();
  SipPeer peer(scene.bench, "192.0.2.10:5060");
  peer.drop_mail();
  const auto before = scene.bench.refused("OVERLOADED");
  const auto plain = invite("same", ";oc;oc-algo=\"loss\"");
  auto folded = plain;
  folded.insert(folded.find("Content-Length"), "Subject: one\r\n line\r\n");
  ASSERT_TRUE(sip::read_brief(plain));
  ASSERT_FALSE(sip::read_brief(folded));
  peer.send(plain);
  const auto cheap = peer.expect_status(503);
  peer.send(folded);
  const auto full = peer.expect_status(503);
  EXPECT_EQ(cheap.text(), full.text());
  EXPECT_EQ(cheap.text().size() % 64, 0u) << "refusals of one length leave as one";
  EXPECT_EQ(scene.bench.refused("OVERLOADED"), before + 2);
  // Nobody waits for its ACK, and a copy gets the same.
  peer.send(plain);
  EXPECT_EQ(peer.expect_status(503).text(), cheap.text());
  const auto transactions = scene.bench.layer.size();
  auto ack = plain;
  ack.replace(0, 6, "ACK");
  ack.replace(ack.find("1 INVITE"), 8, "1 ACK");
  ack.insert(ack.find("\r\nCall-ID"), ";tag=" + std::string(cheap.to().tag));
  peer.send(ack);
  EXPECT_TRUE(peer.quiet());
  EXPECT_EQ(scene.bench.layer.size(), transactions);
}

TEST_F(FrontDoor, WhatIsMalformedIsToldSoUnderLoadToo) {
  overload();
  refused_invite();
  SipPeer peer(scene.bench, "192.0.2.10:5060");
  peer.drop_mail();
  auto bad = invite("bad");
  bad.replace(bad.find("Max-Forwards: 70"), 16, "Max-Forwards: 7000");
  const auto from = *domain::SocketAddress::parse("192.0.2.10:5060");
  EXPECT_TRUE(scene.bench.engine.wants(bad, *scene.bench.sender.flow_to(from)))
      << "the transport parses it and answers 400";
  EXPECT_TRUE(peer.quiet());
}

TEST_F(FrontDoor, TheCopyOfAnInviteThatWasLetInIsNotRefused) {
  overload();
  SipPeer peer(scene.bench, "192.0.2.10:5060");
  const auto first = invite("first");
  peer.send(first);
  peer.expect_status(100);
  refused_invite();
  peer.drop_mail();
  peer.send(first);
  peer.expect_status(100);
  EXPECT_TRUE(peer.quiet());
}

TEST_F(FrontDoor, AnEmergencyCallIsNeverRefusedUnderLoad) {
  overload();
  refused_invite();
  SipPeer peer(scene.bench, "192.0.2.10:5060");
  peer.drop_mail();
  auto help = invite("help");
  help.replace(help.find("sip:12125550100"), 28, "urn:service:sos");
  peer.send(help);
  EXPECT_EQ(peer.next().status(), 100);
}

TEST_F(FrontDoor, StrangersHearNothingOfOverload) {
  overload();
  for (int i = 0; i < 5; ++i)
    stranger.invite();
  EXPECT_TRUE(stranger.quiet());
  EXPECT_EQ(scene.bench.refused("OVERLOADED"), 0u);
  refused_invite();
  EXPECT_EQ(scene.bench.refused("OVERLOADED"), 1u) << "and they used nothing up";
}

TEST_F(FrontDoor, APeerThatAsksIsToldHowMuchToKeepBack) {
  std::string ping = invite("calm", ";oc;oc-algo=\"loss,A\"");
  while (ping.find("INVITE") != std::string::npos)
    ping.replace(ping.find("INVITE"), 6, "OPTIONS");
  scene.caller.send(ping);
  const auto calm = std::string(scene.caller.expect_status(200).header(sip::HeaderId::Via));
  EXPECT_NE(calm.find(";oc=0;oc-validity=500;oc-seq="), std::string::npos) << calm;
  scene.caller.drop_mail();
  overload();
  for (int i = 0; i < 8; ++i) {
    refused_invite();
    scene.bench.engine.on_queue_delay(2s);
    scene.bench.clock.advance(100ms);
    scene.bench.engine.on_queue_delay(2s);
  }
  const auto told = std::string(refused_invite(";oc;oc-algo=\"loss\"").header(sip::HeaderId::Via));
  EXPECT_NE(told.find(";oc-algo=\"loss\""), std::string::npos) << told;
  const auto at = told.find(";oc=");
  ASSERT_NE(at, std::string::npos) << told;
  EXPECT_GT(std::stoi(told.substr(at + 4)), 10);
  const auto silent = std::string(refused_invite().header(sip::HeaderId::Via));
  EXPECT_EQ(silent.find("oc"), std::string::npos) << "who does not ask is not told";
}

TEST(FarEndsThatSpeakOfTheirLoad, AreAskedAndSpared) {
  calls::Settings settings;
  settings.overload.ask_far_ends = true;
  CallScene scene(settings);
  auto far = scene.start();
  EXPECT_NE(far.header(sip::HeaderId::Via).find(";oc;oc-algo=\"loss\""), std::string_view::npos);
  std::string busy = "SIP/2.0 486 Busy\r\n";
  for (const auto id :
       {sip::HeaderId::Via, sip::HeaderId::From, sip::HeaderId::CallId, sip::HeaderId::CSeq}) {
    std::string value(far.header(id));
    if (id == sip::HeaderId::Via)
      value.replace(value.find(";oc;"), 4, ";oc=100;oc-validity=60000;oc-seq=1.1;");
    busy += std::string(sip::canonical_name(id)) + ": " + value + "\r\n";
  }
  busy += "To: " + std::string(far.header(sip::HeaderId::To)) + ";tag=far\r\nContent-Length: 0\r\n\r\n";
  scene.first.send(busy);
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.second.expect_request("INVITE");
  EXPECT_TRUE(scene.first.quiet());
  scene.caller.cancel();
  scene.bench.pass(61s);
  scene.caller.drop_mail();
  scene.second.drop_mail();
  scene.caller.invite({.body = scene.caller_sdp()});
  scene.first.expect_request("INVITE");
}

}  // namespace
}  // namespace warp
