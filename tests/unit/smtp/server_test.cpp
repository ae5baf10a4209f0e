#include "warp/smtp/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/certificate.h"
#include "support/line_wire.h"
#include "support/manual_clock.h"
#include "support/smtp_receiver.h"
#include "support/wait.h"

namespace warp::smtp {
namespace {

using test::LineWire;
using testing::StartsWith;
using namespace std::chrono_literals;

class SmtpServer : public testing::Test {
 protected:
  void start() {
    if (settings.listeners.empty()) settings.listeners = {{*domain::SocketAddress::parse("127.0.0.1:0"), {}}};
    server = std::make_unique<Server>(loop, settings, receiver, registry);
    const auto started = server->start();
    ASSERT_TRUE(started) << started.error();
  }
  template <class Condition>
  bool until(Condition condition) {
    return test::poll_until({&loop}, condition);
  }
  // The next reply; its lines parted by '\n'.
  std::string next(LineWire& wire) {
    std::string reply;
    for (;;) {
      std::optional<std::string> line;
      until([&] { return (line = wire.receive()).has_value() || wire.ended(); });
      if (!line) return reply + "<ended>";
      reply += *line;
      if (line->size() < 4 || (*line)[3] != '-') return reply;
      reply += '\n';
    }
  }
  std::string say(LineWire& wire, std::string_view line) {
    wire.send(std::string(line) + "\r\n");
    return next(wire);
  }
  bool ends(LineWire& wire) {
    return until([&] {
      wire.receive();
      return wire.ended();
    });
  }
  LineWire greeted() {
    if (!server) start();
    auto wire = LineWire::connect(server->addresses().at(0));
    EXPECT_THAT(next(wire), StartsWith("220 "));
    EXPECT_THAT(say(wire, "EHLO peer.example"), StartsWith("250-"));
    return wire;
  }
  LineWire at_data() {
    auto wire = greeted();
    say(wire, "MAIL FROM:<a@b.example>");
    say(wire, "RCPT TO:<c@d.example>");
    EXPECT_THAT(say(wire, "DATA"), StartsWith("354"));
    return wire;
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    loop.poll();
  }

