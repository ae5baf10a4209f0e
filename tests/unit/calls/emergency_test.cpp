// Calls for help: who takes them, what they pass, what they carry.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Reason;
using namespace test;

calls::Settings with_partition(std::string partition) {
  calls::Settings settings;
  settings.emergency.partition = std::move(partition);
  settings.emergency.of_countries = {{"44", "999"}};
  return settings;
}

class EmergencyCall : public testing::Test {
 protected:
  explicit EmergencyCall(std::string partition = "help") : scene(with_partition(std::move(partition))) {
    auto& world = scene.bench.world;
    world.partition(9).name = "help";
    world.provider(3, 2, "203.0.113.3:5060");
    world.provider(4, 2, "203.0.113.4:5060");
    world.route(9, 3, "").priority = 1;
    world.route(9, 4, "").priority = 2;
    scene.bench.publish();
  }
  void locate() {
    scene.bench.world.catalogue.emergency_locations.push_back(
        {"12025550199",
         id_of<CustomerId>(1),
         {{"country", "US"}, {"A1", "DC"}, {"RD", "M & <Main>"}, {"STS", "St \"N\""}},
         "Desk"});
    scene.bench.publish();
  }
  sip::Message called(InviteText invite) {
    if (invite.body.empty()) invite.body = scene.caller_sdp();
    scene.caller.invite(invite);
    scene.caller.expect_status(100);
    return psap.expect_request("INVITE");
  }
  void done() {
    scene.caller.cancel();
    scene.caller.drop_mail();
    psap.drop_mail();
  }

  CallScene scene;
  SipPeer psap{scene.bench, "203.0.113.3:5060"};
  SipPeer second{scene.bench, "203.0.113.4:5060"};
  int sent = 0;
};

TEST_F(EmergencyCall, GoesToTheEmergencyPartitionAsItWasDialled) {
  for (const auto& [dni, number] : std::vector<std::pair<std::string, std::string>>{
           {"911", "911"}, {"112", "112"}, {"933", "933"}, {"+911", "911"}, {"9-1-1", "911"}}) {
    EXPECT_EQ(called({.dni = dni}).request_uri(), "sip:" + number + "@203.0.113.3:5060");
    done();
    const auto& record = scene.bench.records.records.back();
    EXPECT_TRUE(record.facts->emergency) << dni;
    EXPECT_EQ(record.customer, id_of<CustomerId>(1));
    EXPECT_FALSE(record.price || record.cost);
  }
  EXPECT_EQ(scene.bench.metrics.counter("warp_calls_emergency_total", "Calls to emergency numbers.").value(),
            5u);
}

