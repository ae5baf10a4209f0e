// Interceptors: what rules of the database make of messages.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::Direction;
using domain::Reason;

class Rules : public World {
 protected:
  domain::MessageRule& add() {
    domain::MessageRule rule;
    rule.id = make_id<MessageRuleId>(static_cast<std::uint8_t>(60 + catalogue.rules.size()));
    catalogue.rules.push_back(rule);
    return catalogue.rules.back();
  }
  std::string sent_text(std::size_t index) {
    return smpp::decode_text(upstream.at(index).user_data, smpp::Alphabet::Gsm7).text;
  }
  void inbound(std::string_view body, std::string_view from = kPhone) {
    IncomingPart part;
    part.source = from;
    part.destination = kNumber;
    part.short_message = body;
    deliver(kOne, part);
  }
  domain::MessagingCatalogue catalogue = sample_catalogue();
};

TEST_F(Rules, RefuseByContent) {
  add().pattern = "casino|free\\s+money";
  catalogue.rules[0].refuse = true;
  boot(catalogue);
  offer(text("Win at the CASINO"));
  offer(text("FREE   money"));
  EXPECT_EQ(refused, (std::vector{Reason::ContentRefused, Reason::ContentRefused}));
  EXPECT_FALSE(send("good morning").is_nil());
  EXPECT_EQ(store.rows.size(), 1u);
}

TEST_F(Rules, RefusedBeforeAnythingIsCountedOrPriced) {
  add().refuse = true;
  catalogue.rules[0].pattern = "bad";
  catalogue.customers[0].mps = 1;
  boot(catalogue);
  for (int i = 0; i < 5; ++i)
    offer(text("bad"));
  EXPECT_EQ(refused.back(), Reason::ContentRefused);
  EXPECT_FALSE(send("good").is_nil()) << "the refused ones took nothing of the rate";
}

TEST_F(Rules, RewrittenTextIsCountedAndPricedAsItGoes) {
  auto& rule = add();
  rule.pattern = "https://(\\S+)";
  rule.replacement = "(\\1)";
  boot(catalogue);
  send("see https://a.example now, https://b.example too");
  EXPECT_EQ(sent_text(0), "see (a.example) now, (b.example) too");
  rule.pattern = "€";
  rule.replacement = std::string(160, 'x') + "y";
  service->update(std::make_shared<const Directory>(catalogue));
  send("€");
  EXPECT_EQ(accepted.back().segments, 2u);
  EXPECT_EQ(accepted.back().price->amount, Money::from_nanos(20'000'000));
}

TEST_F(Rules, RewriteSenderRecipientAndPriority) {
  auto& rule = add();
  rule.sender = "1202*";
  rule.set_sender = "SHOP";
  rule.set_recipient = "447700900999";
  rule.set_priority = 3;
  boot(catalogue);
  const auto id = send("hello");
  const auto& row = store.rows.at(id);
  EXPECT_EQ(row.from.digits, "SHOP");
  EXPECT_EQ(row.from.ton, 5);
  EXPECT_EQ(row.to.digits, "447700900999");
  EXPECT_EQ(row.priority, 3);
}

TEST_F(Rules, RunInOrderUntilTheLast) {
  auto& second = add();
  second.order = 20;
  second.pattern = "b";
  second.replacement = "c";
  second.last = true;
  auto& first = add();
  first.order = 10;
  first.pattern = "a";
  first.replacement = "b";
  auto& never = add();
  never.order = 30;
  never.refuse = true;
  boot(catalogue);
  const auto trial = service->try_rules(text("a"), Direction::Outbound);
  EXPECT_EQ(trial.acted, (std::vector{make_id<MessageRuleId>(61), make_id<MessageRuleId>(60)}));
  EXPECT_EQ(trial.text, "c");
  EXPECT_FALSE(trial.refused);
  send("a");
  EXPECT_EQ(sent_text(0), "c");
}

TEST_F(Rules, OfAnotherCustomerAddressOrDirectionDoNotAct) {
  add().refuse = true;
  catalogue.rules[0].customer = make_id<CustomerId>(77);
  add().refuse = true;
  catalogue.rules[1].recipient = "33*";
  add().refuse = true;
  catalogue.rules[2].inbound = true;
  add().refuse = true;
  catalogue.rules[3].enabled = false;
  boot(catalogue);
  EXPECT_FALSE(send("hello").is_nil());
  EXPECT_TRUE(service->try_rules(text("hello"), Direction::Outbound).acted.empty());
  EXPECT_TRUE(service->try_rules(text("hello"), Direction::Inbound).refused);
}

TEST_F(Rules, ViaGoesFirstWhenItCanBeHad) {
  add().via = kTwo;
  boot(catalogue);
  send("goes the usual way while the other is away");
  EXPECT_EQ(upstream.at(0).peer, kOne.value);
  bind(kTwo, 10);
  send("hello");
  EXPECT_EQ(upstream.at(1).peer, kTwo.value) << "though no route leads there";
}

TEST_F(Rules, APatternThatCannotBeUsedNeverActs) {
  add().pattern = "(unclosed";
  catalogue.rules[0].refuse = true;
  boot(catalogue);
  EXPECT_FALSE(send("(unclosed").is_nil());
}

