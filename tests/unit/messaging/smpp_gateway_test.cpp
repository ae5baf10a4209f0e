// A customer's ESME, the gateway and an upstream SMSC over TCP on one loop.
#include "warp/messaging/smpp_gateway.h"

#include <thread>

#include "warp/smpp/pdu/receipt.h"
#include "warp/smpp/session/client.h"

#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

// echo -n secret | sha256sum
constexpr const char* kHash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

TEST(Passwords, AreComparedByHash) {
  EXPECT_TRUE(password_matches("secret", kHash));
  EXPECT_FALSE(password_matches("Secret", kHash));
  EXPECT_FALSE(password_matches("secret", ""));
  EXPECT_FALSE(password_matches("", ""));
}

// Takes every bind and every submit_sm.
struct Smsc final : smpp::ServerListener {
  smpp::Server* server = nullptr;
  smpp::SessionId session;
  std::vector<std::string> texts;
  void on_bind(const smpp::BindRequest& request) override {
    session = request.session;
    server->accept(request.session);
  }
  void on_submit(smpp::SessionId id, const smpp::Pdu& pdu) override {
    texts.emplace_back(std::get<smpp::ShortMessage>(pdu.body).message.short_message);
    server->answer(id, pdu.header.sequence, smpp::Status::Ok, "X" + std::to_string(texts.size()));
  }
  void on_closed(smpp::SessionId, smpp::CloseReason) override {}
};

struct Customer final : smpp::ClientListener {
  smpp::Client* client = nullptr;
  bool bound = false;
  std::optional<smpp::Status> refused;
  std::vector<std::string> delivered;
  void on_bound(smpp::SessionId, const smpp::Pdu&) override { bound = true; }
  void on_unbound(smpp::SessionId, const smpp::Unbinding& why) override {
    bound = false;
    if (why.reason == smpp::CloseReason::BindRefused) refused = why.status;
  }
  void on_deliver(smpp::SessionId session, const smpp::Pdu& pdu) override {
    delivered.emplace_back(std::get<smpp::ShortMessage>(pdu.body).message.short_message);
    client->answer(session, pdu.header.sequence, smpp::Status::Ok);
  }
};

class Gateway : public ::testing::Test {
 protected:
  static smpp::ServerSettings any_port() {
    smpp::ServerSettings settings;
    settings.listeners.push_back({*domain::SocketAddress::parse("127.0.0.1:0"), std::nullopt});
    return settings;
  }

  void SetUp() override {
    smsc.server = &smsc_server;
    ASSERT_TRUE(smsc_server.start());
    catalogue.connectors.resize(1);
    catalogue.connectors[0].host = "127.0.0.1";
    catalogue.connectors[0].port = smsc_server.addresses()[0].port;
    catalogue.connectors[0].system_id = "warp";
    catalogue.esmes[0].password_hash = kHash;
    catalogue.esmes[0].max_binds = 1;
    const auto directory = std::make_shared<const Directory>(catalogue);
    service = std::make_unique<MessagingService>(
        Ports{clock, loop.wheel(), ids, store, gateway, gateway, webhooks, opt_outs, log, registry},
        Settings{}, directory);
    gateway.attach(*service);
    ASSERT_TRUE(gateway.start(directory));
    service->start([] {});
    ASSERT_TRUE(until([&] { return gateway.binds(kOne) == 1; }));
  }

  template <class P>
  bool until(P done) {
    const auto end = clock.now() + std::chrono::seconds(10);
    while (!done()) {
      if (clock.now() > end) return false;
      if (loop.poll() == 0) std::this_thread::yield();
      loop.wheel().advance();
      store.flush();
    }
    return true;
  }

  std::unique_ptr<smpp::Client> connect(Customer& customer, const std::string& password) {
    smpp::ClientSettings settings;
    settings.host = "127.0.0.1";
    settings.port = gateway.addresses()[0].port;
    settings.system_id = "acme";
    settings.password = password;
    auto client = std::make_unique<smpp::Client>(loop, ids, settings, customer, registry);
    customer.client = client.get();
    client->start();
    return client;
  }

