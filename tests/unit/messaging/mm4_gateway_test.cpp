// The gateway and a carrier's MMSC over TCP on one loop.
#include "warp/messaging/mm4_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/mm4/message.h"
#include "warp/smtp/client.h"

#include "support/manual_clock.h"
#include "support/smtp_receiver.h"
#include "support/wait.h"

namespace warp::messaging::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

struct FakeMedia final : domain::MediaStore {
  explicit FakeMedia(net::Loop& l) : loop(l) {}
  void save(CustomerId, std::vector<domain::StoredMedia>, std::function<void(bool)> done) override {
    loop.post([done] { done(true); });
  }
  void load(CustomerId, std::vector<MediaId> ids,
            std::function<void(bool, std::vector<domain::StoredMedia>)> done) override {
    std::vector<domain::StoredMedia> out;
    for (const auto& id : ids)
      for (const auto& item : stored)
        if (item.part.id == id) out.push_back(item);
    loop.post([done, out, all = out.size() == ids.size()] { done(all, out); });
  }
  net::Loop& loop;
  std::vector<domain::StoredMedia> stored;
};

struct FakeEvents final : UpstreamEvents {
  void upstream_changed(ConnectorId) override { ++changes; }
  void upstream_receipt(ConnectorId, std::string_view id, smpp::MessageState state, std::string_view error,
                        Answer answer) override {
    receipts.push_back(std::string(id) + ' ' + std::string(smpp::to_string(state)) + ' ' +
                       std::string(error));
    answer(status);
  }
  void upstream_rich(ConnectorId, IncomingRich message, Answer answer) override {
    rich.push_back(std::move(message));
    if (durable) return answer(status);
    answers.push_back(std::move(answer));
  }
  int changes = 0;
  bool durable = true;
  smpp::Status status = smpp::Status::Ok;
  std::vector<std::string> receipts;
  std::vector<IncomingRich> rich;
  std::vector<Answer> answers;
};

class Mm4GatewayTest : public testing::Test {
 protected:
  Mm4GatewayTest() {
    connector.id = ConnectorId{Uuid{{7}}};
    connector.name = "carrier";
    connector.protocol = domain::ConnectorProtocol::Mm4;
    connector.host = "127.0.0.1";
    connector.local_domain = "mms.warp.example";
    connector.remote_domain = "mms.carrier.example";
    connector.allowed = {*domain::Cidr::parse("127.0.0.1/32")};
    connector.response_timeout = 10s;
    settings.server.listeners = {{*domain::SocketAddress::parse("127.0.0.1:0"), {}}};
    smtp::ServerSettings server;
    server.listeners = settings.server.listeners;
    carrier = std::make_unique<smtp::Server>(loop, server, mmsc, registry);
    EXPECT_TRUE(carrier->start());
    connector.port = carrier->addresses().at(0).port;
    message.id = MessageId{Uuid{{1, 0xAB}}};
    message.kind = domain::MessageKind::Mms;
    message.from = {1, 1, "15551234567"};
    message.to = {1, 1, "15557654321"};
    message.text = "Привет 🎉";
    message.accepted_at = clock.wall();
    message.valid_until = clock.wall() + 1h;
  }
  void start() {
    gateway = std::make_unique<Mm4Gateway>(loop, ids, media, settings, log, registry);
    gateway->attach(events);
    publish(&Mm4Gateway::start);
    smtp::ClientSettings to;
    to.host = "127.0.0.1";
    to.port = gateway->addresses().at(0).port;
    peer = std::make_unique<smtp::Client>(loop, to, registry);
    EXPECT_TRUE(until([&] { return gateway->binds(connector.id) > 0; }));
  }
  template <class Call>
  void publish(Call call) {
    domain::MessagingCatalogue catalogue;
    catalogue.connectors = {connector};
    (void)((*gateway).*call)(std::make_shared<const Directory>(std::move(catalogue)));
  }
  template <class Condition>
  bool until(Condition condition) {
    return warp::test::poll_until({&loop}, condition);
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    loop.poll();
  }

