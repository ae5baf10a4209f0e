// The client against an SMSC whose every octet the test writes.
#include "warp/smpp/session/client.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/smpp_wire.h"
#include "support/wait.h"

namespace warp::smpp {
namespace {

using namespace std::chrono_literals;
using test::smpp_header;
using test::smpp_pdu;
using test::smpp_submit;
using test::SmppWire;
using C = CommandId;

struct Owner final : ClientListener {
  void on_bound(SessionId session, const Pdu& response) override {
    bound.push_back(session);
    system_id = std::get<BindResp>(response.body).system_id;
  }
  void on_unbound(SessionId session, const Unbinding& why) override {
    unbound.push_back({session, why.reason, why.status, why.retry});
  }
  void on_deliver(SessionId session, const Pdu& pdu) override {
    delivered.push_back(pdu.header.sequence);
    if (client) client->answer(session, pdu.header.sequence, Status::Ok);
  }
  void on_alert(SessionId, const Pdu&) override { ++alerts; }
  void on_unmatched(SessionId, const Pdu& pdu) override { unmatched.push_back(pdu.header.sequence); }

  struct Unbound {
    SessionId session;
    CloseReason reason;
    Status status;
    std::chrono::milliseconds retry;
  };
  Client* client = nullptr;
  std::vector<SessionId> bound;
  std::string system_id;
  std::vector<Unbound> unbound;
  std::vector<std::uint32_t> delivered, unmatched;
  int alerts = 0;
};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    settings.host = "127.0.0.1";
    settings.port = smsc.port();
    settings.system_id = "upstream-user";
    settings.password = "longer-than-eight";
    settings.address_range = "1415";
  }
  void start() {
    client = std::make_unique<Client>(loop, ids, settings, owner, registry);
    owner.client = client.get();
    client->start();
  }
  template <class Condition>
  bool until(Condition condition) {
    return test::poll_until({&loop}, condition);
  }
  SmppWire accepted() {
    std::optional<SmppWire> wire;
    EXPECT_TRUE(until([&] { return (wire = smsc.accept()).has_value(); }));
    return wire ? std::move(*wire) : SmppWire{};
  }
  Pdu next(SmppWire& wire) {
    std::optional<Pdu> pdu;
    EXPECT_TRUE(until([&] { return (pdu = wire.receive()).has_value(); }));
    return pdu.value_or(Pdu{});
  }
  SmppWire bound() {
    start();
    return bound_again();
  }
  SmppWire bound_again() {
    const auto before = owner.bound.size();
    auto wire = accepted();
    const auto bind = next(wire);
    wire.send(smpp_pdu(response_of(bind.header.command), bind.header.sequence, BindResp{"SMSC"}));
    EXPECT_TRUE(until([&] { return owner.bound.size() == before + 1; }));
    return wire;
  }
  void submit() {
    const auto sent = client->submit(smpp_submit(0), [this](const Reply& reply) {
      replies.push_back(
          {reply.outcome, reply.status, std::string(reply.message_id), reply.left, reply.tlvs.size()});
    });
    EXPECT_TRUE(sent);
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    loop.poll();
  }

  struct Seen {
    Outcome outcome;
    Status status;
    std::string message_id;
    bool left;
    std::size_t tlvs;
  };
  metrics::Registry registry;
  test::ManualClock clock;
  net::Loop loop{"messaging", clock, registry};
  SeededIdSource ids{7};
  test::SmppListener smsc;
  ClientSettings settings;
  Owner owner;
  std::unique_ptr<Client> client;
  std::vector<Seen> replies;
};

