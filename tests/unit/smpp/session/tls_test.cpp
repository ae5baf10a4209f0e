// Both ends of this room joined by TLS, with certificates made for the test.
#include <cstdlib>
#include <filesystem>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "warp/smpp/session/client.h"

#include "support/smpp_server_bench.h"

namespace warp::smpp {
namespace {

using namespace std::chrono_literals;
using test::smpp_submit;
using test::SmppWire;

// Self-signed, for the name smsc.test.
class TemporaryCertificate {
 public:
  TemporaryCertificate() {
    char name[] = "/tmp/warp-smpp-XXXXXX";
    folder_ = mkdtemp(name);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("smsc.test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:smsc.test");
    X509_add_ext(certificate.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    auto* file = std::fopen(files().certificate_chain.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    file = std::fopen(files().private_key.c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  ~TemporaryCertificate() { std::filesystem::remove_all(folder_); }
  TlsFiles files() const { return {folder_ + "/chain.pem", folder_ + "/key.pem"}; }

 private:
  std::string folder_;
};

struct ClientOwner final : ClientListener {
  void on_bound(SessionId, const Pdu&) override { ++bound; }
  void on_unbound(SessionId, const Unbinding& why) override {
    reasons.push_back(why.reason);
    details.emplace_back(why.detail);
  }
  void on_deliver(SessionId session, const Pdu& pdu) override {
    client->answer(session, pdu.header.sequence, Status::Ok);
  }
  Client* client = nullptr;
  int bound = 0;
  std::vector<CloseReason> reasons;
  std::vector<std::string> details;
};

class TlsTest : public test::SmppServerBench {
 protected:
  TlsTest() {
    settings.listeners = {{*domain::SocketAddress::parse("127.0.0.1:0"), certificate.files()}};
    upstream.host = "127.0.0.1";
    upstream.system_id = "esme";
    upstream.password = "secret";
    upstream.tls.emplace();
    upstream.tls->ca_file = certificate.files().certificate_chain;
    upstream.tls->verify_name = "smsc.test";
  }
  void connect() {
    start();
    upstream.port = address().port;
    client = std::make_unique<Client>(loop, ids, upstream, client_owner, registry);
    client_owner.client = client.get();
    client->start();
  }

  TemporaryCertificate certificate;
  SeededIdSource ids{7};
  ClientSettings upstream;
  ClientOwner client_owner;
  std::unique_ptr<Client> client;
};

TEST_F(TlsTest, Complaint_TlsCarriesBindSubmitDeliverAndUnbind) {
  connect();
  ASSERT_TRUE(until([&] { return client_owner.bound == 1; }));
  EXPECT_TRUE(owner.binds.at(0).tls);
  int answered = 0, delivered = 0;
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(client->submit(smpp_submit(0), [&](const Reply& reply) {
      answered += reply.status == Status::Ok && reply.message_id == "id-1";
    }));
  ASSERT_TRUE(until([&] { return answered == 10; }));
  const auto deliver = test::smpp_pdu(CommandId::DeliverSm, 0, smpp_submit(1).body);
  ASSERT_TRUE(server->deliver(last_session(), deliver,
                              [&](const Reply& reply) { delivered += reply.status == Status::Ok; }));
  ASSERT_TRUE(until([&] { return delivered == 1; }));
  bool stopped = false;
  client->stop(10s, [&] { stopped = true; });
  ASSERT_TRUE(until([&] { return stopped && server->sessions() == 0; }));
  EXPECT_EQ(client_owner.reasons, std::vector{CloseReason::Unbound});
  EXPECT_EQ(owner.closed.at(last_session()), CloseReason::PeerUnbound);
}

TEST_F(TlsTest, ServerDrainReachesTheClient) {
  connect();
  ASSERT_TRUE(until([&] { return client_owner.bound == 1; }));
  bool drained = false;
  server->drain(10s, [&] { drained = true; });
  ASSERT_TRUE(until([&] { return drained && !client_owner.reasons.empty(); }));
  EXPECT_EQ(client_owner.reasons[0], CloseReason::PeerUnbound);
  EXPECT_EQ(owner.closed.at(last_session()), CloseReason::Unbound);
}

TEST_F(TlsTest, TheServersNameIsVerified) {
  upstream.tls->verify_name = "other.test";
  connect();
  ASSERT_TRUE(until([&] { return client_owner.reasons.size() == 1; }));
  EXPECT_EQ(client_owner.reasons[0], CloseReason::TlsFailed);
  EXPECT_NE(client_owner.details[0].find("verify"), std::string::npos) << client_owner.details[0];
  EXPECT_TRUE(owner.binds.empty());
}

TEST_F(TlsTest, AnUnknownAuthorityIsRefusedUnlessTold) {
  const TemporaryCertificate stranger;
  upstream.tls->ca_file = stranger.files().certificate_chain;
  connect();
  ASSERT_TRUE(until([&] { return client_owner.reasons.size() == 1; }));
  EXPECT_EQ(client_owner.reasons[0], CloseReason::TlsFailed);
  upstream.tls->verify = false;
  client = std::make_unique<Client>(loop, ids, upstream, client_owner, registry);
  client->start();
  ASSERT_TRUE(until([&] { return client_owner.bound == 1; }));
}

TEST_F(TlsTest, PlainTextAndHalfHandshakesEnd) {
  start();
  auto plain = SmppWire::connect(address());
  plain.send(test::smpp_bind(CommandId::BindTransceiver));
  EXPECT_TRUE(ends(plain));
  auto silent = SmppWire::connect(address());
  ASSERT_TRUE(until([&] { return server->sessions() == 1; }));
  pass(10'100ms);
  EXPECT_TRUE(ends(silent)) << "nobody may hold a connection by saying nothing";
}

TEST_F(TlsTest, MissingFilesAreNamed) {
  settings.listeners[0].tls->private_key = "/nowhere/key.pem";
  server = std::make_unique<Server>(loop, settings, owner, registry);
  const auto started = server->start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().find("/nowhere/key.pem"), std::string::npos);
}

TEST_F(TlsTest, CertificatesAreReadAnewWithoutDroppingAnybody) {
  connect();
  ASSERT_TRUE(until([&] { return client_owner.bound == 1; }));
  const TemporaryCertificate fresh;
  const auto files = certificate.files(), wanted = fresh.files();
  std::filesystem::copy_file(wanted.certificate_chain, files.certificate_chain,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(server->reload_tls()) << "a key of another certificate";
  std::filesystem::copy_file(wanted.private_key, files.private_key,
                             std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(server->reload_tls());
  upstream.tls->ca_file = wanted.certificate_chain;
  ClientOwner second_owner;
  Client second(loop, ids, upstream, second_owner, registry);
  second_owner.client = &second;
  second.start();
  ASSERT_TRUE(until([&] { return second_owner.bound == 1; })) << "the new certificate is shown";
  int answered = 0;
  ASSERT_TRUE(
      client->submit(smpp_submit(0), [&](const Reply& reply) { answered += reply.status == Status::Ok; }));
  ASSERT_TRUE(until([&] { return answered == 1; })) << "the old bind lives on";
  EXPECT_TRUE(client_owner.reasons.empty());
}

TEST_F(TlsTest, WhoBindsMayHaveToShowACertificate) {
  const TemporaryCertificate known, stranger;
  settings.listeners[0].tls->client_ca = known.files().certificate_chain;
  connect();
  ASSERT_TRUE(until([&] { return !client_owner.reasons.empty(); })) << "none is shown";
  EXPECT_TRUE(owner.binds.empty());
  for (const auto* shown : {&stranger, &known}) {
    upstream.tls->certificate_chain = shown->files().certificate_chain;
    upstream.tls->private_key = shown->files().private_key;
    ClientOwner other_owner;
    Client other(loop, ids, upstream, other_owner, registry);
    other_owner.client = &other;
    other.start();
    ASSERT_TRUE(until([&] { return other_owner.bound + other_owner.reasons.size() > 0; }));
    EXPECT_EQ(other_owner.bound, shown == &known ? 1 : 0);
  }
}

}  // namespace
}  // namespace warp::smpp