  struct Heard {
    WireResult result;
    smpp::Status status;
    std::string id;
  };
  // Handed over; what is heard comes into `heard`.
  bool submit() {
    WirePart part{message.from, message.to};
    part.message = &message;
    return gateway->submit(connector.id, part, [this](const WireOutcome& outcome) {
      heard = Heard{outcome.result, outcome.status, std::string(outcome.message_id)};
    });
  }
  // The forward.REQ that the MMSC has got.
  mm4::Message forwarded() {
    const auto count = mmsc.mails.size();
    EXPECT_TRUE(submit());
    EXPECT_TRUE(until([&] { return mmsc.mails.size() > count; }));
    auto parsed = mm4::parse(mmsc.mails.back().octets);
    EXPECT_TRUE(parsed);
    return parsed ? *parsed : mm4::Message{};
  }
  mm4::Message answer_to(const mm4::Message& request, mm4::RequestStatus status) {
    mm4::Message out;
    out.type = mm4::response_of(request.type);
    out.transaction_id = request.transaction_id;
    out.from = "system-user@mms.carrier.example";
    out.to = request.originator_system;
    out.request_status = status;
    return out;
  }
  // What the carrier's MMSC sends us; the SMTP code of the answer.
  std::uint16_t send(const mm4::Message& m, std::string to = "system-user@mms.warp.example") {
    const auto mail = mm4::write(m, {clock.wall(), "mail" + std::to_string(++mails_sent)});
    EXPECT_TRUE(mail);
    return send_octets(*mail, m.from, std::move(to));
  }
  std::uint16_t send_octets(std::string mail, std::string from, std::string to) {
    std::optional<smtp::Outcome> out;
    peer->send({std::move(from), std::move(to), std::move(mail)}, [&](const auto& o) { out = o; });
    EXPECT_TRUE(until([&] { return out.has_value(); }));
    return out ? out->code : std::uint16_t{0};
  }
  mm4::Message incoming() {
    mm4::Message m;
    m.transaction_id = "their-1";
    m.message_id = "their-message@mms.carrier.example";
    m.from = "+15557654321/TYPE=PLMN@mms.carrier.example";
    m.to = kOurs;
    m.originator_system = "mmsc7@mms.carrier.example";
    m.ack_request = true;
    m.subject = "Hi";
    m.text = "hello";
    m.parts = {{"image/gif", "a.gif", "GIF89a"}};
    return m;
  }
  // The next mail of ours that the MMSC gets, after `known`.
  mm4::Message next_mail(std::size_t known) {
    EXPECT_TRUE(until([&] { return mmsc.mails.size() > known; }));
    auto parsed = mm4::parse(mmsc.mails.at(known).octets);
    EXPECT_TRUE(parsed);
    return parsed ? *parsed : mm4::Message{};
  }
  std::string metric(const std::string& name) {
    const auto page = registry.expose();
    const auto at = page.find("\n" + name + " ");
    return at == page.npos
               ? ""
               : page.substr(at + name.size() + 2, page.find('\n', at + 1) - at - name.size() - 2);
  }

  static constexpr const char* kOurs = "+15551234567/TYPE=PLMN@mms.warp.example";
  metrics::Registry registry;
  log::Logger log{{}};
  warp::test::ManualClock clock;
  net::Loop loop{"messaging", clock, registry};
  SeededIdSource ids{1};
  FakeMedia media{loop};
  FakeEvents events;
  Mm4Settings settings;
  domain::Connector connector;
  domain::Message message;
  warp::test::SmtpReceiver mmsc;
  std::unique_ptr<smtp::Server> carrier;
  std::unique_ptr<Mm4Gateway> gateway;
  std::unique_ptr<smtp::Client> peer;
  std::optional<Heard> heard;
  int mails_sent = 0;
};

