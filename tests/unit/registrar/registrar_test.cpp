#include "warp/registrar/registrar.h"

#include <gtest/gtest.h>

#include "support/catalogue_builder.h"
#include "support/manual_clock.h"

namespace warp::registrar {
namespace {

using namespace std::chrono_literals;
using namespace test;

class Sender final : public sip::MessageSender {
 public:
  bool send(const sip::Flow&, std::string_view bytes) override {
    sent.emplace_back(bytes);
    return true;
  }
  std::string_view sent_by(std::uint16_t) const override { return "198.51.100.1:5060"; }
  std::optional<sip::Flow> flow_towards(const sip::Target&) override { return std::nullopt; }
  std::vector<std::string> sent;
};

class RegistrarTest : public testing::Test {
 protected:
  RegistrarTest() {
    layer.set_user(registrar);
    world.customer(1, 1, 1);
    world.trunk(1, 1).auth_type = domain::AuthType::Digest;
    const auto secret = sip::make_digest_secret("alice", "warp", "secret");
    world.catalogue.credentials.push_back(
        {{}, id_of<TrunkId>(1), "alice", "warp", secret.md5, secret.sha256, 1});
    publish();
  }
  void publish() { snapshots.publish(routing::Snapshot::compile(world.catalogue, nullptr)); }
  domain::AccessPolicy& policy() { return world.catalogue.trunks[0].sip.access; }

  struct Ask {
    std::string contact = "Contact: <sip:alice@192.0.2.1:5060>\r\n";
    std::string to = "alice";
    std::string call_id = "one";
    int cseq = 1;
    std::string extra = {}, via = {};
    std::string password = "secret", username = "alice";
    sip::Flow from = {.remote = *domain::SocketAddress::parse("192.0.2.1:5060"),
                      .local = *domain::SocketAddress::parse("198.51.100.1:5060")};
  };
  sip::Message say(const Ask& ask, const std::string& authorization = {}) {
    const std::string text =
        "REGISTER sip:warp.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK" +
        std::to_string(++branches) + "\r\n" + ask.via + "Max-Forwards: 70\r\nFrom: <sip:" + ask.to +
        "@warp.example>;tag=f\r\nTo: <sip:" + ask.to + "@warp.example>\r\nCall-ID: " + ask.call_id +
        "\r\nCSeq: " + std::to_string(ask.cseq) + " REGISTER\r\n" + ask.contact + ask.extra + authorization +
        "Content-Length: 0\r\n\r\n";
    sender.sent.clear();
    auto message = sip::Message::parse(text);
    EXPECT_TRUE(message) << text;
    layer.receive(std::move(*message), ask.from);
    EXPECT_EQ(sender.sent.size(), 1u);
    auto response = sip::Message::parse(sender.sent.empty() ? "" : sender.sent[0]);
    EXPECT_TRUE(response);
    return std::move(*response);
  }
  // Asks, answers the challenge with the next CSeq, and gives what comes then. Whoever asks more than once
  // with one Call-ID leaves room for both: the same CSeq by another branch is a merged request (RFC 3261
  // §8.2.2.2).
  sip::Message ask(const Ask& asked) {
    const auto response = say(asked);
    EXPECT_EQ(response.status(), 401);
    const auto offered = sip::challenges_of(response, sip::HeaderId::WwwAuthenticate);
    if (offered.empty()) return say(asked);
    sip::DigestCredentials said;
    said.username = asked.username;
    said.realm = offered[0].realm;
    said.nonce = offered[0].nonce;
    said.algorithm = offered[0].algorithm;
    said.uri = "sip:warp.example";
    said.nc = "00000001";
    said.cnonce = "c";
    const auto secret = sip::make_digest_secret(asked.username, said.realm, asked.password);
    said.response = sip::digest_response(said.algorithm, secret.of(said.algorithm),
                                         {"REGISTER", said.uri, said.nonce, said.nc, said.cnonce})
                        .text();
    Ask again = asked;
    ++again.cseq;
    return say(again, "Authorization: " + sip::write(said) + "\r\n");
  }
  BindingStore::List bindings() const { return store.of(id_of<TrunkId>(1)); }
  static std::vector<std::string> contacts(const sip::Message& response) {
    std::vector<std::string> all;
    for (const auto& header : response.headers())
      if (header.id == sip::HeaderId::Contact) all.emplace_back(header.value);
    return all;
  }

