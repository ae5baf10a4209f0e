// Receipts and inbound messages on their way to customers, and inbound itself.
#include <nlohmann/json.hpp>

#include "warp/smpp/pdu/receipt.h"

#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using smpp::Status;

class ToCustomers : public World {
 protected:
  MessageId deliver_one(Submission s, const std::string& id = "A1") {
    const auto message = send(std::move(s));
    answer(upstream.size() - 1, Status::Ok, id);
    receipt(kOne, id, "DELIVRD");
    return message;
  }
  void inbound(std::string_view body, std::uint8_t esm_class = 0, std::uint8_t coding = 0) {
    IncomingPart part;
    part.source = kPhone;
    part.destination = kNumber;
    part.esm_class = esm_class;
    part.data_coding = coding;
    part.short_message = body;
    deliver(kOne, part);
  }
  nlohmann::json hook(std::size_t i) { return nlohmann::json::parse(webhooks.posted.at(i).webhook.body); }
};

TEST_F(ToCustomers, ReceiptGoesToTheBind) {
  boot();
  bind(kEsme, 10);
  const auto id = deliver_one(from_esme("hello"));
  ASSERT_EQ(downstream.size(), 1u);
  const auto& sent = downstream.at(0);
  EXPECT_EQ(sent.source.digits, kPhone);
  EXPECT_EQ(sent.destination.digits, kNumber);
  EXPECT_EQ(sent.esm_class, smpp::kEsmReceipt);
  const auto receipt = smpp::parse_receipt(sent.esm_class, sent.user_data, smpp::TlvList::read(sent.tlvs));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, id.to_string());
  EXPECT_EQ(receipt->state, smpp::MessageState::Delivered);
  downstream.at(0).answer(Status::Ok);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
  EXPECT_EQ(service->owed(), 0u);
}

TEST_F(ToCustomers, InteropRule13_ReceiptsAreKeptForTheNextBind) {
  boot();
  deliver_one(from_esme("one"), "A1");
  deliver_one(from_esme("two"), "A2");
  EXPECT_EQ(downstream.size(), 0u);
  EXPECT_EQ(store.deliveries.size(), 2u);
  advance(std::chrono::hours(70));
  EXPECT_EQ(store.deliveries.size(), 2u);
  bind(kEsme, 10);
  EXPECT_EQ(downstream.size(), 2u);
}

TEST_F(ToCustomers, InteropRule13_WhatTheBindDidNotAnswerGoesAgain) {
  boot();
  bind(kEsme, 10);
  deliver_one(from_esme("hello"));
  downstream.at(0).lose(WireResult::Ambiguous);
  settle();
  EXPECT_EQ(store.deliveries.size(), 1u);
  advance(std::chrono::seconds(6));
  ASSERT_EQ(downstream.size(), 2u);
  EXPECT_EQ(downstream.at(1).user_data, downstream.at(0).user_data);
  downstream.at(1).answer(Status::Ok);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
}

TEST_F(ToCustomers, ABindThatSaysLaterIsAskedAgainWithinAMinute) {
  boot();
  bind(kEsme, 10);
  deliver_one(from_esme("hello"));
  for (int tries = 0; tries < 12; ++tries) {
    downstream.at(downstream.size() - 1).answer(Status::SysErr);
    settle();
    const auto before = downstream.size();
    advance(std::chrono::seconds(62));
    ASSERT_EQ(downstream.size(), before + 1) << tries;
  }
  downstream.at(downstream.size() - 1).answer(Status::Ok);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
}

TEST_F(ToCustomers, WindowOfTheBindIsKept) {
  boot();
  bind(kEsme, 1);
  deliver_one(from_esme("one"), "A1");
  deliver_one(from_esme("two"), "A2");
  EXPECT_EQ(downstream.size(), 1u);
  downstream.at(0).answer(Status::Ok);
  settle();
  EXPECT_EQ(downstream.size(), 2u);
}

