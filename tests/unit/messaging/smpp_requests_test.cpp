// query_sm, cancel_sm, replace_sm, submit_multi and data_sm, over TCP.
#include "warp/smpp/pdu/receipt.h"
#include "warp/smpp/pdu/time.h"

#include "unit/messaging/gateway.h"

namespace warp::messaging::test {
namespace {

using domain::MessageState;
using smpp::CommandId;
using smpp::Status;

class Requests : public Gateway {
 protected:
  void SetUp() override {
    Gateway::SetUp();
    client = connect(customer, "secret");
    ASSERT_TRUE(until([&] { return customer.bound; }));
  }
  struct Answered {
    Status status = Status::UnknownErr;
    std::string id, final_date;
    std::uint8_t state = 0, error = 0;
    std::vector<std::pair<std::string, Status>> failures;
  };
  Answered ask(const smpp::Pdu& pdu) {
    Answered out;
    bool done = false;
    const auto sent = client->submit(pdu, [&](const smpp::Reply& reply) {
      done = true;
      out.status = reply.status;
      out.id = reply.message_id;
      if (!reply.pdu) return;
      if (const auto* query = std::get_if<smpp::QuerySmResp>(&reply.pdu->body)) {
        out.state = query->message_state;
        out.error = query->error_code;
        out.final_date = query->final_date;
      }
      if (const auto* multi = std::get_if<smpp::SubmitMultiResp>(&reply.pdu->body)) {
        out.id = multi->message_id;
        for (const auto& failure : multi->unsuccessful)
          out.failures.emplace_back(failure.address.digits, failure.status);
      }
    });
    EXPECT_TRUE(sent);
    EXPECT_TRUE(until([&] { return done; }));
    return out;
  }
  // One that waits in the queue: its time is in an hour.
  std::string scheduled(std::string_view text, std::string_view service = "", std::uint8_t coding = 0) {
    auto pdu = submit_sm(text);
    auto& sm = std::get<smpp::ShortMessage>(pdu.body);
    sm.message.schedule_delivery_time = "000000010000000R";
    sm.message.data_coding = coding;
    sm.service_type = service;
    return ask(pdu).id;
  }
  template <class Body>
  static smpp::Pdu pdu_with(CommandId command, Body body) {
    smpp::Pdu pdu;
    pdu.header.command = command;
    pdu.body = std::move(body);
    return pdu;
  }
  Status replace(std::string_view id, std::string_view text, std::string_view source = kNumber,
                 std::string_view validity = "") {
    smpp::ReplaceSm body;
    body.message_id = id;
    body.source = {1, 1, source};
    body.validity_period = validity;
    body.registered_delivery = 1;
    body.short_message = text;
    return ask(pdu_with(CommandId::ReplaceSm, body)).status;
  }
  Answered query(std::string_view id, std::string_view source = kNumber) {
    smpp::QuerySm body;
    body.message_id = id;
    body.source = {1, 1, source};
    return ask(pdu_with(CommandId::QuerySm, body));
  }
  Status cancel(std::string_view id, std::string_view source, std::string_view destination,
                std::string_view service = "") {
    smpp::CancelSm body;
    body.message_id = id;
    body.service_type = service;
    body.source = {1, 1, source};
    body.destination = {1, 1, destination};
    return ask(pdu_with(CommandId::CancelSm, body)).status;
  }
  const domain::Message& row(const std::string& id) { return store.rows.at(*MessageId::parse(id)); }

