// A customer's ESME, the gateway and an upstream SMSC over TCP on one loop.
#pragma once

#include <thread>

#include "warp/messaging/smpp_gateway.h"
#include "warp/smpp/session/client.h"

#include "unit/messaging/world.h"

namespace warp::messaging::test {

// echo -n secret | sha256sum
inline constexpr const char* kHash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

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

}  // namespace warp::messaging::test