TEST_F(ToCustomers, WishesDecideWhatIsOwed) {
  boot();
  auto none = text("a");
  none.receipts = domain::ReceiptWish::None;
  deliver_one(none, "A1");
  auto failures = text("b");
  failures.receipts = domain::ReceiptWish::FailureOnly;
  deliver_one(failures, "A2");
  EXPECT_TRUE(webhooks.posted.empty());
  auto each = text("c");
  each.receipts = domain::ReceiptWish::Each;
  deliver_one(each, "A3");
  ASSERT_EQ(webhooks.posted.size(), 2u);
  EXPECT_EQ(hook(0)["status"], "sent");
  EXPECT_EQ(hook(1)["status"], "delivered");
}

TEST_F(ToCustomers, Complaint_WebhooksAreSignedAndTriedForDays) {
  boot();
  auto s = text("hello");
  s.status_callback = "https://customer.example/mine";
  deliver_one(s);
  ASSERT_EQ(webhooks.posted.size(), 1u);
  const auto& webhook = webhooks.posted[0].webhook;
  EXPECT_EQ(webhook.url, "https://customer.example/mine");
  std::map<std::string, std::string> headers(webhook.headers.begin(), webhook.headers.end());
  EXPECT_TRUE(headers["webhook-signature"].starts_with("v1,"));
  EXPECT_FALSE(headers["webhook-id"].empty());
  EXPECT_FALSE(headers["webhook-timestamp"].empty());
  const auto end = clock.wall() + std::chrono::hours(70);
  std::size_t answered = 0;
  while (clock.wall() < end) {
    while (answered < webhooks.posted.size())
      webhooks.posted[answered++].done(503);
    advance(std::chrono::minutes(30));
  }
  EXPECT_GT(webhooks.posted.size(), 20u);
  EXPECT_EQ(store.deliveries.size(), 1u);
  std::map<std::string, std::string> last(webhooks.posted.back().webhook.headers.begin(),
                                          webhooks.posted.back().webhook.headers.end());
  EXPECT_EQ(last["webhook-id"], headers["webhook-id"]);
  EXPECT_NE(last["webhook-signature"], headers["webhook-signature"]);
  while (answered < webhooks.posted.size())
    webhooks.posted[answered++].done(200);
  advance(std::chrono::hours(4));
  while (answered < webhooks.posted.size())
    webhooks.posted[answered++].done(204);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
}

TEST_F(ToCustomers, WebhookIsGivenUpInTheEnd) {
  boot();
  deliver_one(text("hello"));
  std::size_t answered = 0;
  for (int i = 0; i < 200 && !store.deliveries.empty(); ++i) {
    while (answered < webhooks.posted.size())
      webhooks.posted[answered++].done(0);
    advance(std::chrono::hours(1));
  }
  EXPECT_TRUE(store.deliveries.empty());
  EXPECT_EQ(service->owed(), 0u);
}

TEST_F(ToCustomers, InboundGoesToTheWebhookOfTheNumber) {
  boot();
  inbound("hi there");
  EXPECT_EQ(last_answer, Status::Ok);
  ASSERT_EQ(webhooks.posted.size(), 1u);
  EXPECT_EQ(webhooks.posted[0].webhook.url, "https://customer.example/inbound");
  EXPECT_EQ(hook(0)["type"], "message.received");
  EXPECT_EQ(hook(0)["body"], "hi there");
  EXPECT_EQ(hook(0)["from"], kPhone);
  EXPECT_EQ(store.records.size(), 1u);
}

TEST_F(ToCustomers, InboundGoesToTheBindInParts) {
  auto catalogue = sample_catalogue();
  catalogue.numbers[0].esme = kEsme;
  boot(catalogue);
  bind(kEsme, 10);
  std::string octets;
  smpp::TlvWriter tlvs(octets);
  const std::string body(200, 'q');
  tlvs.octets(smpp::Tag::MessagePayload, body);
  IncomingPart part;
  part.source = kPhone;
  part.destination = kNumber;
  part.tlvs = tlvs.list();
  deliver(kOne, part);
  ASSERT_EQ(downstream.size(), 2u);
  downstream.at(0).answer(Status::Ok);
  settle();
  EXPECT_EQ(store.deliveries.size(), 1u);
  downstream.at(1).answer(Status::Ok);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
}