TEST_F(ClientTest, BindsWithAllThatItWasGiven) {
  settings.type = BindType::Transmitter;
  settings.system_type = "VMA";
  settings.ton = 1;
  settings.npi = 1;
  start();
  auto wire = accepted();
  const auto pdu = next(wire);
  ASSERT_EQ(pdu.header.command, C::BindTransmitter);
  const auto& bind = std::get<Bind>(pdu.body);
  EXPECT_EQ(bind.system_id, "upstream-user");
  EXPECT_EQ(bind.password, "longer-than-eight");
  EXPECT_EQ(bind.system_type, "VMA");
  EXPECT_EQ(bind.interface_version, 0x34);
  EXPECT_EQ(bind.range, (Address{1, 1, "1415"}));
  EXPECT_EQ(client->room(), 0u);
  wire.send(smpp_pdu(C::BindTransmitterResp, pdu.header.sequence, BindResp{"SMSC"}));
  ASSERT_TRUE(until([&] { return owner.bound.size() == 1; }));
  EXPECT_EQ(owner.system_id, "SMSC");
  EXPECT_EQ(client->state(), SessionState::BoundTx);
  EXPECT_EQ(client->session(), owner.bound[0]);
  EXPECT_EQ(client->room(), 10u);
}

TEST_F(ClientTest, InteropRule09_ResponsesMatchInAnyOrderWithWhatTheyBring) {
  auto wire = bound();
  for (int i = 0; i < 3; ++i)
    submit();
  std::vector<std::uint32_t> sequences;
  for (int i = 0; i < 3; ++i)
    sequences.push_back(next(wire).header.sequence);
  std::string octets;
  TlvWriter tlvs(octets);
  tlvs.octets(static_cast<Tag>(0x1400), "vendor");
  auto last = smpp_pdu(C::SubmitSmResp, sequences[2], MessageIdResp{"0A1B"});
  last.tlvs = tlvs.list();
  wire.send(last);
  wire.send(smpp_pdu(C::SubmitSmResp, sequences[0], MessageIdResp{}, Status::Throttled));
  wire.send(smpp_header(16, 0x80000004, sequences[1]));  // no body at all
  ASSERT_TRUE(until([&] { return replies.size() == 3; }));
  EXPECT_EQ(replies[0].message_id, "0A1B");
  EXPECT_EQ(replies[0].tlvs, 1u);
  EXPECT_EQ(replies[1].status, Status::Throttled);
  EXPECT_EQ(replies[2].outcome, Outcome::Answered);
  EXPECT_EQ(replies[2].message_id, "");
}

TEST_F(ClientTest, InteropRule09_TheWindowIsKept) {
  settings.limits.window_out = 2;
  auto wire = bound();
  submit();
  submit();
  EXPECT_EQ(client->room(), 0u);
  EXPECT_EQ(client->submit(smpp_submit(0), {}).error(), SendError::WindowFull);
  const auto first = next(wire).header.sequence;
  wire.send(smpp_pdu(C::SubmitSmResp, first, MessageIdResp{"1"}));
  ASSERT_TRUE(until([&] { return client->room() == 1; }));
}

TEST_F(ClientTest, APduThatMayNotBeSentIsRefusedAndCostsNoSequence) {
  auto wire = bound();
  const std::string text(255, 'x');
  const auto bad = smpp_submit(0, text);
  EXPECT_EQ(client->submit(bad, {}).error(), SendError::BadPdu);
  EXPECT_EQ(client->submit(smpp_pdu(C::DeliverSm, 0, bad.body), {}).error(), SendError::WrongState);
  submit();
  EXPECT_EQ(next(wire).header.sequence, 2u);
}

TEST_F(ClientTest, Threat_DropBeforeTheResponseIsAmbiguous) {
  auto wire = bound();
  submit();
  next(wire);
  wire.close();
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 1; }));
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].outcome, Outcome::Closed);
  EXPECT_TRUE(replies[0].left);
  EXPECT_EQ(owner.unbound[0].session, owner.bound[0]);
  EXPECT_EQ(owner.unbound[0].reason, CloseReason::PeerClosed);
  EXPECT_EQ(client->submit(smpp_submit(0), {}).error(), SendError::NoSession);
}

TEST_F(ClientTest, AResponseFortyMinutesLateIsToldWithItsSequence) {
  settings.limits.enquire_interval = 0ms;
  auto wire = bound();
  submit();
  const auto sequence = next(wire).header.sequence;
  pass(40min);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].outcome, Outcome::TimedOut);
  wire.send(smpp_pdu(C::SubmitSmResp, sequence, MessageIdResp{"late"}));
  ASSERT_TRUE(until([&] { return owner.unmatched.size() == 1; }));
  EXPECT_EQ(owner.unmatched[0], sequence);
}

