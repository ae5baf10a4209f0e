#include <fstream>
#include <future>

#include <boost/asio/ssl.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream_node.h"
#include "support/certificate.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using Verify = TlsProfile::Verify;

TlsProfile profile(const std::string& name, const Certificate& own, const std::string& ca,
                   Verify verify = Verify::None) {
  TlsProfile made;
  made.name = name;
  made.certificate_file = own.chain();
  made.key_file = own.key();
  made.ca_file = ca;
  made.verify = verify;
  return made;
}

std::string bundle(std::initializer_list<const Certificate*> certificates) {
  const auto path = (*certificates.begin())->chain() + ".all";
  std::ofstream out(path);
  for (const auto* one : certificates)
    out << std::ifstream(one->chain()).rdbuf();
  return path;
}

const Certificate& of_server() {
  static const Certificate made("DNS:sip.example.net,IP:127.0.0.1");
  return made;
}
const Certificate& of_client() {
  static const Certificate made("DNS:pbx.example.org,URI:sip:example.org");
  return made;
}

StreamNode server(Verify verify = Verify::None, SipTransport transport = SipTransport::Tls) {
  return StreamNode(on("127.0.0.1:0", transport),
                    {profile("main", of_server(), bundle({&of_client()}), verify)});
}
StreamNode client(const std::string& ca, SipTransport transport = SipTransport::Tls) {
  return StreamNode(on("127.0.0.1:0", transport), {profile("main", of_client(), ca)});
}

Flow towards(StreamNode& node, StreamNode& to, std::string_view name,
             SipTransport transport = SipTransport::Tls) {
  return *node.transport().flow_towards({to.at(), transport, name});
}

bool arrives(StreamNode& from, StreamNode& to, const Flow& flow) {
  const auto before = to.recorder().seen.size();
  if (!from.transport().send(flow, options("c" + std::to_string(before)))) return false;
  until({&from, &to}, [&] { return to.recorder().seen.size() > before || !from.recorder().lost.empty(); });
  return to.recorder().seen.size() > before;
}

struct SecureTransports : testing::TestWithParam<SipTransport> {};
INSTANTIATE_TEST_SUITE_P(All, SecureTransports, testing::Values(SipTransport::Tls, SipTransport::Wss));

TEST_P(SecureTransports, ARequestGoesToTheNameOfTheCertificate) {
  auto peer = server(Verify::None, GetParam());
  auto node = client(of_server().chain(), GetParam());
  for (const auto* name : {"sip.example.net", "SIP.Example.NET", "127.0.0.1"})
    EXPECT_TRUE(arrives(node, peer, towards(node, peer, name, GetParam()))) << name;
  EXPECT_TRUE(arrives(node, peer, towards(node, peer, "", GetParam()))) << "no name: the address counts";
  EXPECT_EQ(node.connections(), 3u) << "one for each name, none for a name written otherwise";
}

TEST_P(SecureTransports, AnotherNameIsNotBelieved) {
  auto peer = server(Verify::None, GetParam());
  auto node = client(of_server().chain(), GetParam());
  ASSERT_TRUE(arrives(node, peer, towards(node, peer, "sip.example.net", GetParam())));
  EXPECT_FALSE(arrives(node, peer, towards(node, peer, "sip.example.com", GetParam())))
      << "though a connection to that address is open";
  EXPECT_EQ(node.metric("tls_failures_total", "side=\"opened\""), 1u);
  EXPECT_EQ(node.recorder().lost.back().connection, 0u);
}

TEST(Tls, AnAuthorityThatNobodyNamedIsNotBelieved) {
  auto peer = server();
  auto node = client(of_client().chain());
  EXPECT_FALSE(arrives(node, peer, towards(node, peer, "sip.example.net")));
  ASSERT_TRUE(until({&node, &peer}, [&] { return peer.connections() == 0; }));
  EXPECT_EQ(peer.metric("tls_failures_total", "side=\"accepted\""), 1u);
}

