// What a hostile or broken ESME can do to the server.
#include "warp/base/random.h"

#include "support/smpp_server_bench.h"

namespace warp::smpp {
namespace {

using namespace std::chrono_literals;
using test::smpp_bind;
using test::smpp_header;
using test::smpp_pdu;
using test::smpp_submit;
using test::SmppWire;
using C = CommandId;

class AbuseTest : public test::SmppServerBench {
 protected:
  SmppWire connect(std::string_view from = "127.0.0.1") {
    auto wire = SmppWire::connect(address(), from);
    loop.poll();
    return wire;
  }
  // A bind answered or not, from a connection of its own.
  std::optional<Status> try_bind(std::string_view from, std::string_view password) {
    auto wire = connect(from);
    wire.send(smpp_bind(C::BindTransceiver, "esme", password));
    std::optional<Pdu> pdu;
    until([&] { return (pdu = wire.receive()).has_value() || wire.ended(); });
    wire.close();
    until([&] { return server->sessions() == kept.size(); });
    return pdu ? std::optional(pdu->header.status) : std::nullopt;
  }
  std::vector<SmppWire> kept;
};

TEST_F(AbuseTest, Threat_CommandLengthsOutOfBoundsEndTheSessionAfterANack) {
  start();
  for (const std::uint32_t length : {0u, 15u, 70'000u, 0x80000000u, 0xFFFFFFFFu}) {
    auto wire = connect();
    wire.send(smpp_header(length, 0x00000004, 77));
    expect(wire, C::GenericNack, 77, Status::InvCmdLen);
    EXPECT_TRUE(until([&] { return wire.ended(); })) << length;
  }
  EXPECT_EQ(counted("warp_smpp_bad_pdus_total", {{"fault", "command_length"}}), 5u);
}

TEST_F(AbuseTest, TheBoundHoldsForBoundSessionsToo) {
  auto wire = bound();
  wire.send(smpp_header(70'000, 0x00000004, 77));
  expect(wire, C::GenericNack, 77, Status::InvCmdLen);
  EXPECT_TRUE(ends(wire));
  wire.close();
  ASSERT_TRUE(until([&] { return owner.closed.size() == 1; }));
  EXPECT_EQ(owner.closed.begin()->second, CloseReason::BadLength);
}

TEST_F(AbuseTest, InteropRule10_AnUnknownCommandIsNackedAndTheSessionLives) {
  auto wire = bound();
  wire.send(smpp_header(16, 0x00000777, 8));
  expect(wire, C::GenericNack, 8, Status::InvCmdId);
  wire.send(smpp_header(16, 0x80000777, 9));  // an unknown response: nobody is answered
  wire.send(smpp_pdu(C::DeliverSm, 10, smpp_submit(1).body));
  expect(wire, C::GenericNack, 10, Status::InvCmdId);
  wire.send(smpp_submit(11));
  expect(wire, C::SubmitSmResp, 11);
}

// Of 5.0, and offered by nobody here: known to the parser, and refused all the same.
TEST_F(AbuseTest, InteropRule10_BroadcastCommandsAreNacked) {
  auto wire = bound();
  wire.send(smpp_pdu(C::BroadcastSm, 21, BroadcastSm{}));
  expect(wire, C::GenericNack, 21, Status::InvCmdId);
  wire.send(smpp_pdu(C::QueryBroadcastSm, 22, QuerySm{"id", {}}));
  expect(wire, C::GenericNack, 22, Status::InvCmdId);
  wire.send(smpp_pdu(C::CancelBroadcastSm, 23, CancelBroadcastSm{}));
  expect(wire, C::GenericNack, 23, Status::InvCmdId);
  wire.send(smpp_header(16, 0x00000111, 24));  // without its body
  expect(wire, C::GenericNack, 24, Status::InvCmdId);
  wire.send(smpp_pdu(C::EnquireLink, 30));
  expect(wire, C::EnquireLinkResp, 30);
  EXPECT_TRUE(owner.submits.empty());
}

TEST_F(AbuseTest, ABadBodyGetsTheResponseOfItsCommand) {
  auto wire = bound();
  auto octets = smpp_header(19, 0x00000004, 8) + std::string(3, 'x');
  wire.send(octets);
  const auto pdu = next(wire);
  EXPECT_EQ(pdu.header.command, C::SubmitSmResp);
  EXPECT_EQ(pdu.header.sequence, 8u);
  EXPECT_NE(pdu.header.status, Status::Ok);
  wire.send(smpp_submit(9));
  expect(wire, C::SubmitSmResp, 9);
}

TEST_F(AbuseTest, Threat_SubmittingBeforeTheBindOrAsAReceiverIsRefused) {
  start();
  auto early = connect();
  early.send(smpp_submit(4));
  expect(early, C::SubmitSmResp, 4, Status::InvBndSts);
  auto receiver = bound(C::BindReceiver);
  receiver.send(smpp_submit(5));
  expect(receiver, C::SubmitSmResp, 5, Status::InvBndSts);
  receiver.send(smpp_bind(C::BindTransmitter));
  expect(receiver, C::BindTransmitterResp, 1, Status::AlyBnd);
  EXPECT_TRUE(owner.submits.empty());
}

TEST_F(AbuseTest, ChatterBeforeTheBindHasAnEnd) {
  settings.pdus_before_bind = 5;
  start();
  auto wire = connect();
  for (std::uint32_t sequence = 1; sequence <= 6; ++sequence)
    wire.send(smpp_pdu(C::EnquireLink, sequence));
  for (std::uint32_t sequence = 1; sequence <= 5; ++sequence)
    expect(wire, C::EnquireLinkResp, sequence);
  EXPECT_TRUE(until([&] { return wire.ended(); }));
  EXPECT_EQ(counted("warp_smpp_closed_total", {{"reason", "misbehaved"}}), 0u) << "it is still lingering";
  wire.close();
  EXPECT_TRUE(until([&] { return counted("warp_smpp_closed_total", {{"reason", "misbehaved"}}) == 1; }));
}

TEST_F(AbuseTest, WhoDoesNotBindInTimeIsClosed) {
  start();
  auto wire = connect();
  ASSERT_TRUE(until([&] { return server->sessions() == 1; }));
  pass(9s);
  EXPECT_FALSE(wire.ended());
  pass(1100ms);
  EXPECT_TRUE(until([&] { return wire.ended(); }));
  EXPECT_EQ(counted("warp_smpp_bind_failures_total", {{"cause", "timeout"}}), 1u);
}

TEST_F(AbuseTest, ABindThatIsNotDecidedInTimeFails) {
  owner.decide = false;
  start();
  auto wire = connect();
  wire.send(smpp_bind(C::BindTransceiver));
  ASSERT_TRUE(until([&] { return owner.binds.size() == 1; }));
  pass(10'100ms);
  expect(wire, C::BindTransceiverResp, 1, Status::SysErr);
  EXPECT_FALSE(server->accept(last_session()));
}

TEST_F(AbuseTest, Threat_GuessingPasswordsIsCutOffForItsSourceAlone) {
  settings.bind_failures = 5;
  start();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(try_bind("127.0.0.9", "wrong"), Status::InvPaswd);
  EXPECT_EQ(owner.binds.size(), 5u);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(try_bind("127.0.0.9", "secret"), Status::BindFail);
  EXPECT_EQ(owner.binds.size(), 5u) << "nobody was asked";
  EXPECT_EQ(try_bind("127.0.0.10", "secret"), Status::Ok);
  pass(settings.bind_failure_refill);
  EXPECT_EQ(try_bind("127.0.0.9", "secret"), Status::Ok) << "one try has come back";
  EXPECT_EQ(counted("warp_smpp_bind_failures_total", {{"cause", "rate_limited"}}), 5u);
}

TEST_F(AbuseTest, StrangersBeyondTheMemoryShareOneEntry) {
  settings.max_sources = 2;
  settings.bind_failures = 2;
  start();
  for (const auto* source : {"127.0.0.11", "127.0.0.12"})
    EXPECT_EQ(try_bind(source, "wrong"), Status::InvPaswd);
  EXPECT_EQ(try_bind("127.0.0.13", "wrong"), Status::InvPaswd);
  EXPECT_EQ(try_bind("127.0.0.14", "wrong"), Status::InvPaswd);
  EXPECT_EQ(try_bind("127.0.0.15", "wrong"), Status::BindFail) << "it pays for 13 and 14";
  EXPECT_EQ(try_bind("127.0.0.11", "secret"), Status::Ok) << "a known source has its own";
  pass(settings.bind_failure_refill);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(try_bind("127.0.0.15", "wrong"), Status::InvPaswd) << "the idle ones are forgotten";
}

TEST_F(AbuseTest, NoiseNeverEndsMoreThanItsOwnSession) {
  settings.bind_attempts = 10'000;
  auto good = bound(C::BindTransceiver, "127.0.0.10");
  SeededIdSource noise(20'260'101);
  for (int round = 0; round < 300; ++round) {
    auto wire = bound();
    std::string octets;
    for (int i = 0; i < 20; ++i) {
      const auto length = 16 + noise.next64() % 64;
      const auto command = noise.next64() % 0x24 | (noise.next64() % 4 == 0 ? 0x80000000u : 0u);
      octets += smpp_header(static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(command),
                            static_cast<std::uint32_t>(noise.next64()));
      for (std::size_t k = 16; k < length; ++k)
        octets.push_back(noise.next64() % 3 == 0 ? '\0' : static_cast<char>(noise.next64()));
    }
    octets += std::string(noise.next64() % 16, '\x7F');
    wire.send(octets);
    loop.poll();
    loop.poll();
  }
  ASSERT_TRUE(until([&] { return server->sessions() == 1; }));
  good.send(smpp_submit(500));
  expect(good, C::SubmitSmResp, 500);
  EXPECT_EQ(gauged("warp_smpp_window", {{"direction", "in"}}), 0);
  EXPECT_EQ(gauged("warp_smpp_window", {{"direction", "out"}}), 0);
}

TEST_F(AbuseTest, Threat_AThousandBindsAreBoundOrRefusedByTheCap) {
  settings.max_connections = 900;
  settings.bind_attempts = 2000;
  start();
  std::size_t refused = 0;
  for (int i = 0; i < 1000; ++i) {
    auto wire = SmppWire::connect(address());
    wire.send(smpp_bind(C::BindTransceiver));
    std::optional<Pdu> pdu;
    until([&] { return (pdu = wire.receive()).has_value() || wire.ended(); });
    refused += pdu ? 0 : 1;
    kept.push_back(std::move(wire));
  }
  EXPECT_EQ(refused, 100u);
  EXPECT_EQ(server->sessions(), 900u);
  EXPECT_EQ(gauged("warp_smpp_sessions", {{"state", "bound_trx"}}), 900);
  EXPECT_EQ(counted("warp_smpp_connections_refused_total", {{"cause", "total"}}), 100u);
  kept.clear();
  EXPECT_TRUE(until([&] { return server->sessions() == 0; }));
  EXPECT_EQ(gauged("warp_smpp_sessions", {{"state", "bound_trx"}}), 0);
}

TEST_F(AbuseTest, SilentConnectionsOfOneSourceAreCapped) {
  settings.max_unbound_per_source = 3;
  start();
  for (int i = 0; i < 3; ++i)
    kept.push_back(connect("127.0.0.9"));
  ASSERT_TRUE(until([&] { return server->sessions() == 3; }));
  auto fourth = connect("127.0.0.9");
  EXPECT_TRUE(until([&] { return fourth.ended(); }));
  EXPECT_EQ(counted("warp_smpp_connections_refused_total", {{"cause", "source"}}), 1u);
  auto other = bound(C::BindTransceiver, "127.0.0.10");
  kept[0].send(smpp_bind(C::BindTransceiver));
  expect(kept[0], C::BindTransceiverResp, 1);
  auto fifth = connect("127.0.0.9");  // the bound one no longer counts
  fifth.send(smpp_pdu(C::EnquireLink, 3));
  expect(fifth, C::EnquireLinkResp, 3);
}

TEST_F(AbuseTest, Threat_AWindowThatIsNotKeptIsThrottled) {
  owner.limits.window_in = 3;
  owner.answers = false;
  auto wire = bound();
  for (std::uint32_t sequence = 2; sequence <= 6; ++sequence)
    wire.send(smpp_submit(sequence));
  expect(wire, C::SubmitSmResp, 5, Status::Throttled);
  expect(wire, C::SubmitSmResp, 6, Status::Throttled);
  wire.send(smpp_pdu(C::EnquireLink, 7));
  expect(wire, C::EnquireLinkResp, 7);
  EXPECT_EQ(owner.submits.size(), 3u);
  server->answer(last_session(), 3, Status::Ok, "x");
  expect(wire, C::SubmitSmResp, 3);
  wire.send(smpp_submit(8));
  EXPECT_TRUE(until([&] { return owner.submits.size() == 4; }));
}

TEST_F(AbuseTest, OrItIsNotRead) {
  owner.limits.window_in = 3;
  owner.limits.overflow = Overflow::PauseReading;
  owner.answers = false;
  auto wire = bound();
  for (std::uint32_t sequence = 2; sequence <= 9; ++sequence)
    wire.send(smpp_submit(sequence));
  ASSERT_TRUE(until([&] { return owner.submits.size() == 3; }));
  for (int i = 0; i < 20; ++i)
    loop.poll();
  EXPECT_EQ(owner.submits.size(), 3u);
  pass(40s);
  EXPECT_FALSE(owner.closed.contains(last_session())) << "its silence is ours";
  for (std::uint32_t sequence = 2; sequence <= 9; ++sequence) {
    ASSERT_TRUE(until([&] { return owner.submits.size() >= sequence - 1; }));
    server->answer(last_session(), sequence, Status::Ok, "x");
    expect(wire, C::SubmitSmResp, sequence);
  }
}

TEST_F(AbuseTest, Threat_WhoIgnoresThrottlingIsNotReadForAWhile) {
  owner.limits.window_in = 0;
  owner.limits.throttle_burst = 10;
  auto wire = bound();
  std::string octets;
  for (std::uint32_t sequence = 2; sequence < 32; ++sequence)
    ASSERT_TRUE(write(smpp_submit(sequence), octets));
  wire.send(octets);
  for (std::uint32_t sequence = 2; sequence <= 12; ++sequence)
    expect(wire, C::SubmitSmResp, sequence, Status::Throttled);
  for (int i = 0; i < 20; ++i)
    loop.poll();
  EXPECT_FALSE(wire.receive()) << "it rests";
  EXPECT_EQ(counted("warp_smpp_rests_total", {}), 1u);
  pass(owner.limits.throttle_rest + 10ms);
  expect(wire, C::SubmitSmResp, 13, Status::Throttled);
}

TEST_F(AbuseTest, WhoReadsNothingIsNotReadAndThenClosed) {
  settings.link.write_octets = 64 * 1024;
  owner.limits.window_out = 100'000;
  start();
  auto wire = SmppWire::connect(address(), "127.0.0.1", 4096);
  wire.send(smpp_bind(C::BindTransceiver));
  expect(wire, C::BindTransceiverResp, 1);
  const std::string text(250, 'x');
  const auto deliver = smpp_pdu(C::DeliverSm, 0, smpp_submit(1, text).body);
  std::size_t closed = 0, sent = 0;
  Result<std::uint32_t, SendError> last = 0u;
  for (; last && sent < 50'000; ++sent) {
    last = server->deliver(last_session(), deliver,
                           [&](const Reply& reply) { closed += reply.outcome == Outcome::Closed; });
    loop.poll();
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error(), SendError::Backlogged);
  EXPECT_EQ(server->room(last_session()), 0u);
  EXPECT_EQ(owner.rooms, 0);
  pass(31s);
  ASSERT_TRUE(until([&] { return owner.closed.contains(last_session()); }));
  EXPECT_EQ(owner.closed.at(last_session()), CloseReason::WriteStalled);
  EXPECT_EQ(closed, sent - 1) << "every request that was taken has its end";
}

TEST_F(AbuseTest, WhoReadsAgainIsServedOn) {
  settings.link.write_octets = 64 * 1024;
  owner.limits.window_out = 100'000;
  start();
  auto wire = SmppWire::connect(address(), "127.0.0.1", 4096);
  wire.send(smpp_bind(C::BindTransceiver));
  expect(wire, C::BindTransceiverResp, 1);
  const std::string text(250, 'x');
  const auto deliver = smpp_pdu(C::DeliverSm, 0, smpp_submit(1, text).body);
  std::uint32_t sent = 0;
  while (server->deliver(last_session(), deliver, {})) {
    ++sent;
    loop.poll();
  }
  for (std::uint32_t sequence = 1; sequence <= sent; ++sequence)
    expect(wire, C::DeliverSm, sequence);
  EXPECT_TRUE(until([&] { return owner.rooms == 1; }));
  EXPECT_TRUE(server->deliver(last_session(), deliver, {}));
  expect(wire, C::DeliverSm, sent + 1);
}

TEST_F(AbuseTest, AnswersThatNobodyReadsCloseTheSessionAtTheCap) {
  settings.link.write_octets = 32 * 1024;
  owner.limits.window_in = 100'000;
  owner.answers = false;
  start();
  auto wire = SmppWire::connect(address(), "127.0.0.1", 4096);
  wire.send(smpp_bind(C::BindTransceiver));
  expect(wire, C::BindTransceiverResp, 1);
  // The submits are taken first; their answers come all at once.
  std::string octets;
  for (std::uint32_t sequence = 2; sequence < 2002; ++sequence)
    ASSERT_TRUE(write(smpp_submit(sequence), octets));
  std::size_t at = 0;
  ASSERT_TRUE(until([&] {
    at += wire.send(std::string_view(octets).substr(at));
    return owner.submits.size() == 2000;
  }));
  for (std::uint32_t sequence = 2; sequence < 2002; ++sequence)
    server->answer(last_session(), sequence, Status::Ok, std::string(60, 'i'));
  ASSERT_TRUE(until([&] { return owner.closed.contains(last_session()); }));
  EXPECT_EQ(owner.closed.at(last_session()), CloseReason::SlowReader);
}

}  // namespace
}  // namespace warp::smpp
