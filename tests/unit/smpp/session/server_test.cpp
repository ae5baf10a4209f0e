// What a well-behaved ESME sees of the server, and the owner of it.
#include "warp/smpp/session/server.h"

#include "warp/smpp/session/states.h"

#include "support/smpp_server_bench.h"

namespace warp::smpp {
namespace {

using namespace std::chrono_literals;
using test::smpp_bind;
using test::smpp_pdu;
using test::smpp_submit;
using test::SmppWire;
using C = CommandId;

class ServerTest : public test::SmppServerBench {
 protected:
  static Pdu deliver_pdu() { return smpp_pdu(C::DeliverSm, 0, smpp_submit(1).body); }
  // Deliver with its reply noted.
  std::uint32_t deliver(SessionId session) {
    const auto sequence = server->deliver(session, deliver_pdu(), [this](const Reply& reply) {
      replies.push_back({reply.outcome, reply.status, reply.left});
    });
    EXPECT_TRUE(sequence);
    return sequence ? *sequence : 0;
  }
  struct Seen {
    Outcome outcome;
    Status status;
    bool left;
  };
  std::vector<Seen> replies;
};

TEST_F(ServerTest, BindsEveryTypeAndStatesItsVersion) {
  start();
  for (const auto command : {C::BindReceiver, C::BindTransmitter, C::BindTransceiver}) {
    auto wire = SmppWire::connect(address());
    wire.send(smpp_bind(command, "customer", "secret"));
    const auto response = next(wire);
    EXPECT_EQ(response.header.command, response_of(command));
    EXPECT_EQ(std::get<BindResp>(response.body).system_id, "WARP");
    EXPECT_EQ(response.tlvs.number(Tag::ScInterfaceVersion), 0x34u);
    EXPECT_EQ(bind_command(owner.binds.back().type), command);
    EXPECT_EQ(owner.binds.back().system_id, "customer");
    EXPECT_EQ(owner.binds.back().password, "secret");
    EXPECT_EQ(server->state(last_session()), bound_state(owner.binds.back().type));
  }
  EXPECT_EQ(gauged("warp_smpp_sessions", {{"state", "bound_trx"}}), 1);
}

TEST_F(ServerTest, TheOwnerDecidesOnABindLater) {
  start();
  owner.decide = false;
  auto wire = SmppWire::connect(address());
  wire.send(smpp_bind(C::BindTransmitter));
  ASSERT_TRUE(until([&] { return owner.binds.size() == 1; }));
  wire.send(smpp_submit(2));
  expect(wire, C::SubmitSmResp, 2, Status::InvBndSts);
  wire.send(smpp_bind(C::BindTransmitter));
  expect(wire, C::BindTransmitterResp, 1, Status::AlyBnd);
  EXPECT_TRUE(server->accept(last_session()));
  expect(wire, C::BindTransmitterResp, 1);
  EXPECT_FALSE(server->accept(last_session())) << "decided once";
  EXPECT_EQ(counted("warp_smpp_late_answers_total", {}), 1u);
}

TEST_F(ServerTest, ARefusedBindIsToldWhyAndClosed) {
  start();
  auto wire = SmppWire::connect(address());
  wire.send(smpp_bind(C::BindTransceiver, "esme", "wrong"));
  expect(wire, C::BindTransceiverResp, 1, Status::InvPaswd);
  EXPECT_TRUE(until([&] { return wire.ended(); }));
  wire.close();
  ASSERT_TRUE(until([&] { return owner.closed.size() == 1; }));
  EXPECT_EQ(owner.closed.begin()->second, CloseReason::BindRefused);
  EXPECT_EQ(counted("warp_smpp_bind_failures_total", {{"cause", "refused"}}), 1u);
}

TEST_F(ServerTest, EveryRequestGetsTheAnswerOfItsKind) {
  auto wire = bound();
  const std::vector<std::pair<C, Body>> requests{
      {C::SubmitSm, smpp_submit(1).body},
      {C::DataSm, DataSm{"", {1, 1, "1"}, {1, 1, "2"}}},
      {C::SubmitMulti, SubmitMulti{"", {1, 1, "1"}, {{{1, 1, "2"}, {}}}, {}}},
      {C::QuerySm, QuerySm{"id-1", {1, 1, "1"}}},
      {C::CancelSm, CancelSm{"", "id-1", {1, 1, "1"}, {1, 1, "2"}}},
      {C::ReplaceSm, ReplaceSm{"id-1", {1, 1, "1"}, "", "", 0, 0, "new"}},
  };
  std::uint32_t sequence = 10;
  for (const auto& [command, body] : requests) {
    wire.send(smpp_pdu(command, ++sequence, body));
    const auto response = next(wire);
    EXPECT_EQ(to_string(response.header.command), to_string(response_of(command)));
    EXPECT_EQ(response.header.sequence, sequence);
    if (const auto* id = std::get_if<MessageIdResp>(&response.body)) {
      EXPECT_EQ(id->message_id, "id-1");
    }
    if (const auto* id = std::get_if<SubmitMultiResp>(&response.body)) {
      EXPECT_EQ(id->message_id, "id-1");
    }
  }
  EXPECT_EQ(owner.submits.size(), requests.size());
}

TEST_F(ServerTest, ManyPdusOfOneReadAreAnsweredInOneWrite) {
  auto wire = bound();
  std::string octets;
  for (std::uint32_t sequence = 2; sequence < 102; ++sequence)
    ASSERT_TRUE(write(smpp_submit(sequence), octets));
  wire.send(octets);
  for (std::uint32_t sequence = 2; sequence < 102; ++sequence)
    expect(wire, C::SubmitSmResp, sequence);
}

TEST_F(ServerTest, AFrameMayComeOctetByOctet) {
  auto wire = bound();
  std::string octets;
  ASSERT_TRUE(write(smpp_submit(2, std::string(200, 'x')), octets));
  for (const char octet : octets) {
    wire.send(std::string_view(&octet, 1));
    loop.poll();
  }
  expect(wire, C::SubmitSmResp, 2);
  EXPECT_EQ(owner.submits.at(0).text, std::string(200, 'x'));
}

TEST_F(ServerTest, AnswersComeInAnyOrderAndNeverTwice) {
  owner.answers = false;
  auto wire = bound();
  for (const std::uint32_t sequence : {5u, 6u, 7u})
    wire.send(smpp_submit(sequence));
  ASSERT_TRUE(until([&] { return owner.submits.size() == 3; }));
  EXPECT_EQ(gauged("warp_smpp_window", {{"direction", "in"}}), 3);
  for (const std::uint32_t sequence : {7u, 5u, 6u}) {
    EXPECT_TRUE(server->answer(last_session(), sequence, Status::Ok, "x"));
    expect(wire, C::SubmitSmResp, sequence);
  }
  EXPECT_FALSE(server->answer(last_session(), 6, Status::Ok, "x"));
  EXPECT_EQ(counted("warp_smpp_late_answers_total", {}), 1u);
  EXPECT_EQ(gauged("warp_smpp_window", {{"direction", "in"}}), 0);
}

TEST_F(ServerTest, AnAnswerThatCannotBeWrittenBecomesSystemError) {
  owner.answers = false;
  auto wire = bound();
  wire.send(smpp_submit(5));
  ASSERT_TRUE(until([&] { return owner.submits.size() == 1; }));
  EXPECT_FALSE(server->answer(last_session(), 5, Status::Ok, std::string(100, 'i')));
  expect(wire, C::SubmitSmResp, 5, Status::SysErr);
}

TEST_F(ServerTest, DeliveryGoesThroughTheWindowAndResponsesMatchInAnyOrder) {
  owner.limits.window_out = 3;
  auto wire = bound(C::BindReceiver);
  const auto session = last_session();
  EXPECT_EQ(server->room(session), 3u);
  for (std::uint32_t i = 1; i <= 3; ++i)
    EXPECT_EQ(deliver(session), i);
  const auto fourth = server->deliver(session, deliver_pdu(), {});
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error(), SendError::WindowFull);
  for (std::uint32_t i = 1; i <= 3; ++i)
    expect(wire, C::DeliverSm, i);
  wire.send(smpp_pdu(C::DeliverSmResp, 3, MessageIdResp{}, Status::Throttled));
  wire.send(smpp_pdu(C::DeliverSmResp, 1, MessageIdResp{}));
  wire.send(smpp_pdu(C::GenericNack, 2, Empty{}, Status::InvCmdId));
  ASSERT_TRUE(until([&] { return replies.size() == 3; }));
  EXPECT_EQ(replies[0].status, Status::Throttled);
  EXPECT_EQ(replies[1].status, Status::Ok);
  EXPECT_EQ(replies[2].status, Status::InvCmdId);
  EXPECT_EQ(server->room(session), 3u);
}

TEST_F(ServerTest, InteropRule09_SequenceNumbersWrap) {
  owner.limits.first_sequence = kLastSequence - 1;
  auto wire = bound();
  for (const auto sequence : {kLastSequence - 1, kLastSequence, 1u, 2u})
    EXPECT_EQ(deliver(last_session()), sequence);
  for (const auto sequence : {1u, kLastSequence, 2u, kLastSequence - 1})
    wire.send(smpp_pdu(C::DeliverSmResp, sequence, MessageIdResp{}));
  ASSERT_TRUE(until([&] { return replies.size() == 4; }));
  for (const auto& reply : replies)
    EXPECT_EQ(reply.outcome, Outcome::Answered);
  EXPECT_TRUE(owner.unmatched.empty());
}

TEST_F(ServerTest, WhatABindDoesNotAllowIsNotSent) {
  auto wire = bound(C::BindTransmitter);
  const auto refused = server->deliver(last_session(), deliver_pdu(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), SendError::WrongState);
  EXPECT_EQ(server->deliver(SessionId{999}, deliver_pdu(), {}).error(), SendError::NoSession);
}

TEST_F(ServerTest, AlertsNeedNoAnswer) {
  auto wire = bound(C::BindReceiver);
  const auto alert = smpp_pdu(C::AlertNotification, 0, AlertNotification{{1, 1, "1"}, {1, 1, "2"}});
  ASSERT_TRUE(server->alert(last_session(), alert));
  expect(wire, C::AlertNotification, 1);
  EXPECT_EQ(deliver(last_session()), 2u);
  expect(wire, C::DeliverSm, 2);
}

TEST_F(ServerTest, TheEsmeUnbindsAfterItsLastAnswer) {
  owner.answers = false;
  auto wire = bound();
  wire.send(smpp_submit(5));
  wire.send(smpp_pdu(C::Unbind, 6));
  ASSERT_TRUE(until([&] { return server->state(last_session()) == SessionState::Unbound; }));
  EXPECT_TRUE(server->answer(last_session(), 5, Status::Ok, "x"));
  expect(wire, C::SubmitSmResp, 5);
  expect(wire, C::UnbindResp, 6);
  EXPECT_TRUE(ends(wire));
  wire.close();
  ASSERT_TRUE(until([&] { return owner.closed.size() == 1; }));
  EXPECT_EQ(owner.closed.begin()->second, CloseReason::PeerUnbound);
}

TEST_F(ServerTest, DrainWaitsForOpenRequestsBothWays) {
  owner.answers = false;
  auto wire = bound();
  const auto session = last_session();
  wire.send(smpp_submit(5));
  ASSERT_TRUE(until([&] { return owner.submits.size() == 1; }));
  deliver(session);
  expect(wire, C::DeliverSm, 1);
  bool drained = false;
  server->drain(10s, [&] { drained = true; });
  EXPECT_FALSE(SmppWire::connect(address()).connected());
  wire.send(smpp_submit(6));
  expect(wire, C::SubmitSmResp, 6, Status::Throttled);
  wire.send(smpp_pdu(C::DeliverSmResp, 1, MessageIdResp{}));
  server->answer(session, 5, Status::Ok, "x");
  expect(wire, C::SubmitSmResp, 5);
  expect(wire, C::Unbind, 2);
  EXPECT_FALSE(drained);
  wire.send(smpp_pdu(C::UnbindResp, 2));
  EXPECT_TRUE(ends(wire));
  wire.close();
  ASSERT_TRUE(until([&] { return drained; }));
  EXPECT_EQ(owner.closed.at(session), CloseReason::Unbound);
  EXPECT_EQ(server->sessions(), 0u);
}

TEST_F(ServerTest, DrainEndsInTimeWhateverThePeerDoes) {
  auto wire = bound();
  deliver(last_session());
  bool drained = false;
  server->drain(8s, [&] { drained = true; });
  expect(wire, C::DeliverSm, 1);
  pass(6s);
  expect(wire, C::Unbind, 2);
  EXPECT_FALSE(drained);
  pass(2s + 10ms);
  ASSERT_TRUE(until([&] { return drained; }));
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].outcome, Outcome::Closed);
  EXPECT_TRUE(replies[0].left);
}

TEST_F(ServerTest, LateAnswersToEndedSessionsAreHarmless) {
  owner.answers = false;
  auto wire = bound();
  const auto session = last_session();
  wire.send(smpp_submit(5));
  ASSERT_TRUE(until([&] { return owner.submits.size() == 1; }));
  wire.close();
  ASSERT_TRUE(until([&] { return owner.closed.contains(session); }));
  EXPECT_EQ(owner.closed.at(session), CloseReason::PeerClosed);
  auto again = bound();
  EXPECT_NE(last_session(), session);
  EXPECT_FALSE(server->answer(session, 5, Status::Ok, "x"));
  EXPECT_EQ(counted("warp_smpp_late_answers_total", {}), 1u);
}

}  // namespace
}  // namespace warp::smpp