TEST(Tls, OfAClientACertificateMayBeRequired) {
  auto peer = server(Verify::Required);
  auto known = client(of_server().chain());
  EXPECT_TRUE(arrives(known, peer, towards(known, peer, "sip.example.net")));

  const Certificate stranger("DNS:stranger.example");
  StreamNode unknown(on("127.0.0.1:0", SipTransport::Tls), {profile("main", stranger, of_server().chain())});
  EXPECT_FALSE(arrives(unknown, peer, towards(unknown, peer, "sip.example.net")));

  TlsProfile bare;
  bare.name = "bare";
  bare.ca_file = of_server().chain();
  StreamNode nobody(on("127.0.0.1:0", SipTransport::Tls),
                    {profile("main", of_client(), of_server().chain()), bare});
  const auto flow =
      nobody.transport().flow_towards({peer.at(), SipTransport::Tls, "sip.example.net", "bare"});
  EXPECT_FALSE(arrives(nobody, peer, *flow));
}

// RFC 5923 with RFC 5922: requests go back by a connection whose client proved its name, and by no other.
TEST(Tls, AConnectionIsTakenForThePeerThatProvedItself) {
  auto node = server(Verify::Optional);
  auto pbx = client(of_server().chain());
  ASSERT_TRUE(arrives(pbx, node, towards(pbx, node, "sip.example.net")));
  const domain::SocketAddress elsewhere{node.at().ip, 9};  // where nobody listens
  for (const auto* name : {"pbx.example.org", "example.org"}) {
    const auto flow = *node.transport().flow_towards({elsewhere, SipTransport::Tls, name});
    EXPECT_TRUE(node.transport().alive(flow)) << name;
    EXPECT_TRUE(arrives(node, pbx, flow)) << name;
  }
  const auto other = *node.transport().flow_towards({elsewhere, SipTransport::Tls, "other.example.org"});
  EXPECT_FALSE(node.transport().alive(other));
  const auto unnamed = *node.transport().flow_towards({elsewhere, SipTransport::Tls});
  EXPECT_FALSE(node.transport().alive(unnamed));
  // Lost is what was sent there by the names it was sent to.
  pbx.transport().stop();
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().lost.size() == 3; }));
  EXPECT_TRUE(std::any_of(node.recorder().lost.begin(), node.recorder().lost.end(),
                          [&](const Flow& flow) { return flow.remote == elsewhere; }));
}

TEST(Tls, WithoutItsCertificateItIsTakenForNobody) {
  auto node = server(Verify::None);
  auto pbx = client(of_server().chain());
  ASSERT_TRUE(arrives(pbx, node, towards(pbx, node, "sip.example.net")));
  const domain::SocketAddress elsewhere{node.at().ip, 9};
  EXPECT_FALSE(node.transport().alive(
      *node.transport().flow_towards({elsewhere, SipTransport::Tls, "pbx.example.org"})));
}

TEST(Tls, TheNameAskedForPicksTheCertificate) {
  const Certificate second("DNS:two.example.net");
  StreamNode peer(
      on("127.0.0.1:0", SipTransport::Tls, {"main", "two"}),
      {profile("main", of_server(), {}), profile("two", second, {}), profile("three", of_client(), {})});
  // Each trusts one alone: the certificates of this test have one subject, which OpenSSL takes for a forgery.
  auto first = client(of_server().chain()), other = client(second.chain()),
       third = client(of_client().chain());
  EXPECT_TRUE(arrives(first, peer, towards(first, peer, "sip.example.net")));
  EXPECT_TRUE(arrives(other, peer, towards(other, peer, "two.example.net")));
  EXPECT_FALSE(arrives(third, peer, towards(third, peer, "pbx.example.org")))
      << "not a profile of this listener";
}

TEST(Tls, NewCertificatesServeNewConnectionsAndOldOnesGoOn) {
  const Certificate renewed("DNS:sip.example.net");
  auto peer = server();
  auto node = client(of_server().chain());
  const auto flow = towards(node, peer, "sip.example.net");
  ASSERT_TRUE(arrives(node, peer, flow));
  ASSERT_TRUE(peer.tls->reload({profile("main", renewed, {})}));
  EXPECT_TRUE(arrives(node, peer, flow)) << "the open connection";
  auto late = client(of_server().chain());
  EXPECT_FALSE(arrives(late, peer, towards(late, peer, "sip.example.net")))
      << "the old certificate is not shown";
  auto knowing = client(renewed.chain());
  EXPECT_TRUE(arrives(knowing, peer, towards(knowing, peer, "sip.example.net")));
  const auto failed = peer.tls->reload({profile("main", renewed, "/nowhere.pem", Verify::Required)});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), testing::HasSubstr("/nowhere.pem"));
  EXPECT_TRUE(arrives(knowing, peer, towards(knowing, peer, "sip.example.net"))) << "what was, stays";
}

