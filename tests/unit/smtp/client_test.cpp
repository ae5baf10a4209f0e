#include "warp/smtp/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/smtp/server.h"

#include "support/certificate.h"
#include "support/line_wire.h"
#include "support/manual_clock.h"
#include "support/smtp_receiver.h"
#include "support/wait.h"

namespace warp::smtp {
namespace {

using test::LineWire;
using Result = Outcome::Result;
using namespace std::chrono_literals;

class SmtpClient : public testing::Test {
 protected:
  void make(std::uint16_t port) {
    settings.host = "127.0.0.1";
    settings.port = port;
    client = std::make_unique<Client>(loop, settings, registry);
  }
  void with_server(std::optional<TlsFiles> tls = std::nullopt, bool implicit = false) {
    server_settings.listeners = {{*domain::SocketAddress::parse("127.0.0.1:0"), std::move(tls), implicit}};
    server = std::make_unique<Server>(loop, server_settings, receiver, registry);
    const auto started = server->start();
    ASSERT_TRUE(started) << started.error();
    make(server->addresses().at(0).port);
  }
  template <class Condition>
  bool until(Condition condition) {
    return test::poll_until({&loop}, condition);
  }
  Outcome send(std::string to = "c@d.example", std::string octets = "Subject: x\r\n\r\n.hi\r\n") {
    std::optional<Outcome> out;
    client->send({"a@b.example", std::move(to), std::move(octets)}, [&](const Outcome& o) { out = o; });
    EXPECT_TRUE(until([&] { return out.has_value(); }));
    return out.value_or(Outcome{});
  }
  Outcome probe() {
    std::optional<Outcome> out;
    client->probe([&](const Outcome& o) { out = o; });
    EXPECT_TRUE(until([&] { return out.has_value(); }));
    return out.value_or(Outcome{});
  }
  // A server played by hand: says `replies`, each after one line (the first at once).
  LineWire play(test::LineListener& listener, const std::vector<std::string>& replies) {
    std::optional<LineWire> wire;
    EXPECT_TRUE(until([&] { return (wire = listener.accept()).has_value(); }));
    for (std::size_t i = 0; i < replies.size(); ++i) {
      if (i > 0) {
        EXPECT_TRUE(until([&] { return wire->receive().has_value(); })) << replies[i];
      }
      wire->send(replies[i] + "\r\n");
    }
    return std::move(*wire);
  }