TEST_F(Mm4GatewayTest, AMessageIsAcceptedByItsResponseAndNotBySmtp) {
  auto rich = std::make_shared<domain::RichContent>();
  rich->subject = "Grüße";
  rich->media = {{MediaId{Uuid{{3}}}, "image/png", "a.png", 4}};
  message.rich = rich;
  media.stored = {{rich->media[0], "\x89PNG"}};
  start();
  const auto request = forwarded();
  EXPECT_EQ(mmsc.mails[0].from, kOurs);
  EXPECT_THAT(mmsc.mails[0].to, ElementsAre("+15557654321/TYPE=PLMN@mms.carrier.example"));
  EXPECT_EQ(request.type, mm4::Type::ForwardReq);
  EXPECT_EQ(request.originator_system, "system-user@mms.warp.example");
  EXPECT_TRUE(request.ack_request && request.delivery_report);
  EXPECT_EQ(request.text, message.text);
  EXPECT_EQ(request.subject, "Grüße");
  EXPECT_EQ(request.expiry, message.valid_until);
  ASSERT_THAT(request.parts, SizeIs(1));
  EXPECT_EQ(request.parts[0], (mm4::Part{"image/png", "a.png", "\x89PNG"}));
  loop.poll();
  EXPECT_FALSE(heard) << "250 says nothing";
  EXPECT_EQ(send(answer_to(request, mm4::RequestStatus::Ok)), 250);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->result, WireResult::Answered);
  EXPECT_EQ(heard->status, smpp::Status::Ok);
  EXPECT_EQ(heard->id, request.message_id);
}

TEST_F(Mm4GatewayTest, RefusalsMeanWhatTheySay) {
  start();
  using mm4::RequestStatus;
  for (const auto& [said, meant] : std::vector<std::pair<RequestStatus, smpp::Status>>{
           {RequestStatus::ErrorNetworkProblem, smpp::Status::SysErr},
           {RequestStatus::ErrorUnspecified, smpp::Status::SysErr},
           {RequestStatus::ErrorSendingAddressUnresolved, smpp::Status::InvDstAdr},
           {RequestStatus::ErrorContentNotAccepted, smpp::Status::SubmitFail},
           {RequestStatus::ErrorServiceDenied, smpp::Status::SubmitFail}}) {
    heard.reset();
    send(answer_to(forwarded(), said));
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->status, meant) << to_string(said);
  }
}

TEST_F(Mm4GatewayTest, SmtpRefusalsMeanWhatTheySay) {
  start();
  mmsc.answer = smtp::Reply{554, "no"};
  ASSERT_TRUE(submit());
  ASSERT_TRUE(until([&] { return heard.has_value(); }));
  EXPECT_EQ(heard->status, smpp::Status::SubmitFail);
  mmsc.answer = smtp::Reply{452, "full"};
  heard.reset();
  ASSERT_TRUE(submit());
  ASSERT_TRUE(until([&] { return heard.has_value(); }));
  EXPECT_EQ(heard->status, smpp::Status::Throttled);
  mmsc.answer = smtp::Reply{451, "later"};
  heard.reset();
  ASSERT_TRUE(submit());
  ASSERT_TRUE(until([&] { return heard.has_value(); }));
  EXPECT_EQ(heard->status, smpp::Status::SysErr);
  EXPECT_EQ(gateway->binds(connector.id), 1u) << "the peer is there";
}

TEST_F(Mm4GatewayTest, SilenceIsAmbiguousAndALateResponseChangesNothing) {
  start();
  const auto request = forwarded();
  loop.poll();
  pass(connector.response_timeout + 10ms);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->result, WireResult::Ambiguous);
  heard.reset();
  EXPECT_EQ(send(answer_to(request, mm4::RequestStatus::Ok)), 250);
  EXPECT_FALSE(heard);
  EXPECT_EQ(metric("warp_mm4_unmatched_total"), "1");
}

TEST_F(Mm4GatewayTest, TheWindowIsMessagesWithoutResponse) {
  connector.window = 2;
  start();
  EXPECT_EQ(gateway->room(connector.id), 2u);
  const auto first = forwarded();
  forwarded();
  EXPECT_EQ(gateway->room(connector.id), 0u);
  EXPECT_FALSE(submit());
  send(answer_to(first, mm4::RequestStatus::Ok));
  EXPECT_EQ(gateway->room(connector.id), 1u);
  EXPECT_EQ(gateway->room(ConnectorId{Uuid{{9}}}), 0u);
}