TEST(Tls, OldVersionsAreRefused) {
  TlsProfile modern = profile("main", of_server(), {});
  modern.only_tls13 = true;
  for (const bool strict : {false, true}) {
    StreamNode peer(on("127.0.0.1:0", SipTransport::Tls),
                    {strict ? modern : profile("main", of_server(), {})});
    const auto shakes = [&](int version) {
      auto done = std::async(std::launch::async, [at = peer.at(), version] {
        boost::asio::io_context context;
        boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
        SSL_CTX_set_max_proto_version(tls.native_handle(), version);
        SSL_CTX_set_min_proto_version(tls.native_handle(), version);
        SSL_CTX_set_security_level(tls.native_handle(), 0);
        boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(context, tls);
        stream.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), at.port});
        boost::system::error_code error;
        stream.handshake(boost::asio::ssl::stream_base::client, error);
        return !error;
      });
      until({&peer}, [&] { return done.wait_for(0s) == std::future_status::ready; });
      return done.get();
    };
    EXPECT_FALSE(shakes(TLS1_1_VERSION));
    EXPECT_EQ(shakes(TLS1_2_VERSION), !strict);
    EXPECT_TRUE(shakes(TLS1_3_VERSION));
  }
}

TEST(Tls, HalfAHandshakeIsCutOff) {
  auto peer = server();
  BareClient client(peer.at());
  client.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  ASSERT_TRUE(until({&peer}, [&] { return peer.connections() == 1; }));
  pass(peer, 11s);
  EXPECT_TRUE(until({&peer}, [&] { return client.ended(); }));
  EXPECT_EQ(peer.metric("connections_closed_total", "reason=\"handshake_timeout\""), 1u);
  BareClient plain(peer.at());
  plain.send(options());
  EXPECT_TRUE(until({&peer}, [&] { return plain.ended(); })) << "SIP in the clear is no handshake";
  EXPECT_TRUE(peer.recorder().seen.empty());
}

TEST(Tls, FilesThatCannotBeUsedAreNamed) {
  TlsProfile broken = profile("main", of_server(), {});
  broken.key_file = of_client().key();
  const auto loaded = TlsProfiles::load({broken});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error(), testing::HasSubstr("profile main"));
  broken = profile("main", of_server(), {});
  broken.ciphers = "NOSUCH";
  EXPECT_FALSE(TlsProfiles::load({broken}));
}

TEST(Tls, AnUnknownProfileSendsNothing) {
  auto peer = server();
  auto node = client(of_server().chain());
  const auto flow =
      node.transport().flow_towards({peer.at(), SipTransport::Tls, "sip.example.net", "nosuch"});
  ASSERT_TRUE(flow);
  EXPECT_FALSE(node.transport().send(*flow, options()));
}

TEST(Tls, WildcardsAreTakenWhereTheProfileSaysSo) {
  const Certificate wild("DNS:*.example.net");
  StreamNode peer(on("127.0.0.1:0", SipTransport::Tls), {profile("main", wild, {})});
  for (const bool allowed : {false, true}) {
    auto trusting = profile("main", of_client(), wild.chain());
    trusting.wildcards = allowed;
    StreamNode node(on("127.0.0.1:0", SipTransport::Tls), {trusting});
    EXPECT_EQ(arrives(node, peer, towards(node, peer, "sip.example.net")), allowed);
  }
}

TEST(StreamCommons, APeerHasTheSameNumberInEveryProcess) {
  const auto tls = TlsProfiles::load({});
  StreamCommons one(**tls, {}), other(**tls, {});
  EXPECT_FALSE(one.known("sip.example.net", "main"));
  const auto number = one.intern("sip.example.net", "main");
  EXPECT_EQ(one.intern("SIP.example.net", "main"), number);
  EXPECT_NE(one.intern("sip.example.net", "other"), number);
  EXPECT_NE(one.intern("sip.example.org", "main"), number);
  EXPECT_EQ(one.known("sip.example.net", "main"), number);
  EXPECT_EQ(other.intern("sip.example.net", "main"), number);
  EXPECT_EQ(other.peer(*number)->name, "sip.example.net");
  EXPECT_FALSE(other.peer(*number + 1));
}

}  // namespace
}  // namespace warp::sip