  Customer customer;
  std::unique_ptr<smpp::Client> client;
};

TEST_F(Requests, Complaint_AQueuedMessageCanBeReplaced) {
  const auto id = scheduled("first words");
  EXPECT_EQ(replace(id, "other words", kNumber, "000000120000000R"), Status::Ok);
  EXPECT_EQ(row(id).text, "other words");
  EXPECT_EQ(row(id).state, MessageState::Queued);
  EXPECT_LT(row(id).valid_until, row(id).accepted_at + std::chrono::hours(13));
  EXPECT_GT(row(id).valid_until, row(id).accepted_at + std::chrono::hours(11));
  EXPECT_EQ(service->find(*MessageId::parse(id))->text, "other words");
}

TEST_F(Requests, WhatIsReplacedGoesOutWithItsNewText) {
  const auto id = scheduled("first words");
  smpp::ReplaceSm body;
  body.message_id = id;
  body.source = {1, 1, kNumber};
  const auto soon = smpp::format_absolute(clock.wall() + std::chrono::milliseconds(200));
  body.schedule_delivery_time = soon;
  body.short_message = "other words";
  EXPECT_EQ(ask(pdu_with(CommandId::ReplaceSm, body)).status, Status::Ok);
  ASSERT_TRUE(until([&] { return smsc.texts.size() == 1; }));
  EXPECT_EQ(smsc.texts[0], "other words");
  EXPECT_EQ(replace(id, "too late"), Status::ReplaceFail);
}

TEST_F(Requests, ReplacingKeepsTheCodingOfTheFirst) {
  const auto id = scheduled(std::string_view("\0a\0b", 4), "", 8);
  EXPECT_EQ(replace(id, std::string_view("\x04\x16", 2)), Status::Ok);
  EXPECT_EQ(row(id).text, "Ж");
  EXPECT_EQ(row(id).encoding, "ucs2");
}

TEST_F(Requests, ReplacingMustNotCostMore) {
  const auto id = scheduled("short");
  EXPECT_EQ(replace(id, std::string(161, 'x')), Status::ReplaceFail);
  EXPECT_EQ(row(id).text, "short");
  const auto longer = scheduled(std::string(200, 'y'));
  const auto price = row(longer).price->amount;
  EXPECT_EQ(replace(longer, "short now"), Status::Ok);
  EXPECT_EQ(row(longer).segments, 1);
  EXPECT_EQ(row(longer).price->amount, price) << "what was agreed upon stays";
}

TEST_F(Requests, ReplacingIsForTheSourceThatSent) {
  const auto id = scheduled("mine");
  EXPECT_EQ(replace(id, "theirs", "12025550777"), Status::ReplaceFail);
  EXPECT_EQ(replace("no-id", "theirs"), Status::ReplaceFail);
  EXPECT_EQ(row(id).text, "mine");
}

TEST_F(Requests, ReplacementThatIsNotDurableIsNoReplacement) {
  const auto id = scheduled("first");
  store.down = true;
  EXPECT_EQ(replace(id, "second"), Status::SysErr);
  store.down = false;
  EXPECT_EQ(service->find(*MessageId::parse(id))->text, "first");
  EXPECT_EQ(replace(id, "third"), Status::Ok);
}

TEST_F(Requests, Complaint_AMessageCanBeQueriedAliveAndFinal) {
  const auto id = scheduled("hello");
  auto answer = query(id);
  EXPECT_EQ(answer.status, Status::Ok);
  EXPECT_EQ(answer.state, static_cast<std::uint8_t>(smpp::MessageState::Accepted));
  EXPECT_EQ(answer.final_date, "");
  EXPECT_EQ(cancel(id, kNumber, ""), Status::Ok);
  ASSERT_TRUE(until([&] { return service->messages() == 0; }));
  answer = query(id);
  EXPECT_EQ(answer.status, Status::Ok);
  EXPECT_EQ(answer.state, static_cast<std::uint8_t>(smpp::MessageState::Deleted));
  const auto date = smpp::parse_time(answer.final_date);
  ASSERT_TRUE(date);
  EXPECT_LT(clock.wall() - date->at, std::chrono::seconds(30));
  EXPECT_EQ(query(id, "12025550777").status, Status::QueryFail);
  EXPECT_EQ(query(id, "").status, Status::Ok) << "an empty source is any";
}

TEST_F(Requests, AFinalMessagesErrorIsTold) {
  const auto id = scheduled("hello");
  EXPECT_EQ(cancel(id, kNumber, ""), Status::Ok);
  ASSERT_TRUE(until([&] { return service->messages() == 0; }));
  auto& stored = store.rows.at(*MessageId::parse(id));
  stored.state = MessageState::Undelivered;
  stored.network_error = "012";
  EXPECT_EQ(query(id).error, 12);
  EXPECT_EQ(query(id).state, static_cast<std::uint8_t>(smpp::MessageState::Undeliverable));
}

TEST_F(Requests, NobodyQueriesAnothersMessage) {
  const auto id = scheduled("hello");
  store.rows.at(*MessageId::parse(id)).customer = make_id<CustomerId>(99);
  const_cast<domain::Message*>(service->find(*MessageId::parse(id)))->customer = make_id<CustomerId>(99);
  EXPECT_EQ(query(id).status, Status::QueryFail);
  EXPECT_EQ(replace(id, "mine now"), Status::ReplaceFail);
  EXPECT_EQ(cancel(id, kNumber, ""), Status::CancelFail);
}

TEST_F(Requests, Complaint_CancellingWithoutAnIdTakesAllOfAPair) {
  const auto one = scheduled("one", "CMT"), two = scheduled("two"), other = scheduled("other", "WAP");
  EXPECT_EQ(cancel("", kNumber, kPhone, "CMT"), Status::Ok);
  ASSERT_TRUE(until([&] { return service->messages() == 2; }));
  EXPECT_EQ(row(one).state, MessageState::Cancelled);
  EXPECT_EQ(cancel("", kNumber, "447700900999"), Status::CancelFail);
  EXPECT_EQ(cancel("", "", kPhone), Status::CancelFail);
  EXPECT_EQ(cancel("", std::string("+") + kNumber, kPhone), Status::Ok);
  ASSERT_TRUE(until([&] { return service->messages() == 0; }));
  EXPECT_EQ(row(two).state, MessageState::Cancelled);
  EXPECT_EQ(row(other).state, MessageState::Cancelled);
  EXPECT_EQ(cancel(two, kNumber, ""), Status::CancelFail) << "it is gone";
}

TEST_F(Requests, SubmitMultiListsItsFailures) {
  smpp::SubmitMulti body;
  body.source = {1, 1, kNumber};
  body.destinations.push_back({{1, 1, kPhone}, ""});
  body.destinations.push_back({{1, 1, "no number"}, ""});
  body.destinations.push_back({{}, "friends"});
  body.destinations.push_back({{1, 1, "447700900124"}, ""});
  body.message.short_message = "to all";
  const auto answer = ask(pdu_with(CommandId::SubmitMulti, body));
  EXPECT_EQ(answer.status, Status::Ok);
  EXPECT_TRUE(MessageId::parse(answer.id));
  ASSERT_EQ(answer.failures.size(), 2u);
  std::map<std::string, Status> why(answer.failures.begin(), answer.failures.end());
  EXPECT_EQ(why.at("no number"), Status::InvDstAdr);
  EXPECT_EQ(why.at(""), Status::InvDlName);
  ASSERT_TRUE(until([&] { return smsc.texts.size() == 2; }));
}

TEST_F(Requests, DataSmHasItsTextAndItsValidityInTlvs) {
  smpp::DataSm body;
  body.service_type = "CMT";
  body.source = {1, 1, kNumber};
  body.destination = {1, 1, kPhone};
  body.registered_delivery = 1;
  std::string octets;
  {
    smpp::TlvWriter tlvs(octets);
    tlvs.octets(smpp::Tag::MessagePayload, "by data_sm");
    tlvs.number(smpp::Tag::QosTimeToLive, 600);
  }
  auto pdu = pdu_with(CommandId::DataSm, body);
  pdu.tlvs = smpp::TlvList::read(octets);
  const auto answer = ask(pdu);
  EXPECT_EQ(answer.status, Status::Ok);
  ASSERT_TRUE(until([&] { return smsc.texts.size() == 1; }));
  EXPECT_EQ(smsc.texts[0], "by data_sm");
  EXPECT_EQ(row(answer.id).service_type.view(), "CMT");
  EXPECT_LE(row(answer.id).valid_until, row(answer.id).accepted_at + std::chrono::minutes(11));
}

}  // namespace
}  // namespace warp::messaging::test