  ManualClock clock;
  net::TimerWheel wheel{clock};
  SeededIdSource ids{1};
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  Sender sender;
  sip::TransactionLayer layer{sender, wheel, ids, sip::TransactionTimers{}, metrics};
  routing::SnapshotHolder snapshots;
  sip::DigestServer digest{{.key = "a key of the test"}, clock.wall()};
  BindingStore store{"here", clock, metrics};
  Registrar registrar{{layer, clock, ids, snapshots, digest, store, log, metrics}, Settings{}};
  CatalogueBuilder world;
  int branches = 0;
};

TEST_F(RegistrarTest, ADeviceRegistersAndIsListed) {
  const auto response = ask({.extra = "Expires: 1800\r\n"});
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(contacts(response), std::vector<std::string>{"<sip:alice@192.0.2.1:5060>;expires=1800"});
  ASSERT_EQ(bindings().size(), 1u);
  EXPECT_EQ(bindings()[0].contact, "sip:alice@192.0.2.1:5060");
  EXPECT_EQ(bindings()[0].received.to_string(), "192.0.2.1:5060");
  clock.advance(1800s);
  EXPECT_TRUE(bindings().empty());
  store.expire();
  EXPECT_EQ(store.size(), 0u);
}

TEST_F(RegistrarTest, AChallengeLeavesNothingBehind) {
  const auto first = say({});
  EXPECT_EQ(first.status(), 401);
  EXPECT_EQ(first.header(sip::HeaderId::Reason), "WARP;cause=2013;text=\"AUTHENTICATION_REQUIRED\"");
  EXPECT_EQ(sip::challenges_of(first, sip::HeaderId::WwwAuthenticate).size(), 2u);
  EXPECT_EQ(layer.size(), 0u);
  --branches;
  EXPECT_EQ(say({}).to().tag, first.to().tag) << "the same request";
  EXPECT_NE(say({}).to().tag, first.to().tag) << "another one";
  EXPECT_EQ(layer.size(), 0u);
  // What brings credentials is remembered: it counts once.
  EXPECT_EQ(ask({}).status(), 200);
  EXPECT_EQ(layer.size(), 1u);
}

TEST_F(RegistrarTest, SeveralDevicesHaveOneAddressOfRecordBestFirst) {
  ask({.contact = "Contact: <sip:alice@192.0.2.1>;q=0.3\r\n"});
  const auto response =
      ask({.contact = "Contact: <sip:alice@192.0.2.2>;q=0.75;expires=120, <sip:a@192.0.2.3>\r\n",
           .call_id = "two"});
  EXPECT_EQ(contacts(response).size(), 3u);
  const auto list = bindings();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].contact, "sip:a@192.0.2.3");
  EXPECT_EQ(list[1].q, 750);
  EXPECT_EQ(list[2].q, 300);
  policy().most_bindings = 3;
  publish();
  EXPECT_EQ(ask({.contact = "Contact: <sip:alice@192.0.2.4>\r\n", .call_id = "three"}).status(), 403);
  EXPECT_EQ(bindings().size(), 3u);
}

TEST_F(RegistrarTest, ARequestIsDoneWholeOrNotAtAll) {
  ask({});
  const auto before = bindings();
  ASSERT_EQ(before.size(), 1u);
  policy().most_bindings = 2;
  publish();
  clock.advance(100s);
  // The first would be refreshed and the second added; there is no place for the third.
  EXPECT_EQ(ask({.contact = "Contact: <sip:alice@192.0.2.1:5060>, <sip:alice@192.0.2.2>\r\n"
                            "Contact: <sip:alice@192.0.2.3>\r\n",
                 .cseq = 10})
                .status(),
            403);
  ASSERT_EQ(bindings().size(), 1u);
  EXPECT_EQ(bindings()[0].registered_at, before[0].registered_at);
  EXPECT_EQ(bindings()[0].cseq, before[0].cseq);
}