TEST_F(Mm4GatewayTest, MediaThatCannotBeHadOrIsTooBigIsNotSent) {
  auto rich = std::make_shared<domain::RichContent>();
  rich->media = {{MediaId{Uuid{{3}}}, "image/png", "a.png", 4}};
  message.rich = rich;
  connector.max_media_octets = 3;
  start();
  ASSERT_TRUE(submit());
  ASSERT_TRUE(until([&] { return heard.has_value(); }));
  EXPECT_EQ(heard->status, smpp::Status::SysErr) << "the store does not answer";
  media.stored = {{rich->media[0], "\x89PNG"}};
  heard.reset();
  ASSERT_TRUE(submit());
  ASSERT_TRUE(until([&] { return heard.has_value(); }));
  EXPECT_EQ(heard->status, smpp::Status::SubmitFail);
  message.rich.reset();
  message.from = {5, 0, "SHOP"};
  heard.reset();
  ASSERT_TRUE(submit());
  ASSERT_TRUE(until([&] { return heard.has_value(); }));
  EXPECT_EQ(heard->status, smpp::Status::InvDstAdr) << "MM4 has no senders of letters";
  EXPECT_THAT(mmsc.mails, IsEmpty());
}

TEST_F(Mm4GatewayTest, APeerThatIsAwayIsTriedAgain) {
  const auto port = connector.port;
  carrier.reset();
  gateway = std::make_unique<Mm4Gateway>(loop, ids, media, settings, log, registry);
  gateway->attach(events);
  publish(&Mm4Gateway::start);
  loop.poll();
  EXPECT_EQ(gateway->binds(connector.id), 0u);
  EXPECT_FALSE(submit());
  ASSERT_TRUE(until([&] { return metric("warp_smtp_client_connect_failures_total") == "1"; }));
  smtp::ServerSettings server;
  server.listeners = {{{*domain::IpAddress::parse("127.0.0.1"), port}, {}}};
  carrier = std::make_unique<smtp::Server>(loop, server, mmsc, registry);
  ASSERT_TRUE(carrier->start());
  clock.advance(settings.probe_first + 10ms);
  ASSERT_TRUE(until([&] { return gateway->binds(connector.id) == 1; }));
  EXPECT_GT(events.changes, 0);
}

TEST_F(Mm4GatewayTest, ReportsBecomeReceipts) {
  start();
  const auto request = forwarded();
  send(answer_to(request, mm4::RequestStatus::Ok));
  using mm4::MmStatus;
  for (const auto status : {MmStatus::Retrieved, MmStatus::Expired, MmStatus::Rejected, MmStatus::Deferred,
                            MmStatus::Unrecognised, MmStatus::Indeterminate, MmStatus::Forwarded}) {
    auto report = incoming();
    report.type = mm4::Type::DeliveryReportReq;
    report.transaction_id = "report-" + std::string(to_string(status));
    report.message_id = request.message_id;
    report.mm_status = status;
    const auto known = mmsc.mails.size();
    EXPECT_EQ(send(report, kOurs), 250);
    const auto response = next_mail(known);
    EXPECT_EQ(response.type, mm4::Type::DeliveryReportRes);
    EXPECT_EQ(response.transaction_id, report.transaction_id);
    EXPECT_EQ(response.request_status, mm4::RequestStatus::Ok);
    EXPECT_THAT(mmsc.mails.back().to, ElementsAre("mmsc7@mms.carrier.example"));
  }
  const auto& id = request.message_id;
  EXPECT_THAT(events.receipts,
              ElementsAre(id + " DELIVRD ", id + " EXPIRED Expired", id + " REJECTD Rejected",
                          id + " ENROUTE Deferred", id + " UNDELIV Unrecognised",
                          id + " UNKNOWN Indeterminate", id + " ACCEPTD Forwarded"));
}

TEST_F(Mm4GatewayTest, AReportBeforeTheResponseSaysThatItWasTaken) {
  start();
  const auto request = forwarded();
  auto report = incoming();
  report.type = mm4::Type::DeliveryReportReq;
  report.message_id = request.message_id;
  report.mm_status = mm4::MmStatus::Retrieved;
  EXPECT_EQ(send(report, kOurs), 250);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->status, smpp::Status::Ok);
  EXPECT_THAT(events.receipts, SizeIs(1));
}

TEST_F(Mm4GatewayTest, AReportThatIsNotDurableComesAgain) {
  start();
  auto report = incoming();
  report.type = mm4::Type::DeliveryReportReq;
  report.mm_status = mm4::MmStatus::Retrieved;
  events.status = smpp::Status::SysErr;
  EXPECT_EQ(send(report, kOurs), 451);
  EXPECT_THAT(mmsc.mails, IsEmpty());
  events.status = smpp::Status::Ok;
  EXPECT_EQ(send(report, kOurs), 250);
}

