// Calls to a trunk that is reached where its devices registered.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using namespace test;

class RegisteredTest : public testing::Test {
 protected:
  RegisteredTest() {
    scene.bench.trunk().auth_type = domain::AuthType::Digest;
    scene.bench.trunk().endpoints.clear();
    scene.bench.publish();
  }
  domain::Binding& bind(std::string_view contact, std::string_view received) {
    auto& binding = scene.bench.bindings.bindings.emplace_back();
    binding.contact = contact;
    binding.received = *domain::SocketAddress::parse(received);
    binding.local = *domain::SocketAddress::parse("198.51.100.1:5060");
    return binding;
  }
  void call() {
    scene.first.invite({.dni = "12025550199", .body = CallScene::callee_sdp()});
    scene.first.expect_status(100);
  }

  CallScene scene;
  SipPeer phone{scene.bench, "198.18.0.9:40000"};
  SipPeer other{scene.bench, "198.18.0.10:40000"};
};

TEST_F(RegisteredTest, ItRingsAtTheContactOverThePinhole) {
  bind("sip:alice@10.0.0.5:5060;ob", "198.18.0.9:40000");
  call();
  const auto invite = phone.expect_request("INVITE");
  EXPECT_EQ(invite.request_uri(), "sip:alice@10.0.0.5:5060;ob");
  phone.answer(invite, 200, audio("10.0.0.5", 4000));
  scene.first.expect_status(200);
}

TEST_F(RegisteredTest, TheRecordSaysWhichTransportEachLegHad) {
  bind("sip:alice@10.0.0.5:5061;transport=tls", "198.18.0.9:40000").transport = domain::SipTransport::Tls;
  call();
  phone.answer(phone.expect_request("INVITE"), 486);
  phone.expect_request("ACK");
  EXPECT_EQ(scene.bench.record().facts->transport_in, "UDP");
  EXPECT_EQ(scene.bench.record().facts->transport_out, "TLS");
}

TEST_F(RegisteredTest, TheNextBindingIsTriedWhenOneFails) {
  bind("sip:a@10.0.0.5", "198.18.0.9:40000");
  bind("sip:b@10.0.0.6", "198.18.0.10:40000");
  call();
  phone.answer(phone.expect_request("INVITE"), 503);
  phone.expect_request("ACK");
  EXPECT_EQ(other.expect_request("INVITE").request_uri(), "sip:b@10.0.0.6");
}

TEST_F(RegisteredTest, NobodyIsThere) {
  call();
  const auto response = scene.first.expect_status(480);
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=4012;text=\"NOT_REGISTERED\"");
}

TEST_F(RegisteredTest, ATrunkThatCannotRegisterHasNoEndpoint) {
  scene.bench.trunk().auth_type = domain::AuthType::IpAcl;
  scene.bench.publish();
  call();
  scene.first.next();
  EXPECT_EQ(scene.bench.refused("TRUNK_HAS_NO_ENDPOINT"), 1u);
}

TEST_F(RegisteredTest, APbxGetsTheNumber) {
  bind("sip:10.0.0.5:5080;bnc;transport=udp", "198.18.0.9:40000").gin = true;
  call();
  EXPECT_EQ(phone.expect_request("INVITE").request_uri(), "sip:+12025550199@10.0.0.5:5080;transport=udp");
}

TEST_F(RegisteredTest, PathIsTheWay) {
  bind("sip:alice@10.0.0.5", "198.18.0.9:40000").path = {"<sip:edge1;lr>", "<sip:edge2;lr>"};
  call();
  const auto invite = phone.expect_request("INVITE");
  std::vector<std::string> routes;
  for (const auto& header : invite.headers())
    if (header.id == sip::HeaderId::Route) routes.emplace_back(header.value);
  EXPECT_EQ(routes, (std::vector<std::string>{"<sip:edge1;lr>", "<sip:edge2;lr>"}));
}

TEST_F(RegisteredTest, TheCustomerPaysForCallsToItsNumberAllTheSame) {
  scene.bench.world.catalogue.numbers[0].rate_plan = id_of<RatePlanId>(1);
  scene.bench.publish();
  bind("sip:alice@10.0.0.5", "198.18.0.9:40000");
  call();
  phone.answer(phone.expect_request("INVITE"), 486);
  phone.expect_request("ACK");
  EXPECT_TRUE(scene.bench.record().price.has_value());
}

}  // namespace
}  // namespace warp