  metrics::Registry registry;
  test::ManualClock clock;
  net::Loop loop{"smtp", clock, registry};
  ServerSettings settings;
  test::SmtpReceiver receiver;
  std::unique_ptr<Server> server;
};

TEST_F(SmtpServer, TakesAMail) {
  settings.hostname = "mms.warp.example";
  auto wire = greeted();
  EXPECT_THAT(say(wire, "EHLO peer.example"),
              "250-mms.warp.example\n250-PIPELINING\n250-8BITMIME\n250 SIZE 10485760");
  EXPECT_THAT(say(wire, "MAIL FROM:<+1555/TYPE=PLMN@b.example> SIZE=100 BODY=8BITMIME"), StartsWith("250"));
  EXPECT_THAT(say(wire, "RCPT TO:<unknown@d.example>"), StartsWith("550"));
  EXPECT_THAT(say(wire, "RCPT TO:<c@d.example>"), StartsWith("250"));
  EXPECT_THAT(say(wire, "RCPT TO:<e@d.example>"), StartsWith("250"));
  EXPECT_THAT(say(wire, "DATA"), StartsWith("354"));
  EXPECT_THAT(say(wire, "Subject: x\r\n\r\n..dot\r\n."), StartsWith("250"));
  ASSERT_EQ(receiver.mails.size(), 1u);
  EXPECT_EQ(receiver.mails[0].from, "+1555/TYPE=PLMN@b.example");
  EXPECT_THAT(receiver.mails[0].to, testing::ElementsAre("c@d.example", "e@d.example"));
  EXPECT_EQ(receiver.mails[0].octets, "Subject: x\r\n\r\n.dot\r\n");
  EXPECT_EQ(receiver.mails[0].peer.hello, "peer.example");
  EXPECT_THAT(say(wire, "QUIT"), StartsWith("221"));
  EXPECT_TRUE(ends(wire));
  wire.close();
  EXPECT_TRUE(until([&] { return server->sessions() == 0; }));
}

TEST_F(SmtpServer, SaysNothingBeforeTheReceiverDoes) {
  receiver.answer.reset();
  auto wire = at_data();
  wire.send("x\r\n.\r\nNOOP\r\n");
  ASSERT_TRUE(until([&] { return receiver.mails.size() == 1; }));
  loop.poll();
  EXPECT_FALSE(wire.receive()) << "neither for the mail nor for what follows it";
  receiver.answer_all({451, "4.3.0 not durable"});
  EXPECT_THAT(next(wire), StartsWith("451"));
  EXPECT_THAT(next(wire), StartsWith("250")) << "NOOP";
}

TEST_F(SmtpServer, TakesCommandsInOnePiece) {
  if (!server) start();
  auto wire = LineWire::connect(server->addresses().at(0));
  wire.send("EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
  next(wire), next(wire), next(wire), next(wire);
  EXPECT_THAT(next(wire), StartsWith("354"));
  wire.send("one\r\n.\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n");
  for (const auto* code : {"250", "250", "250", "354", "250", "221"})
    EXPECT_THAT(next(wire), StartsWith(code));
  EXPECT_EQ(receiver.mails.size(), 2u);
}

TEST_F(SmtpServer, KeepsTheOrderOfCommands) {
  start();
  auto wire = LineWire::connect(server->addresses().at(0));
  next(wire);
  EXPECT_THAT(say(wire, "MAIL FROM:<a@b>"), StartsWith("503"));
  say(wire, "HELO x");
  EXPECT_THAT(say(wire, "RCPT TO:<a@b>"), StartsWith("503"));
  EXPECT_THAT(say(wire, "DATA"), StartsWith("503"));
  say(wire, "MAIL FROM:<a@b>");
  EXPECT_THAT(say(wire, "MAIL FROM:<a@b>"), StartsWith("503"));
  EXPECT_THAT(say(wire, "DATA"), StartsWith("503"));
  EXPECT_THAT(say(wire, "RSET"), StartsWith("250"));
  EXPECT_THAT(say(wire, "RCPT TO:<a@b>"), StartsWith("503"));
  EXPECT_THAT(say(wire, "VRFY a"), StartsWith("252"));
  EXPECT_THAT(say(wire, "BDAT 3"), StartsWith("500"));
  EXPECT_THAT(say(wire, "MAIL FROM:<nobody@refused.example>"), StartsWith("550"));
  EXPECT_THAT(say(wire, "STARTTLS"), StartsWith("503"));
  EXPECT_THAT(say(wire, "AUTH PLAIN AGEAYg=="), StartsWith("503"));
}

TEST_F(SmtpServer, RefusesWhatIsTooBig) {
  settings.max_octets = 1000;
  auto wire = greeted();
  EXPECT_THAT(say(wire, "MAIL FROM:<a@b> SIZE=1001"), StartsWith("552"));
  EXPECT_THAT(say(wire, "MAIL FROM:<a@b> SIZE=99999999999999999999"), StartsWith("501"));
  EXPECT_THAT(say(wire, "MAIL FROM:<a@b> SIZE=10"), StartsWith("250"));
  say(wire, "RCPT TO:<c@d>");
  say(wire, "DATA");
  std::string big;
  for (int i = 0; i < 20; ++i)
    big += std::string(60, 'x') + "\r\n";
  EXPECT_THAT(say(wire, big + "."), StartsWith("552")) << "whatever SIZE said";
  EXPECT_TRUE(receiver.mails.empty());
  EXPECT_THAT(say(wire, "MAIL FROM:<a@b>"), StartsWith("250")) << "the session lives";
}

TEST_F(SmtpServer, EndsAMailThatNeverEnds) {
  settings.max_octets = 1000;
  auto wire = at_data();
  const std::string block(8000, 'x');
  for (int i = 0; i < 20 && !wire.ended(); ++i) {
    wire.send(block);
    loop.poll();
  }
  EXPECT_THAT(next(wire), StartsWith("552"));
  EXPECT_TRUE(ends(wire));
}

TEST_F(SmtpServer, EndsAtABareLineEnd) {
  for (const std::string_view attempt : {"x\n.\r\nMAIL FROM:<evil@b>\r\n", "x\r\n.\nQUIT\r\n", "x\r.\r\n"}) {
    auto wire = at_data();
    wire.send(attempt);
    EXPECT_THAT(next(wire), StartsWith("554")) << attempt;
    EXPECT_TRUE(ends(wire)) << attempt;
  }
  auto wire = greeted();
  wire.send("NOOP\nNOOP\r\n");
  EXPECT_THAT(next(wire), StartsWith("554"));
  EXPECT_TRUE(ends(wire));
  EXPECT_TRUE(receiver.mails.empty());
  auto good = at_data();
  EXPECT_THAT(say(good, "fine\r\n."), StartsWith("250")) << "the next one is served";
}

TEST_F(SmtpServer, EndsAtALineWithoutEnd) {
  auto wire = greeted();
  wire.send(std::string(3000, 'A'));
  EXPECT_THAT(next(wire), StartsWith("500"));
  EXPECT_TRUE(ends(wire));
}

TEST_F(SmtpServer, EndsAfterTooManyErrors) {
  settings.max_errors = 3;
  auto wire = greeted();
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(say(wire, "NONSENSE"), StartsWith("500"));
  EXPECT_THAT(say(wire, "NONSENSE"), StartsWith("500"));
  EXPECT_THAT(next(wire), StartsWith("421"));
  EXPECT_TRUE(ends(wire));
}

TEST_F(SmtpServer, HasNoPatience) {
  auto slow = greeted();
  slow.send("NO");
  loop.poll();
  pass(settings.command_timeout / 2);
  slow.send("O");  // an octet now and then does not help
  pass(settings.command_timeout / 2 + 10ms);
  EXPECT_THAT(next(slow), StartsWith("421"));
  auto wire = at_data();
  wire.send("x\r\n");
  loop.poll();
  pass(settings.data_timeout + 10ms);
  EXPECT_THAT(next(wire), StartsWith("421"));
}

TEST_F(SmtpServer, LimitsConnections) {
  settings.max_connections_per_source = 2;
  settings.max_connections = 3;
  receiver.refused = domain::IpAddress::parse("127.0.0.9");
  start();
  const auto to = server->addresses().at(0);
  auto first = LineWire::connect(to), second = LineWire::connect(to);
  EXPECT_THAT(next(first), StartsWith("220"));
  EXPECT_THAT(next(second), StartsWith("220"));
  auto third = LineWire::connect(to);
  EXPECT_THAT(next(third), StartsWith("421")) << "of one source";
  auto other = LineWire::connect(to, "127.0.0.2");
  EXPECT_THAT(next(other), StartsWith("220"));
  auto more = LineWire::connect(to, "127.0.0.3");
  EXPECT_THAT(next(more), StartsWith("421")) << "of all";
  auto stranger = LineWire::connect(to, "127.0.0.9");
  EXPECT_THAT(next(stranger), StartsWith("554"));
  first.close();
  ASSERT_TRUE(until([&] { return server->sessions() == 2; }));
  auto again = LineWire::connect(to);
  EXPECT_THAT(next(again), StartsWith("220"));
}

TEST_F(SmtpServer, NeedsTlsWhereItIsRequired) {
  const test::Certificate certificate;
  settings.listeners = {{*domain::SocketAddress::parse("127.0.0.1:0"),
                         TlsFiles{certificate.chain(), certificate.key()}, false, true}};
  auto wire = greeted();
  EXPECT_THAT(say(wire, "EHLO x"), testing::HasSubstr("STARTTLS"));
  EXPECT_THAT(say(wire, "MAIL FROM:<a@b>"), StartsWith("530"));
  wire.send("STARTTLS\r\nMAIL FROM:<evil@b>\r\n");
  EXPECT_THAT(next(wire), StartsWith("554")) << "nothing said in the clear is taken for said under TLS";
  EXPECT_TRUE(ends(wire));
}

TEST_F(SmtpServer, LeavesInOrder) {
  receiver.answer.reset();
  auto idle = greeted();
  auto busy = at_data();
  busy.send("x\r\n.\r\n");
  ASSERT_TRUE(until([&] { return receiver.mails.size() == 1; }));
  bool drained = false;
  server->drain(5s, [&] { drained = true; });
  EXPECT_THAT(next(idle), StartsWith("421"));
  loop.poll();
  EXPECT_FALSE(drained);
  receiver.answer_all({250, "Ok"});
  EXPECT_THAT(next(busy), StartsWith("250"));
  EXPECT_THAT(next(busy), StartsWith("421"));
  idle.close();
  busy.close();
  EXPECT_TRUE(until([&] { return drained; }));
}

TEST_F(SmtpServer, OutlivesPeersThatGo) {
  receiver.answer.reset();
  auto wire = at_data();
  wire.send("x\r\n.\r\n");
  ASSERT_TRUE(until([&] { return receiver.mails.size() == 1; }));
  wire.close();
  receiver.answer_all({250, "Ok"});
  EXPECT_TRUE(until([&] { return server->sessions() == 0; }));
  auto pending = at_data();
  pending.send("x\r\n.\r\n");
  ASSERT_TRUE(until([&] { return receiver.mails.size() == 2; }));
  server.reset();
  receiver.answer_all({250, "Ok"});
  loop.poll();
}

}  // namespace
}  // namespace warp::smtp