TEST_F(ClientTest, DeliveriesAreAnsweredAlertsAreNot) {
  auto wire = bound();
  wire.send(smpp_pdu(C::AlertNotification, 40, AlertNotification{{1, 1, "1"}, {1, 1, "2"}}));
  wire.send(smpp_pdu(C::DeliverSm, 41, smpp_submit(1).body));
  wire.send(smpp_pdu(C::DataSm, 42, DataSm{"", {1, 1, "1"}, {1, 1, "2"}}));
  wire.send(smpp_submit(43));
  EXPECT_EQ(next(wire).header.sequence, 41u);
  const auto second = next(wire);
  EXPECT_EQ(second.header.command, C::DataSmResp);
  const auto third = next(wire);
  EXPECT_EQ(third.header.command, C::GenericNack);
  EXPECT_EQ(third.header.status, Status::InvCmdId);
  EXPECT_EQ(owner.alerts, 1);
  EXPECT_FALSE(client->answer(owner.bound[0], 41, Status::Ok)) << "answered once";
  EXPECT_FALSE(client->answer(SessionId{99}, 41, Status::Ok));
}

TEST_F(ClientTest, ARefusedBindIsTriedAgainLaterAndLater) {
  start();
  std::chrono::milliseconds longest{0};
  for (int attempt = 0; attempt < 9; ++attempt) {
    auto wire = accepted();
    const auto bind = next(wire);
    wire.send(smpp_pdu(C::BindTransceiverResp, bind.header.sequence, BindResp{}, Status::InvPaswd));
    wire.close();
    ASSERT_TRUE(until([&] { return owner.unbound.size() == static_cast<std::size_t>(attempt) + 1; }));
    const auto& why = owner.unbound.back();
    EXPECT_FALSE(why.session);
    EXPECT_EQ(why.reason, CloseReason::BindRefused);
    EXPECT_EQ(why.status, Status::InvPaswd);
    const auto full = std::min<std::chrono::milliseconds>(1s * (1 << attempt), 60s);
    EXPECT_GE(why.retry, full / 2);
    EXPECT_LE(why.retry, full);
    longest = std::max(longest, why.retry);
    pass(why.retry - 20ms);
    EXPECT_FALSE(smsc.accept());
    pass(40ms);
  }
  EXPECT_GT(longest, 30s);
}

TEST_F(ClientTest, ABindThatLastedStartsTheBackoffAnew) {
  settings.limits.enquire_interval = 0ms;
  auto wire = bound();
  for (int i = 0; i < 4; ++i) {
    wire.close();
    ASSERT_TRUE(until([&] { return !client->session(); }));
    pass(owner.unbound.back().retry + 10ms);
    wire = bound_again();
  }
  EXPECT_GT(owner.unbound.back().retry, 3s);
  pass(11s);
  wire.close();
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 5; }));
  EXPECT_LE(owner.unbound.back().retry, 1s);
  EXPECT_NE(owner.bound[0], owner.bound[1]);
}

TEST_F(ClientTest, NoListenerNoNameNoAnswer) {
  {
    const test::SmppListener gone;
    settings.port = gone.port();
  }
  start();
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 1; }));
  EXPECT_EQ(owner.unbound[0].reason, CloseReason::ConnectFailed);
  settings.port = smsc.port();
  start();
  auto silent = accepted();
  next(silent);
  pass(10'100ms);
  silent.close();
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 2; }));
  EXPECT_EQ(owner.unbound[1].reason, CloseReason::BindTimeout);
}

TEST_F(ClientTest, TheNextHostIsTriedWhenOneFails) {
  settings.host = "127.0.0.9";  // where nobody listens
  settings.fallback_hosts = {"127.0.0.10", "127.0.0.1"};
  start();
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 1; }));
  pass(2s);
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 2; }));
  pass(4s);
  auto wire = bound_again();
  EXPECT_EQ(client->state(), SessionState::BoundTrx);
}

