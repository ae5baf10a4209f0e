// What is accepted, and what is refused and why.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::Reason;

class Intake : public World {
 protected:
  void expect_refused(Submission s, Reason reason) {
    const auto rows = store.rows.size();
    offer(std::move(s));
    settle();
    ASSERT_FALSE(refused.empty()) << to_string(reason);
    EXPECT_EQ(refused.back(), reason);
    EXPECT_EQ(store.rows.size(), rows);
    EXPECT_TRUE(accepted.empty());
  }
};

TEST_F(Intake, InteropRule12_AcknowledgedOnlyWhenDurable) {
  boot();
  offer(text("hello"));
  EXPECT_TRUE(accepted.empty());
  EXPECT_EQ(upstream.size(), 0u);
  settle();
  EXPECT_EQ(accepted.size(), 1u);
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Intake, RepeatedReferenceIsTheFirstMessageAgain) {
  boot();
  auto s = text("hello");
  s.client_reference = "order-7";
  const auto first = send(s);
  EXPECT_EQ(send(s), first);
  EXPECT_FALSE(accepted[0].replayed);
  EXPECT_TRUE(accepted[1].replayed);
  EXPECT_EQ(upstream.size(), 1u);
  EXPECT_EQ(service->messages(), 1u);
}

TEST_F(Intake, StoreThatIsAwayRefuses) {
  boot();
  store.down = true;
  expect_refused(text("hello"), Reason::StoreUnavailable);
  EXPECT_EQ(service->messages(), 0u);
  EXPECT_EQ(upstream.size(), 0u);
  store.down = false;
  EXPECT_FALSE(send("again").is_nil());
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Intake, NotReadyUntilLoaded) {
  store.down = true;
  boot();
  expect_refused(text("hello"), Reason::NotReady);
  store.down = false;
  advance(std::chrono::seconds(2));
  EXPECT_TRUE(ready);
  EXPECT_FALSE(send("hello").is_nil());
}

TEST_F(Intake, SuspendedAccount) {
  auto catalogue = sample_catalogue();
  catalogue.customers[0].active = false;
  boot(catalogue);
  expect_refused(text("hello"), Reason::AccountSuspended);
}

TEST_F(Intake, SenderOfNobodyOrOfAnother) {
  boot();
  auto s = text("hello");
  s.from.digits = "12025550199";
  expect_refused(s, Reason::SenderNotAllowed);
  s.from.digits = "ACME";
  expect_refused(s, Reason::SenderNotAllowed);
}

TEST_F(Intake, InteropRule11_SenderOfLettersIsTonFive) {
  auto catalogue = sample_catalogue();
  catalogue.numbers.push_back(catalogue.numbers[0]);
  catalogue.numbers.back().e164 = "ACME";
  boot(catalogue);
  auto s = text("hello");
  s.from.digits = "ACME";
  send(s);
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(upstream.at(0).source.ton, 5);
  EXPECT_EQ(upstream.at(0).source.npi, 0);
}

TEST_F(Intake, BadDestination) {
  boot();
  for (const char* to : {"", "12", "+44x", "1234567890123456"}) {
    auto s = text("hello");
    s.to.digits = to;
    expect_refused(s, Reason::NumberInvalid);
  }
}

TEST_F(Intake, PlusIsTakenOff) {
  boot();
  auto s = text("hello");
  s.to.digits = std::string("+") + kPhone;
  send(s);
  EXPECT_EQ(upstream.at(0).destination.digits, kPhone);
}

TEST_F(Intake, Complaint_NanpNumberNeedsACampaign) {
  auto catalogue = sample_catalogue();
  boot(catalogue);
  auto s = text("hello");
  s.to.digits = "12125550111";
  expect_refused(s, Reason::CampaignMissing);
  catalogue.numbers[0].campaign = make_id<CampaignId>(5);
  domain::Campaign campaign;
  campaign.id = make_id<CampaignId>(5);
  campaign.approved = true;
  catalogue.campaigns.push_back(campaign);
  service->update(std::make_shared<const Directory>(catalogue));
  const auto id = send(s);
  EXPECT_EQ(store.rows.at(id).campaign, make_id<CampaignId>(5));
}

TEST_F(Intake, Complaint_OptOutHolds) {
  auto catalogue = sample_catalogue();
  catalogue.opt_outs.push_back({kCustomer, kNumber, kPhone});
  boot(catalogue);
  expect_refused(text("hello"), Reason::RecipientOptedOut);
  auto other = text("hello");
  other.to.digits = "447700900124";
  EXPECT_FALSE(send(other).is_nil());
}

TEST_F(Intake, Unrated) {
  boot();
  auto s = text("hello");
  s.to.digits = "4915112345678";
  expect_refused(s, Reason::MessageUnrated);
}