TEST_F(ToCustomers, InboundIsAnsweredOnlyWhenDurable) {
  boot();
  store.down = true;
  inbound("hi");
  EXPECT_EQ(answers, 0);
  store.down = false;
  advance(std::chrono::seconds(2));
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(store.rows.size(), 1u);
  EXPECT_EQ(store.records.size(), 1u);
}

TEST_F(ToCustomers, InboundForNobodyIsRefused) {
  boot();
  IncomingPart part;
  part.source = kPhone;
  part.destination = "12025550000";
  part.short_message = "hi";
  deliver(kOne, part);
  EXPECT_EQ(last_answer, Status::InvDstAdr);
  EXPECT_TRUE(store.rows.empty());
}

std::string part_of(int sequence, int total, std::string_view text) {
  std::string octets("\x05\x00\x03\x77", 4);
  octets += static_cast<char>(total);
  octets += static_cast<char>(sequence);
  return octets.append(text);
}

TEST_F(ToCustomers, InteropRule07_PartsInAnyOrderBecomeOneMessage) {
  boot();
  inbound(part_of(3, 3, "three"), 0x40);
  inbound(part_of(1, 3, "one "), 0x40);
  EXPECT_EQ(last_answer, Status::Ok);
  EXPECT_TRUE(webhooks.posted.empty());
  EXPECT_EQ(store.parked.size(), 2u);
  inbound(part_of(2, 3, "two "), 0x40);
  ASSERT_EQ(webhooks.posted.size(), 1u);
  EXPECT_EQ(hook(0)["body"], "one two three");
  EXPECT_TRUE(store.parked.empty());
  EXPECT_EQ(store.records.size(), 1u);
}

TEST_F(ToCustomers, Complaint_InboundPartsSurviveARestart) {
  boot();
  inbound(part_of(2, 2, "two"), 0x40);
  crash_and_boot();
  inbound(part_of(1, 2, "one "), 0x40);
  ASSERT_EQ(webhooks.posted.size(), 1u);
  EXPECT_EQ(hook(0)["body"], "one two");
}

TEST_F(ToCustomers, InteropRule07_SurrogateCutBetweenPartsIsJoined) {
  boot();
  inbound(part_of(1, 2, std::string_view("\xD8\x3D", 2)), 0x40, 8);
  inbound(part_of(2, 2, std::string_view("\xDE\x00", 2)), 0x40, 8);
  ASSERT_EQ(webhooks.posted.size(), 1u);
  EXPECT_EQ(hook(0)["body"], "\xF0\x9F\x98\x80");
}

TEST_F(ToCustomers, InteropRule07_IncompleteMessageIsHandedOnInTheEnd) {
  boot();
  inbound(part_of(2, 2, "half"), 0x40);
  advance(std::chrono::hours(25));
  ASSERT_GE(webhooks.posted.size(), 1u);
  EXPECT_EQ(hook(0)["body"], "half");
  EXPECT_TRUE(store.parked.empty());
}

TEST_F(ToCustomers, Complaint_StopIsObeyedAtOnceOnEveryPath) {
  Settings settings;
  settings.stop_reply = "You are unsubscribed.";
  boot(sample_catalogue(), settings);
  inbound("  Stop. ");
  ASSERT_EQ(webhooks.posted.size(), 1u);
  EXPECT_EQ(hook(0)["keyword"], "stop");
  ASSERT_EQ(opt_outs.entries.size(), 1u);
  EXPECT_TRUE(opt_outs.entries[0].second);
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(upstream.at(0).user_data, "You are unsubscribed.");
  send("hello");
  send(from_esme("hello"));
  EXPECT_EQ(refused, (std::vector{domain::Reason::RecipientOptedOut, domain::Reason::RecipientOptedOut}));
  inbound("START");
  EXPECT_FALSE(opt_outs.entries[1].second);
  EXPECT_FALSE(send("hello").is_nil());
}

TEST_F(ToCustomers, AWordInASentenceIsNoKeyword) {
  boot();
  inbound("please stop by tomorrow");
  EXPECT_TRUE(opt_outs.entries.empty());
}

}  // namespace
}  // namespace warp::messaging::test