TEST_F(ClientTest, TheSmscUnbinds) {
  auto wire = bound();
  wire.send(smpp_pdu(C::Unbind, 50));
  const auto pdu = next(wire);
  EXPECT_EQ(pdu.header.command, C::UnbindResp);
  wire.close();
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 1; }));
  EXPECT_EQ(owner.unbound[0].reason, CloseReason::PeerUnbound);
  EXPECT_GT(owner.unbound[0].retry, 0ms);
}

TEST_F(ClientTest, AnUnbindThatCrossesASubmitIsConfirmedAfterItsAnswer) {
  auto wire = bound();
  submit();
  const auto sequence = next(wire).header.sequence;
  wire.send(smpp_pdu(C::Unbind, 50));
  ASSERT_TRUE(until([&] { return client->state() == SessionState::Unbound; }));
  EXPECT_EQ(client->room(), 0u);
  EXPECT_FALSE(wire.receive());
  wire.send(smpp_pdu(C::SubmitSmResp, sequence, MessageIdResp{}, Status::InvBndSts));
  EXPECT_EQ(next(wire).header.command, C::UnbindResp);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].outcome, Outcome::Answered);
  EXPECT_EQ(replies[0].status, Status::InvBndSts);
}

TEST_F(ClientTest, AnUnbindIsConfirmedInTimeWithoutTheAnswers) {
  auto wire = bound();
  submit();
  next(wire);
  wire.send(smpp_pdu(C::Unbind, 50));
  ASSERT_TRUE(until([&] { return client->state() == SessionState::Unbound; }));
  pass(5100ms);
  EXPECT_EQ(next(wire).header.command, C::UnbindResp);
  wire.close();
  ASSERT_TRUE(until([&] { return replies.size() == 1; }));
  EXPECT_EQ(replies[0].outcome, Outcome::Closed);
}

TEST_F(ClientTest, StopWaitsForOpenResponsesAndDoesNotComeBack) {
  auto wire = bound();
  submit();
  const auto sequence = next(wire).header.sequence;
  bool stopped = false;
  client->stop(10s, [&] { stopped = true; });
  EXPECT_EQ(client->room(), 0u);
  wire.send(smpp_pdu(C::SubmitSmResp, sequence, MessageIdResp{"1"}));
  const auto unbind = next(wire);
  ASSERT_EQ(unbind.header.command, C::Unbind);
  EXPECT_EQ(replies.size(), 1u);
  wire.send(smpp_pdu(C::UnbindResp, unbind.header.sequence));
  wire.close();
  ASSERT_TRUE(until([&] { return stopped; }));
  EXPECT_EQ(owner.unbound.at(0).reason, CloseReason::Unbound);
  EXPECT_LT(owner.unbound[0].retry, 0ms);
  pass(5min);
  EXPECT_FALSE(smsc.accept());
}

TEST_F(ClientTest, StopWithoutAConnectionIsDoneAtOnce) {
  start();
  bool stopped = false;
  client->stop(10s, [&] { stopped = true; });
  ASSERT_TRUE(until([&] { return stopped; }));
  EXPECT_TRUE(owner.bound.empty());
}

TEST_F(ClientTest, RestartCutsAndComesBack) {
  auto wire = bound();
  client->restart();
  ASSERT_TRUE(until([&] { return owner.unbound.size() == 1; }));
  EXPECT_EQ(owner.unbound[0].reason, CloseReason::Dropped);
  client->restart();  // does not wait for the backoff
  auto again = bound_again();
  EXPECT_EQ(owner.bound.size(), 2u);
}

TEST_F(ClientTest, ABrokenBindResponseCountsByItsStatus) {
  start();
  auto wire = accepted();
  const auto bind = next(wire);
  wire.send(smpp_header(16, 0x80000009, bind.header.sequence));
  ASSERT_TRUE(until([&] { return owner.bound.size() == 1; })) << "many leave its body out";
}

}  // namespace
}  // namespace warp::smpp