  static smpp::Pdu submit_sm(std::string_view text) {
    smpp::Pdu pdu;
    pdu.header.command = smpp::CommandId::SubmitSm;
    smpp::ShortMessage sm;
    sm.source = {1, 1, kNumber};
    sm.destination = {1, 1, kPhone};
    sm.message.registered_delivery = 1;
    sm.message.short_message = text;
    pdu.body = sm;
    return pdu;
  }

  SystemClock clock;
  metrics::Registry registry;
  net::Loop loop{"messaging", clock, registry};
  SeededIdSource ids{7};
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  FakeStore store;
  FakeWebhooks webhooks;
  FakeOptOuts opt_outs;
  Smsc smsc;
  smpp::Server smsc_server{loop, any_port(), smsc, registry};
  domain::MessagingCatalogue catalogue = sample_catalogue();
  SmppGateway gateway{loop, ids, any_port(), log, registry};
  std::unique_ptr<MessagingService> service;
};

TEST_F(Gateway, MessageGoesThroughAndItsReceiptComesBack) {
  Customer customer;
  const auto client = connect(customer, "secret");
  ASSERT_TRUE(until([&] { return customer.bound; }));
  std::string id;
  auto status = smpp::Status::UnknownErr;
  ASSERT_TRUE(client->submit(submit_sm("hello"), [&](const smpp::Reply& reply) {
    id = reply.message_id;
    status = reply.status;
  }));
  ASSERT_TRUE(until([&] { return !id.empty() && smsc.texts.size() == 1; }));
  EXPECT_EQ(status, smpp::Status::Ok);
  EXPECT_EQ(smsc.texts[0], "hello");
  ASSERT_TRUE(store.rows.count(*MessageId::parse(id)));

  smpp::Pdu receipt;
  receipt.header.command = smpp::CommandId::DeliverSm;
  smpp::ShortMessage sm;
  sm.source = {1, 1, kPhone};
  sm.destination = {1, 1, kNumber};
  sm.message.esm_class = 4;
  sm.message.short_message = "id:X1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:hello";
  receipt.body = sm;
  bool told = false;
  ASSERT_TRUE(smsc_server.deliver(smsc.session, receipt,
                                  [&](const smpp::Reply& r) { told = r.status == smpp::Status::Ok; }));
  ASSERT_TRUE(until([&] { return told && customer.delivered.size() == 1 && store.deliveries.empty(); }));
  EXPECT_NE(customer.delivered[0].find("id:" + id), std::string::npos);
  EXPECT_NE(customer.delivered[0].find("stat:DELIVRD"), std::string::npos);
}

TEST_F(Gateway, WrongPasswordIsRefused) {
  Customer customer;
  const auto client = connect(customer, "wrong");
  ASSERT_TRUE(until([&] { return customer.refused.has_value(); }));
  EXPECT_EQ(*customer.refused, smpp::Status::InvPaswd);
  EXPECT_EQ(gateway.sessions(kEsme), 0u);
}

TEST_F(Gateway, BindsBeyondTheLimitAreRefused) {
  Customer first, second;
  const auto one = connect(first, "secret");
  ASSERT_TRUE(until([&] { return first.bound; }));
  const auto two = connect(second, "secret");
  ASSERT_TRUE(until([&] { return second.refused.has_value(); }));
  EXPECT_EQ(*second.refused, smpp::Status::BindFail);
  EXPECT_EQ(gateway.sessions(kEsme), 1u);
}

TEST_F(Gateway, RefusalsHaveTheirStatus) {
  Customer customer;
  const auto client = connect(customer, "secret");
  ASSERT_TRUE(until([&] { return customer.bound; }));
  auto pdu = submit_sm("hello");
  std::get<smpp::ShortMessage>(pdu.body).source.digits = "12025550999";
  auto status = smpp::Status::Ok;
  bool answered = false;
  ASSERT_TRUE(client->submit(pdu, [&](const smpp::Reply& reply) {
    status = reply.status;
    answered = true;
  }));
  ASSERT_TRUE(until([&] { return answered; }));
  EXPECT_EQ(status, smpp::Status::InvSrcAdr);
}

}  // namespace
}  // namespace warp::messaging::test