  metrics::Registry registry;
  test::ManualClock clock;
  net::Loop loop{"smtp", clock, registry};
  test::SmtpReceiver receiver;
  ServerSettings server_settings;
  ClientSettings settings;
  std::unique_ptr<Server> server;
  std::unique_ptr<Client> client;
};

TEST_F(SmtpClient, HandsOverMailsOnOneConnection) {
  with_server();
  EXPECT_EQ(send().result, Result::Accepted);
  EXPECT_EQ(send().result, Result::Accepted);
  ASSERT_EQ(receiver.mails.size(), 2u);
  EXPECT_EQ(receiver.mails[0].octets, "Subject: x\r\n\r\n.hi\r\n");
  EXPECT_EQ(receiver.mails[0].peer.address, receiver.mails[1].peer.address);
  clock.advance(settings.idle_timeout + 10ms);
  EXPECT_TRUE(until([&] { return server->sessions() == 0; })) << "idle ones are closed";
  EXPECT_EQ(send().result, Result::Accepted);
}

TEST_F(SmtpClient, TellsRefusalsApart) {
  with_server();
  const auto unknown = send("unknown@d.example");
  EXPECT_EQ(unknown.result, Result::Permanent);
  EXPECT_EQ(unknown.step, Step::Recipient);
  EXPECT_EQ(unknown.code, 550);
  EXPECT_EQ(send("later@d.example").result, Result::Temporary);
  receiver.answer = Reply{452, "4.3.1 full"};
  const auto full = send();
  EXPECT_EQ(full.result, Result::Temporary);
  EXPECT_EQ(full.step, Step::Data);
  receiver.answer = Reply{554, "5.6.0 no"};
  EXPECT_EQ(send().result, Result::Permanent);
  receiver.answer = Reply{250, "Ok"};
  EXPECT_EQ(send().result, Result::Accepted) << "the connection is still of use";
}

TEST_F(SmtpClient, KnowsWhenNobodyIsThere) {
  std::uint16_t port = 0;
  {
    test::LineListener gone;
    port = gone.port();
  }
  make(port);
  const auto outcome = send();
  EXPECT_EQ(outcome.result, Result::Temporary);
  EXPECT_EQ(outcome.step, Step::Connect);
  EXPECT_EQ(probe().result, Result::Temporary);
  settings.host = "no-such-host.invalid";
}

TEST_F(SmtpClient, KnowsThatALostEndIsAmbiguous) {
  test::LineListener listener;
  make(listener.port());
  std::optional<Outcome> out;
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
  auto wire = play(listener, {"220 x", "250 x", "250 ok", "250 ok", "354 go"});
  until([&] { return wire.receive() == "."; });
  wire.close();
  ASSERT_TRUE(until([&] { return out.has_value(); }));
  EXPECT_EQ(out->result, Result::Ambiguous);

  out.reset();
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
  auto silent = play(listener, {"220 x", "250 x", "250 ok", "250 ok", "354 go"});
  until([&] { return silent.receive() == "."; });
  clock.advance(settings.data_timeout + 10ms);
  ASSERT_TRUE(until([&] { return out.has_value(); }));
  EXPECT_EQ(out->result, Result::Ambiguous) << "silence";

  out.reset();
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
  auto early = play(listener, {"220 x", "250 x", "250 ok", "250 ok"});
  until([&] { return early.receive() == "DATA"; });
  early.close();
  ASSERT_TRUE(until([&] { return out.has_value(); }));
  EXPECT_EQ(out->result, Result::Temporary) << "lost before the mail: surely not accepted";
}

TEST_F(SmtpClient, TakesAStaleConnectionForWhatItIs) {
  test::LineListener listener;
  make(listener.port());
  std::optional<Outcome> first, second;
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { first = o; });
  auto wire = play(listener, {"220 x", "250 x", "250 ok", "250 ok", "354 go"});
  until([&] { return wire.receive() == "."; });
  wire.send("250 taken\r\n");
  ASSERT_TRUE(until([&] { return first.has_value(); }));
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { second = o; });
  until([&] { return wire.receive().has_value(); });
  wire.close();
  auto fresh = play(listener, {"220 x", "250 x", "250 ok", "250 ok", "354 go"});
  until([&] { return fresh.receive() == "."; });
  fresh.send("250 taken\r\n");
  ASSERT_TRUE(until([&] { return second.has_value(); }));
  EXPECT_EQ(second->result, Result::Accepted);
}

TEST_F(SmtpClient, KeepsToTheSizeThatTheServerTakes) {
  server_settings.max_octets = 100;
  with_server();
  const auto outcome = send("c@d.example", std::string(200, 'x'));
  EXPECT_EQ(outcome.result, Result::Permanent);
  EXPECT_EQ(outcome.code, 552);
  EXPECT_EQ(send().result, Result::Accepted);
}

TEST_F(SmtpClient, SpeaksTlsAndLogsIn) {
  const test::Certificate certificate("DNS:localhost,IP:127.0.0.1");
  server_settings.login = "warp";
  server_settings.password = "a secret";
  settings.tls.mode = TlsMode::Required;
  settings.tls.ca_file = certificate.chain();
  settings.login = "warp";
  settings.password = "a secret";
  with_server(TlsFiles{certificate.chain(), certificate.key()});
  EXPECT_EQ(send().result, Result::Accepted);
  EXPECT_TRUE(receiver.mails.at(0).peer.tls);
  EXPECT_EQ(receiver.mails.at(0).peer.login, "warp");
  settings.password = "wrong";
  make(settings.port);
  const auto refused = send();
  EXPECT_EQ(refused.result, Result::Temporary) << "the mail is not to blame";
  EXPECT_EQ(refused.step, Step::Login);
  EXPECT_EQ(refused.code, 535);
}