TEST_F(Intake, NoRoute) {
  auto catalogue = sample_catalogue();
  catalogue.routes[0].prefix = "33";
  boot(catalogue);
  expect_refused(text("hello"), Reason::NoMessageRoute);
}

TEST_F(Intake, TooLongAndBroken) {
  boot();
  expect_refused(text(std::string(153 * 255 + 1, 'x')), Reason::MessageTooLong);
  expect_refused(text("\xff\xfe"), Reason::MessageMalformed);
}

TEST_F(Intake, PriceIsPerSegment) {
  boot();
  send(text("дом" + std::string(70, 'x')));
  EXPECT_EQ(accepted[0].segments, 2u);
  EXPECT_EQ(accepted[0].encoding, "ucs2");
  EXPECT_EQ(accepted[0].price->amount, Money::from_nanos(20'000'000));
}

TEST_F(Intake, InteropRule14_RateIsSharedByRestAndBindsInSegments) {
  auto catalogue = sample_catalogue();
  catalogue.customers[0].mps = 10;
  boot(catalogue);
  send(text(std::string(153 * 4, 'x')));
  send(from_esme(std::string(153 * 4, 'x')));
  for (int i = 0; i < 4; ++i)
    send(i % 2 == 0 ? text("m") : from_esme("m"));
  EXPECT_EQ(accepted.size(), 4u);
  EXPECT_EQ(refused, (std::vector{Reason::MessageThrottled, Reason::MessageThrottled}));
  EXPECT_EQ(refusal(refused[0]).smpp, smpp::Status::Throttled);
  advance(std::chrono::seconds(1));
  EXPECT_FALSE(send(std::string(153 * 10, 'x')).is_nil());
}

TEST_F(Intake, InteropRule14_BurstIsAllowedAbove) {
  auto catalogue = sample_catalogue();
  catalogue.customers[0].mps = 1;
  catalogue.customers[0].burst = 20;
  boot(catalogue);
  for (int i = 0; i < 25; ++i)
    send("m");
  EXPECT_EQ(accepted.size(), 20u);
}

TEST_F(Intake, AccountOfAnEsmeHasItsOwnLimit) {
  auto catalogue = sample_catalogue();
  catalogue.esmes[0].mps = 2;
  boot(catalogue);
  for (int i = 0; i < 3; ++i)
    send(from_esme("m"));
  EXPECT_EQ(accepted.size(), 2u);
  EXPECT_FALSE(send("by REST").is_nil());
}

TEST_F(Intake, InteropRule15_ValidityInThePastIsRefused) {
  boot();
  auto s = text("hello");
  s.valid_until = clock.wall() - std::chrono::seconds(1);
  expect_refused(s, Reason::MessageExpired);
}

TEST_F(Intake, FullMemoryRefuses) {
  Settings settings;
  settings.max_messages = 2;
  boot(sample_catalogue(), settings);
  bind(kOne, 0);
  for (int i = 0; i < 3; ++i)
    send("m");
  EXPECT_EQ(refused, std::vector{Reason::Overloaded});
}

TEST_F(Intake, PartOfALongMessageKeepsItsPlace) {
  boot();
  auto s = from_esme("part one");
  s.binary_coding = 0;
  s.udh = std::string("\x05\x00\x03\x2A\x02\x01", 6);
  send(s);
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(accepted[0].segments, 1u);
  EXPECT_EQ(upstream.at(0).esm_class & 0x40, 0x40);
  EXPECT_EQ(upstream.at(0).user_data, s.udh + "part one");
}

TEST_F(Intake, InteropRule06_UdhPartBecomesSarForAConnectorThatWantsIt) {
  auto catalogue = sample_catalogue();
  catalogue.connectors[0].split = "sar";
  boot(catalogue);
  auto s = from_esme("part one");
  s.binary_coding = 0;
  s.udh = std::string("\x05\x00\x03\x2A\x02\x01", 6);
  send(s);
  ASSERT_TRUE(upstream.at(0).sar.has_value());
  EXPECT_EQ(upstream.at(0).sar->reference, 0x2A);
  EXPECT_EQ(upstream.at(0).sar->total, 2);
  EXPECT_EQ(upstream.at(0).user_data, "part one");
}

TEST(RefusalTable, EveryMessageReasonHasItsWords) {
  for (const auto reason : {Reason::SenderNotAllowed, Reason::RecipientOptedOut, Reason::CampaignMissing,
                            Reason::MessageThrottled, Reason::MessageTooLong, Reason::MessageExpired,
                            Reason::MessageUnrated, Reason::NoMessageRoute, Reason::StoreUnavailable}) {
    const auto& row = refusal(reason);
    EXPECT_EQ(row.reason, reason);
    EXPECT_NE(row.smpp, smpp::Status::Ok);
  }
  EXPECT_EQ(refusal(Reason::CalleeBusy).smpp, smpp::Status::SysErr);
}

}  // namespace
}  // namespace warp::messaging::test