TEST_F(Mm4GatewayTest, AnInboundMessageIsAnsweredWhenItIsDurable) {
  start();
  events.durable = false;
  const auto mail = mm4::write(incoming(), {clock.wall(), "one"});
  std::optional<smtp::Outcome> out;
  peer->send({"a@mms.carrier.example", kOurs, *mail}, [&](const auto& o) { out = o; });
  ASSERT_TRUE(until([&] { return !events.answers.empty(); }));
  loop.poll();
  EXPECT_FALSE(out) << "no 250 yet";
  EXPECT_THAT(mmsc.mails, IsEmpty()) << "and no .RES";
  events.answers[0](smpp::Status::Ok);
  ASSERT_TRUE(until([&] { return out.has_value(); }));
  EXPECT_EQ(out->code, 250);
  const auto response = next_mail(0);
  EXPECT_EQ(response.type, mm4::Type::ForwardRes);
  EXPECT_EQ(response.transaction_id, "their-1");
  EXPECT_EQ(response.message_id, "their-message@mms.carrier.example");
  EXPECT_EQ(response.request_status, mm4::RequestStatus::Ok);
  EXPECT_EQ(mmsc.mails[0].from, "system-user@mms.warp.example");
  EXPECT_THAT(mmsc.mails[0].to, ElementsAre("mmsc7@mms.carrier.example"));
  const auto& rich = events.rich.at(0);
  EXPECT_EQ(rich.kind, domain::MessageKind::Mms);
  EXPECT_EQ(rich.source, "15557654321");
  EXPECT_EQ(rich.destination, "15551234567");
  EXPECT_EQ(rich.subject, "Hi");
  EXPECT_EQ(rich.text, "hello");
  EXPECT_EQ(rich.upstream_id, "their-message@mms.carrier.example");
  ASSERT_THAT(rich.media, SizeIs(1));
  EXPECT_EQ(rich.media[0].part.content_type, "image/gif");
  EXPECT_EQ(rich.media[0].octets, "GIF89a");
}

TEST_F(Mm4GatewayTest, ARepeatedTransactionIsAnsweredAgainAndNotToldAgain) {
  start();
  EXPECT_EQ(send(incoming(), kOurs), 250);
  EXPECT_EQ(send(incoming(), kOurs), 250);
  EXPECT_THAT(events.rich, SizeIs(1));
  EXPECT_EQ(next_mail(0).request_status, mm4::RequestStatus::Ok);
  EXPECT_EQ(next_mail(1).transaction_id, "their-1");
  auto other = incoming();
  other.transaction_id = "their-2";
  EXPECT_EQ(send(other, kOurs), 250);
  EXPECT_THAT(events.rich, SizeIs(2)) << "messaging knows the message's id";
}

TEST_F(Mm4GatewayTest, WhatIsNotDurableIsNotAnswered) {
  start();
  events.status = smpp::Status::SysErr;
  EXPECT_EQ(send(incoming(), kOurs), 451);
  EXPECT_THAT(mmsc.mails, IsEmpty());
  events.status = smpp::Status::Ok;
  EXPECT_EQ(send(incoming(), kOurs), 250) << "the peer's server tries again";
  EXPECT_THAT(events.rich, SizeIs(2));
  events.status = smpp::Status::InvDstAdr;
  auto unknown = incoming();
  unknown.transaction_id = "their-3";
  EXPECT_EQ(send(unknown, kOurs), 250);
  EXPECT_EQ(next_mail(1).request_status, mm4::RequestStatus::ErrorSendingAddressUnresolved);
}

TEST_F(Mm4GatewayTest, AReportIsSentWhenItIsAskedFor) {
  start();
  auto request = incoming();
  request.delivery_report = true;
  request.ack_request = false;
  EXPECT_EQ(send(request, kOurs), 250);
  const auto report = next_mail(0);
  EXPECT_EQ(report.type, mm4::Type::DeliveryReportReq);
  EXPECT_EQ(report.mm_status, mm4::MmStatus::Retrieved);
  EXPECT_EQ(report.message_id, request.message_id);
  EXPECT_EQ(report.from, kOurs);
  EXPECT_EQ(report.to, request.from);
  EXPECT_THAT(mmsc.mails, SizeIs(1)) << "no .RES: none was asked for";
}