TEST_F(SmtpClient, SpeaksTlsFromTheFirstOctet) {
  const test::Certificate certificate("IP:127.0.0.1");
  settings.tls.mode = TlsMode::Implicit;
  settings.tls.ca_file = certificate.chain();
  with_server(TlsFiles{certificate.chain(), certificate.key()}, true);
  EXPECT_EQ(send("c@d.example", std::string(300'000, 'x') + "\r\n").result, Result::Permanent)
      << "one line too long, yet all of it was carried";
  EXPECT_EQ(send().result, Result::Accepted);
}

TEST_F(SmtpClient, ShowsNothingToAServerThatIsNotTheRightOne) {
  const test::Certificate certificate("DNS:somebody.example");
  settings.tls.mode = TlsMode::Required;
  settings.tls.ca_file = certificate.chain();
  with_server(TlsFiles{certificate.chain(), certificate.key()});
  const auto outcome = send();
  EXPECT_EQ(outcome.result, Result::Temporary);
  EXPECT_EQ(outcome.step, Step::Connect);
  EXPECT_TRUE(receiver.mails.empty());

  settings.tls.mode = TlsMode::Opportunistic;
  make(settings.port);
  EXPECT_EQ(send().result, Result::Accepted) << "whoever it is";
  EXPECT_TRUE(receiver.mails.at(0).peer.tls);
}

TEST_F(SmtpClient, KeepsItsPasswordFromTheClear) {
  test::LineListener listener;
  settings.login = "warp";
  settings.password = "a secret";
  settings.tls.mode = TlsMode::None;
  make(listener.port());
  std::optional<Outcome> out;
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
  auto wire = play(listener, {"220 x", "250-x\r\n250 AUTH PLAIN"});
  ASSERT_TRUE(until([&] { return out.has_value(); }));
  EXPECT_EQ(out->step, Step::Login);

  settings.tls.mode = TlsMode::Required;
  make(listener.port());
  out.reset();
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
  auto stripped = play(listener, {"220 x", "250-x\r\n250 AUTH PLAIN"});
  ASSERT_TRUE(until([&] { return out.has_value(); }));
  EXPECT_EQ(out->step, Step::Connect) << "no STARTTLS, no mail";

  out.reset();
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
  auto injected = play(listener, {"220 x", "250-x\r\n250 STARTTLS", "220 go\r\n250 AUTH PLAIN"});
  ASSERT_TRUE(until([&] { return out.has_value(); }));
  EXPECT_EQ(out->result, Result::Temporary);
}

TEST_F(SmtpClient, IsNotLedAstray) {
  test::LineListener listener;
  make(listener.port());
  const std::vector<std::string> greetings{
      "HTTP/1.1 400 Bad Request", "22", "220", "999 x", std::string(9000, '2'), "250 not a greeting"};
  for (const auto& greeting : greetings) {
    std::optional<Outcome> out;
    client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
    auto wire = play(listener, {greeting});
    if (greeting == "220") wire.close();
    ASSERT_TRUE(until([&] { return out.has_value(); })) << greeting;
    EXPECT_EQ(out->result, Result::Temporary) << greeting;
  }
}

TEST_F(SmtpClient, UsesSeveralConnectionsAndStops) {
  receiver.answer.reset();
  settings.connections = 3;
  with_server();
  std::vector<Result> results;
  for (int i = 0; i < 5; ++i)
    client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { results.push_back(o.result); });
  ASSERT_TRUE(until([&] { return receiver.mails.size() == 3; }));
  EXPECT_EQ(server->sessions(), 3u);
  EXPECT_EQ(client->pending(), 5u);
  bool stopped = false;
  client->stop(5s, [&] { stopped = true; });
  ASSERT_TRUE(until([&] { return results.size() == 2; })) << "those that had not begun";
  EXPECT_THAT(results, testing::Each(Result::Temporary));
  receiver.answer_all({250, "Ok"});
  ASSERT_TRUE(until([&] { return stopped; }));
  EXPECT_EQ(std::count(results.begin(), results.end(), Result::Accepted), 3);
  EXPECT_TRUE(until([&] { return server->sessions() == 0; }));
}

TEST_F(SmtpClient, IsCutOffWhenItTakesTooLong) {
  receiver.answer.reset();
  with_server();
  std::optional<Outcome> out;
  client->send({"a@b", "c@d", "body\r\n"}, [&](const Outcome& o) { out = o; });
  ASSERT_TRUE(until([&] { return receiver.mails.size() == 1; }));
  bool stopped = false;
  client->stop(1s, [&] { stopped = true; });
  clock.advance(1010ms);
  ASSERT_TRUE(until([&] { return stopped && out; }));
  EXPECT_EQ(out->result, Result::Ambiguous);
}

}  // namespace
}  // namespace warp::smtp