TEST_F(RegistrarTest, ABindingIsRefreshedAndRemoved) {
  ask({});
  clock.advance(100s);
  ask({.cseq = 10});
  ASSERT_EQ(bindings().size(), 1u);
  EXPECT_EQ(bindings()[0].expires_at, clock.wall() + 600s);
  ask({.contact = "Contact: <sip:alice@192.0.2.1:5060>;expires=0\r\n", .cseq = 20});
  EXPECT_TRUE(bindings().empty());
  ask({.cseq = 30});
  EXPECT_EQ(ask({.contact = "Contact: *\r\n", .cseq = 40}).status(), 400);
  EXPECT_EQ(ask({.contact = "Contact: *\r\n", .cseq = 50, .extra = "Expires: 0\r\n"}).status(), 200);
  EXPECT_TRUE(bindings().empty());
}

TEST_F(RegistrarTest, WhatCameLaterIsNotUndone) {
  ask({.cseq = 10});
  EXPECT_EQ(ask({.contact = "Contact: <sip:alice@192.0.2.1:5060>;expires=0\r\n", .cseq = 5}).status(), 500);
  EXPECT_EQ(bindings().size(), 1u);
  EXPECT_EQ(ask({.contact = "Contact: *\r\n", .cseq = 7, .extra = "Expires: 0\r\n"}).status(), 500);
  EXPECT_EQ(bindings().size(), 1u);
}

TEST_F(RegistrarTest, AQueryChangesNothing) {
  ask({});
  const auto response = ask({.contact = "", .cseq = 10});
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(contacts(response).size(), 1u);
}

TEST_F(RegistrarTest, TimesAreBoundByThePolicy) {
  const auto brief = ask({.extra = "Expires: 30\r\n"});
  EXPECT_EQ(brief.status(), 423);
  EXPECT_EQ(brief.header(sip::HeaderId::MinExpires), "60");
  EXPECT_TRUE(bindings().empty());
  EXPECT_EQ(contacts(ask({.cseq = 10, .extra = "Expires: 99999\r\n"}))[0],
            "<sip:alice@192.0.2.1:5060>;expires=3600");
}

TEST_F(RegistrarTest, BehindNatThePinholeIsKeptOpen) {
  const auto response =
      ask({.contact = "Contact: <sip:alice@10.0.0.5:5060>\r\n", .extra = "Expires: 3600\r\n"});
  EXPECT_EQ(contacts(response)[0], "<sip:alice@10.0.0.5:5060>;expires=60");
  Ask stream{.contact = "Contact: <sip:alice@10.0.0.6:5060;transport=tcp>\r\n", .call_id = "tcp"};
  stream.from.transport = domain::SipTransport::Tcp;
  stream.from.connection = 7;
  clock.advance(1s);
  ask(stream);
  ASSERT_EQ(bindings().size(), 2u);
  EXPECT_EQ(bindings()[0].connection, 7u);
  EXPECT_EQ(bindings()[0].expires_at - clock.wall(), 600s);
  store.drop_connection(7);
  EXPECT_EQ(bindings().size(), 1u);
}

TEST_F(RegistrarTest, NobodyRegistersForSomebodyElse) {
  const auto response = ask({.to = "bob"});
  EXPECT_EQ(response.status(), 403);
  EXPECT_EQ(response.header(sip::HeaderId::Reason), "WARP;cause=2028;text=\"RECIPIENT_NOT_ALLOWED\"");
  const auto wrong = ask({.cseq = 10, .password = "guess"});
  const auto unknown = ask({.cseq = 20, .username = "mallory"});
  EXPECT_EQ(wrong.status(), 403);
  EXPECT_EQ(wrong.header(sip::HeaderId::Reason), unknown.header(sip::HeaderId::Reason));
  EXPECT_EQ(unknown.status(), 403);
  EXPECT_TRUE(bindings().empty());
}