TEST_F(EmergencyCall, OtherCountriesNumbersAreThoseOfTheirTrunks) {
  scene.caller.invite({.dni = "999", .body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  EXPECT_NE(scene.caller.next().status(), 100);
  EXPECT_TRUE(psap.quiet());
  scene.bench.trunk().sip.identity.country_code = "44";
  scene.bench.publish();
  EXPECT_EQ(called({.dni = "999"}).request_uri(), "sip:999@203.0.113.3:5060");
}

TEST_F(EmergencyCall, NothingThatStopsOtherCallsStopsIt) {
  auto& trunk = scene.bench.trunk();
  trunk.cps_outbound = 0;
  trunk.channels_outbound = 0;
  trunk.enabled = false;
  trunk.number_classes = static_cast<domain::NumberClasses>(domain::NumberClass::Local);
  trunk.sip.identity.tech_prefix = "777";
  trunk.sip.identity.caller_id_policy = domain::CallerIdPolicy::Own;
  scene.bench.world.catalogue.customers[0].active = false;
  scene.bench.provider(2).channels = 0;
  scene.bench.publish();
  scene.bench.records.can_write = false;
  called({.dni = "911", .extra = "Privacy: critical;unknown\r\n"});
  done();
  EXPECT_EQ(called({.dni = "777911"}).request_uri(), "sip:911@203.0.113.3:5060") << "behind the tech prefix";
}

TEST_F(EmergencyCall, GoesOnToTheNextProviderWhateverTheFirstSays) {
  const auto far = called({.dni = "911"});
  psap.answer(far, 404);
  second.expect_request("INVITE");
}

TEST_F(EmergencyCall, AServiceUrnIsTheFirstNumber) {
  scene.caller.invite({.dni = "911", .body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  psap.expect_request("INVITE");
  done();
  scene.bench.receive(
      *domain::SocketAddress::parse("192.0.2.10:5060"),
      "INVITE urn:service:sos.fire SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKurn;rport"
      "\r\nMax-Forwards: 70\r\nFrom: <sip:+12025550199@192.0.2.10>;tag=u\r\nTo: <urn:service:sos.fire>"
      "\r\nCall-ID: urn@192.0.2.10\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.10>\r\n"
      "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(psap.expect_request("INVITE").request_uri(), "sip:911@203.0.113.3:5060");
}

TEST_F(EmergencyCall, TheCallerIsShownWhateverPrivacySays) {
  const auto far = called({.dni = "911", .extra = "Privacy: id\r\n", .from_user = "+12025550199"});
  EXPECT_EQ(far.from().uri, "sip:+12025550199@198.51.100.1:5060");
  EXPECT_EQ(far.header(sip::HeaderId::PAssertedIdentity), "<sip:+12025550199@198.51.100.1:5060>");
  EXPECT_FALSE(far.has(sip::HeaderId::Privacy));
}

TEST_F(EmergencyCall, CarriesTheRegisteredLocationBesideTheOffer) {
  locate();
  const auto far = called({.dni = "911", .from_user = "+12025550199"});
  EXPECT_EQ(far.header("Geolocation-Routing"), "yes");
  const std::string id(far.header("Geolocation"));
  ASSERT_TRUE(id.starts_with("<cid:location@") && id.ends_with(">")) << id;
  const std::string type(far.content_type());
  ASSERT_TRUE(type.starts_with("multipart/mixed;boundary=")) << type;
  const auto boundary = type.substr(25);
  const std::string body(far.body());
  EXPECT_TRUE(body.starts_with("--" + boundary + "\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n")) << body;
  EXPECT_NE(body.find("Content-Type: application/pidf+xml\r\nContent-ID: <" + id.substr(5)),
            std::string::npos);
  EXPECT_NE(body.find("<ca:RD>M &amp; &lt;Main&gt;</ca:RD>"), std::string::npos) << body;
  EXPECT_NE(body.find("<ca:STS>St &quot;N&quot;</ca:STS>"), std::string::npos);
  EXPECT_NE(body.find("entity=\"sip:+12025550199@198.51.100.1:5060\""), std::string::npos);
  EXPECT_TRUE(body.ends_with("--" + boundary + "--\r\n"));
  EXPECT_EQ(body.find("192.0.2.10"), std::string::npos);
  psap.answer(far, 200, audio("203.0.113.3", 5000));
  psap.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(EmergencyCall, AnotherCustomersLocationIsNotShown) {
  locate();
  scene.bench.world.catalogue.emergency_locations[0].customer = id_of<CustomerId>(2);
  scene.bench.publish();
  EXPECT_EQ(called({.dni = "911", .from_user = "+12025550199"}).header("Geolocation"), "");
}

TEST_F(EmergencyCall, AMultipartOfferIsUnderstoodAndATrustedSidesLocationGoesOn) {
  const std::string body = "preamble\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n" + scene.caller_sdp() +
                           "\r\n--b1\r\nContent-Type: application/pidf+xml\r\nContent-ID: <me@pbx>\r\n\r\n"
                           "<presence>here</presence>\r\n--b1--\r\n";
  const auto send = [&] {
    const auto mark = std::to_string(++sent);
    scene.bench.receive(
        *domain::SocketAddress::parse("192.0.2.10:5060"),
        "INVITE sip:911@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKmp" +
            std::to_string(++sent) +
            ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:+14155550111@192.0.2.10>;tag=m" + mark +
            "\r\nTo: <sip:911@198.51.100.1>\r\nCall-ID: mp" + mark +
            "@192.0.2.10\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.10>\r\nContent-Type: "
            "multipart/mixed; boundary=\"b1\"\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
    return psap.expect_request("INVITE");
  };
  const auto plain = send();
  EXPECT_EQ(plain.content_type(), "application/sdp");
  scene.bench.trunk().sip.identity.trusted = true;
  scene.bench.publish();
  const auto located = send();
  EXPECT_NE(located.body().find("<presence>here</presence>"), std::string_view::npos);
}

class EmergencyUnprovided : public EmergencyCall {
 protected:
  EmergencyUnprovided() : EmergencyCall("") {}
};

TEST_F(EmergencyUnprovided, IsRefusedPolitely) {
  scene.caller.invite({.dni = "911", .body = scene.caller_sdp()});
  scene.caller.expect_status(100);
  const auto response = scene.caller.expect_status(503);
  EXPECT_EQ(response.header(sip::HeaderId::RetryAfter), "5");
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=4011;text=\"EMERGENCY_NOT_CONFIGURED\"");
  EXPECT_TRUE(scene.bench.record().facts->emergency);
  EXPECT_EQ(scene.bench.record().reason, Reason::EmergencyNotConfigured);
}

}  // namespace
}  // namespace warp