TEST_F(Rules, HostileTextsAndPatterns) {
  auto& rule = add();
  rule.pattern = "(a+)+$|(.*)*b";
  rule.refuse = true;
  auto& grows = add();
  grows.pattern = "x*";
  grows.replacement = std::string(1600, '0');
  boot(catalogue);
  offer(text(std::string(39'000, 'a')));
  EXPECT_EQ(refused.back(), Reason::ContentRefused);
  offer(text(std::string(30'000, 'c')));
  EXPECT_EQ(refused.back(), Reason::ContentRefused) << "what would grow beyond all bounds";
  offer(text("\xff\xfe\xf8"));
  settle();
  EXPECT_TRUE(accepted.empty());
}

TEST_F(Rules, BinaryTextIsReadAndNotRewritten) {
  add().pattern = "casino";
  catalogue.rules[0].refuse = true;
  auto& mend = add();
  mend.pattern = "secret";
  mend.replacement = "***";
  boot(catalogue);
  auto s = from_esme(std::string("\0c\0a\0s\0i\0n\0o", 12));
  s.binary_coding = 8;
  s.udh = std::string("\x05\x00\x03\x2A\x02\x01", 6);
  offer(s);
  EXPECT_EQ(refused.back(), Reason::ContentRefused) << "a part of a long message in UCS-2";
  s.text = "a secret";
  s.binary_coding = 0;
  offer(s);
  EXPECT_EQ(refused.size(), 2u) << "what cannot be rewritten does not go as it is";
  s.text = "casino";
  s.binary_coding = 4;
  EXPECT_FALSE(send(s).is_nil()) << "octets are no text";
}

TEST_F(Rules, SubjectAndFallBackTextAreLookedAtToo) {
  add().pattern = "casino";
  catalogue.rules[0].refuse = true;
  auto& mend = add();
  mend.pattern = "secret";
  mend.replacement = "***";
  boot(catalogue);
  auto s = text("hello");
  auto rich = std::make_shared<domain::RichContent>();
  rich->fallback_text = "the Casino";
  s.rich = rich;
  EXPECT_TRUE(service->try_rules(s, Direction::Outbound).refused);
  rich = std::make_shared<domain::RichContent>();
  rich->subject = "casino";
  s.rich = rich;
  EXPECT_TRUE(service->try_rules(s, Direction::Outbound).refused);
  rich = std::make_shared<domain::RichContent>();
  rich->subject = "a secret";
  s.rich = rich;
  const auto id = send(s);
  EXPECT_EQ(rich->subject, "a secret") << "who else holds it sees no change";
  EXPECT_FALSE(id.is_nil());
}

TEST_F(Rules, ARuleDoesNotCarryOverAnOptOut) {
  add().set_sender = "12025550188";
  catalogue.opt_outs.push_back({kCustomer, kNumber, kPhone});
  boot(catalogue);
  offer(text("hello"));
  EXPECT_EQ(refused, std::vector{Reason::RecipientOptedOut});
}

TEST_F(Rules, InboundRefusedIsKeptAndNotDelivered) {
  add().inbound = true;
  catalogue.rules[0].pattern = "spam";
  catalogue.rules[0].refuse = true;
  boot(catalogue);
  inbound("buy SPAM");
  EXPECT_EQ(last_answer, smpp::Status::Ok);
  EXPECT_TRUE(webhooks.posted.empty());
  ASSERT_EQ(store.rows.size(), 1u);
  const auto& row = store.rows.begin()->second;
  EXPECT_EQ(row.state, domain::MessageState::Failed);
  EXPECT_EQ(row.reason, Reason::ContentRefused);
  EXPECT_EQ(store.records.size(), 1u);
}

TEST_F(Rules, InboundIsRewrittenBeforeKeywords) {
  auto& rule = add();
  rule.inbound = true;
  rule.pattern = "^remove me$";
  rule.replacement = "STOP";
  boot(catalogue);
  inbound("Remove me");
  ASSERT_EQ(opt_outs.entries.size(), 1u);
  offer(text("hello"));
  EXPECT_EQ(refused, std::vector{Reason::RecipientOptedOut});
}

TEST_F(Rules, NoRuleKeepsSomebodyFromStopping) {
  auto& rule = add();
  rule.inbound = true;
  rule.refuse = true;
  boot(catalogue);
  inbound("STOP");
  EXPECT_EQ(opt_outs.entries.size(), 1u);
  auto& other = add();
  other.inbound = true;
  other.order = 1;
  other.pattern = ".+";
  other.replacement = "START";
  service->update(std::make_shared<const Directory>(catalogue));
  inbound("stop", "447700900777");
  ASSERT_EQ(opt_outs.entries.size(), 2u);
  EXPECT_TRUE(opt_outs.entries[1].second);
}

TEST_F(Rules, InboundGoesToAnotherNumberOnlyWhereThatIsSomebodys) {
  auto& rule = add();
  rule.inbound = true;
  rule.set_recipient = "12025550155";
  auto other = catalogue.numbers[0];
  other.e164 = "12025550155";
  other.webhook_url = "https://other.example/";
  catalogue.numbers.push_back(other);
  boot(catalogue);
  inbound("hello");
  ASSERT_EQ(webhooks.posted.size(), 1u);
  EXPECT_EQ(webhooks.posted[0].webhook.url, "https://other.example/");
  rule.set_recipient = "12025550156";
  service->update(std::make_shared<const Directory>(catalogue));
  inbound("hello");
  ASSERT_EQ(webhooks.posted.size(), 2u);
  EXPECT_EQ(webhooks.posted[1].webhook.url, "https://customer.example/inbound");
}

}  // namespace
}  // namespace warp::messaging::test