TEST_F(RegistrarTest, AnAddressAloneRegistersNothing) {
  world.catalogue.trunks[0].auth_type = domain::AuthType::Either;
  world.acl("192.0.2.1/32", 1);
  publish();
  EXPECT_EQ(say({}).status(), 401);
  world.catalogue.trunks[0].auth_type = domain::AuthType::Both;
  publish();
  EXPECT_EQ(ask({.cseq = 10}).status(), 200);
  Ask elsewhere;
  elsewhere.from.remote = *domain::SocketAddress::parse("198.18.0.1:5060");
  elsewhere.call_id = "else";
  EXPECT_EQ(ask(elsewhere).status(), 403);
}

TEST_F(RegistrarTest, PathIsKeptAndSentBack) {
  const auto response = ask({.extra = "Supported: path\r\nPath: <sip:edge.example;lr>\r\n",
                             .via = "Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKinner\r\n"});
  EXPECT_EQ(response.header("Path"), "<sip:edge.example;lr>");
  ASSERT_EQ(bindings().size(), 1u);
  EXPECT_EQ(bindings()[0].path, std::vector<std::string>{"<sip:edge.example;lr>"});
}

TEST_F(RegistrarTest, OutboundReplacesByInstanceAndRegistration) {
  const std::string outbound = "Supported: outbound, path\r\n";
  const auto contact = [](int port) {
    return "Contact: <sip:alice@10.0.0.5:" + std::to_string(port) +
           ";ob>;reg-id=1;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"\r\n";
  };
  Ask first{.contact = contact(5060), .extra = outbound};
  first.from.transport = domain::SipTransport::Tcp;
  const auto response = ask(first);
  EXPECT_EQ(response.header(sip::HeaderId::Require), "outbound");
  EXPECT_EQ(response.header("Flow-Timer"), "120");
  Ask second{.contact = contact(6060), .call_id = "two", .extra = outbound};
  second.from.transport = domain::SipTransport::Tcp;
  ask(second);
  ASSERT_EQ(bindings().size(), 1u);
  EXPECT_EQ(bindings()[0].contact, "sip:alice@10.0.0.5:6060;ob");
  EXPECT_EQ(bindings()[0].reg_id, 1u);
}

TEST_F(RegistrarTest, APbxRegistersForAllItsNumbers) {
  const std::string contact = "Contact: <sip:192.0.2.1:5060;bnc>\r\n";
  EXPECT_EQ(ask({.contact = contact}).status(), 400);
  EXPECT_EQ(ask({.contact = "Contact: <sip:x@192.0.2.1;bnc>\r\n", .cseq = 10, .extra = "Require: gin\r\n"})
                .status(),
            400);
  EXPECT_EQ(ask({.contact = contact, .cseq = 20, .extra = "Require: gin\r\n"}).status(), 200);
  ASSERT_EQ(bindings().size(), 1u);
  EXPECT_TRUE(bindings()[0].gin);
}

TEST_F(RegistrarTest, AnUnknownExtensionIsNamed) {
  const auto response = ask({.extra = "Require: path, 100rel, x\r\n"});
  EXPECT_EQ(response.status(), 420);
  EXPECT_EQ(response.header(sip::HeaderId::Unsupported), "100rel, x");
}

TEST_F(RegistrarTest, CredentialsThatChangeTakeTheirBindingsAlong) {
  ask({});
  const auto stays = [this](TrunkId, const domain::Binding& binding) {
    const auto* known = snapshots.current()->credential(binding.user, "warp");
    return known != nullptr && known->version == binding.credential_version;
  };
  store.sweep(stays);
  EXPECT_EQ(bindings().size(), 1u);
  world.catalogue.credentials[0].version = 2;
  publish();
  store.sweep(stays);
  EXPECT_TRUE(bindings().empty());
}

}  // namespace
}  // namespace warp::registrar