TEST_F(Mm4GatewayTest, AnswersWaitForAPeerThatIsAway) {
  start();
  mmsc.answer = smtp::Reply{451, "later"};
  EXPECT_EQ(send(incoming(), kOurs), 250);
  ASSERT_TRUE(until([&] { return mmsc.mails.size() == 1; }));
  loop.poll();
  mmsc.answer = smtp::Reply{250, "Ok"};
  ASSERT_TRUE(until([&] {
    clock.advance(100ms);
    return mmsc.mails.size() == 2;
  }));
  EXPECT_EQ(next_mail(1).transaction_id, "their-1");
}

TEST_F(Mm4GatewayTest, MailsThatAreNoMm4AreAnsweredAsFarAsTheyCanBe) {
  start();
  EXPECT_EQ(send_octets("Subject: hello\r\n\r\nx\r\n", "a@mms.carrier.example", kOurs), 554);
  EXPECT_EQ(send_octets("X-Mms-Message-Type: MM4_forward.REQ\r\nX-Mms-Transaction-ID: 5\r\n\r\n",
                        "mmsc7@mms.carrier.example", kOurs),
            250);
  const auto response = next_mail(0);
  EXPECT_EQ(response.type, mm4::Type::ForwardRes);
  EXPECT_EQ(response.request_status, mm4::RequestStatus::ErrorMessageFormatCorrupt);
  EXPECT_EQ(response.transaction_id, "5");
  auto letters = incoming();
  letters.transaction_id = "their-9";
  letters.from = "somebody@mail.example";
  EXPECT_EQ(send(letters, kOurs), 250);
  EXPECT_EQ(next_mail(1).request_status, mm4::RequestStatus::ErrorSendingAddressUnresolved);
  EXPECT_THAT(events.rich, IsEmpty());
}

TEST_F(Mm4GatewayTest, OnlyThePeersOfAConnectorAreHeard) {
  start();
  EXPECT_EQ(send(incoming(), "+15551234567/TYPE=PLMN@elsewhere.example"), 550) << "this is no relay";
  connector.allowed = {*domain::Cidr::parse("127.0.0.2/32")};
  publish(&Mm4Gateway::update);
  smtp::ClientSettings to;
  to.host = "127.0.0.1";
  to.port = gateway->addresses().at(0).port;
  peer = std::make_unique<smtp::Client>(loop, to, registry);
  EXPECT_EQ(send(incoming(), kOurs), 554) << "not from there any more";
  EXPECT_THAT(events.rich, IsEmpty());
}

TEST_F(Mm4GatewayTest, PeersAreAskedToWaitUntilItHasBegun) {
  gateway = std::make_unique<Mm4Gateway>(loop, ids, media, settings, log, registry);
  ASSERT_TRUE(gateway->listen());
  smtp::ClientSettings to;
  to.host = "127.0.0.1";
  to.port = gateway->addresses().at(0).port;
  peer = std::make_unique<smtp::Client>(loop, to, registry);
  EXPECT_EQ(send(incoming(), kOurs), 421) << "not 5xx: nothing may bounce";
}

TEST_F(Mm4GatewayTest, WhatWaitsIsAnsweredWhenTheConnectorGoes) {
  start();
  const auto request = forwarded();
  connector.enabled = false;
  publish(&Mm4Gateway::update);
  EXPECT_EQ(gateway->room(connector.id), 0u);
  EXPECT_EQ(send(answer_to(request, mm4::RequestStatus::Ok)), 250) << "its answer may still come";
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->status, smpp::Status::Ok);
}

TEST_F(Mm4GatewayTest, DrainingWaitsForTheAnswers) {
  start();
  const auto request = forwarded();
  bool drained = false;
  gateway->drain(5s, [&] { drained = true; });
  loop.poll();
  EXPECT_FALSE(drained);
  EXPECT_FALSE(submit());
  pass(5'010ms);
  ASSERT_TRUE(until([&] { return drained; }));
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->result, WireResult::Ambiguous);
}

}  // namespace
}  // namespace warp::messaging::test
