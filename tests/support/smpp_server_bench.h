// A Server on loopback with an owner that notes what it is told, and time that the test moves.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "warp/smpp/session/server.h"

#include "support/manual_clock.h"
#include "support/smpp_wire.h"
#include "support/wait.h"

namespace warp::test {

struct SmppOwner final : smpp::ServerListener {
  struct Submit {
    smpp::SessionId session;
    smpp::CommandId command;
    std::uint32_t sequence;
    std::string text;
  };
  struct BindSeen {
    smpp::SessionId session;
    smpp::BindType type;
    std::string system_id, password;
    bool tls;
  };

  void on_bind(const smpp::BindRequest& request) override {
    binds.push_back({request.session, request.type, std::string(request.system_id),
                     std::string(request.password), request.tls});
    if (!decide) return;
    if (request.password == "wrong") {
      server->refuse(request.session, smpp::Status::InvPaswd);
    } else {
      server->accept(request.session, limits);
    }
  }
  void on_submit(smpp::SessionId session, const smpp::Pdu& pdu) override {
    std::string text;
    if (const auto* message = std::get_if<smpp::ShortMessage>(&pdu.body))
      text = message->message.short_message;
    submits.push_back({session, pdu.header.command, pdu.header.sequence, text});
    if (answers) server->answer(session, pdu.header.sequence, smpp::Status::Ok, "id-1");
  }
  void on_closed(smpp::SessionId session, smpp::CloseReason reason) override { closed[session] = reason; }
  void on_room(smpp::SessionId) override { ++rooms; }
  void on_unmatched(smpp::SessionId, const smpp::Pdu& pdu) override {
    unmatched.push_back(pdu.header.sequence);
  }

  smpp::Server* server = nullptr;
  smpp::SessionLimits limits;
  bool decide = true, answers = true;
  std::vector<BindSeen> binds;
  std::vector<Submit> submits;
  std::map<smpp::SessionId, smpp::CloseReason> closed;
  std::vector<std::uint32_t> unmatched;
  int rooms = 0;
};

class SmppServerBench : public ::testing::Test {
 protected:
  void start() {
    if (settings.listeners.empty()) settings.listeners = {{*domain::SocketAddress::parse("127.0.0.1:0"), {}}};
    server = std::make_unique<smpp::Server>(loop, settings, owner, registry);
    owner.server = server.get();
    const auto started = server->start();
    ASSERT_TRUE(started) << started.error();
  }
  domain::SocketAddress address() const { return server->addresses().at(0); }

  template <class Condition>
  bool until(Condition condition) {
    return poll_until({&loop}, condition);
  }
  // The next PDU; an empty header when none comes.
  smpp::Pdu next(SmppWire& wire) {
    std::optional<smpp::Pdu> pdu;
    until([&] { return (pdu = wire.receive()).has_value() || wire.ended(); });
    EXPECT_TRUE(pdu) << (wire.ended() ? "the connection has ended" : "nothing came");
    return pdu.value_or(smpp::Pdu{});
  }
  bool ends(SmppWire& wire) {
    return until([&] {
      wire.receive();
      return wire.ended();
    });
  }
  void expect(SmppWire& wire, smpp::CommandId command, std::uint32_t sequence,
              smpp::Status status = smpp::Status::Ok) {
    const auto pdu = next(wire);
    EXPECT_EQ(to_string(pdu.header.command), to_string(command));
    EXPECT_EQ(pdu.header.sequence, sequence);
    EXPECT_EQ(to_string(pdu.header.status), to_string(status));
  }
  SmppWire bound(smpp::CommandId command = smpp::CommandId::BindTransceiver,
                 std::string_view from = "127.0.0.1") {
    if (!server) start();
    auto wire = SmppWire::connect(address(), from);
    wire.send(smpp_bind(command));
    expect(wire, smpp::response_of(command), 1);
    return wire;
  }
  smpp::SessionId last_session() const { return owner.binds.back().session; }
  // Moves time and lets what is due happen.
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    loop.poll();
  }
  std::uint64_t counted(std::string_view name, metrics::Labels labels) {
    labels.insert(labels.begin(), {"side", "server"});
    return registry.counter(name, helps(name), labels).value();
  }
  double gauged(std::string_view name, metrics::Labels labels) {
    labels.insert(labels.begin(), {"side", "server"});
    return registry.gauge(name, helps(name), labels).value();
  }
  std::string helps(std::string_view name) const {
    for (const auto& family : registry.catalogue())
      if (family.name == name) return family.help;
    return {};
  }

  metrics::Registry registry;
  ManualClock clock;
  net::Loop loop{"messaging", clock, registry};
  smpp::ServerSettings settings;
  SmppOwner owner;
  std::unique_ptr<smpp::Server> server;
};

}  // namespace warp::test
