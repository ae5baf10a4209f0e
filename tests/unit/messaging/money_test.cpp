// What messages cost: prices as the plan rounds them, money that runs out, and what each end takes of it.
#include "warp/messaging/pricing.h"

#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::ChargePolicy;
using domain::MessageState;
using domain::Reason;

constexpr std::int64_t kPrice = 10'000'000;  // of one segment to kPhone

domain::MessagingCatalogue paying(ChargePolicy policy) {
  auto catalogue = sample_catalogue();
  catalogue.customers[0].charge = policy;
  return catalogue;
}

struct RoundingCase {
  std::int64_t per_segment;
  std::uint16_t segments;
  Rounding rounding;
  std::uint8_t decimals;
  std::int64_t amount;
};
class Prices : public ::testing::TestWithParam<RoundingCase> {};

TEST_P(Prices, AreRoundedOnceAsThePlanSays) {
  const auto& c = GetParam();
  domain::MessagingCatalogue catalogue;
  catalogue.plans.push_back({kPlan, 9, *Currency::parse("EUR"), c.rounding, c.decimals});
  catalogue.rates.push_back({kPlan, "44", Money::from_nanos(c.per_segment)});
  const Directory directory(catalogue);
  const auto price = price_of(directory, kPlan, kPhone, c.segments);
  ASSERT_TRUE(price);
  EXPECT_EQ(price->amount.nanos(), c.amount);
  EXPECT_EQ(price->per_segment.nanos(), c.per_segment);
  EXPECT_EQ(price->plan_version, 9u);
  EXPECT_EQ(price->currency.view(), "EUR");
  EXPECT_EQ(price->prefix, "44");
}

INSTANTIATE_TEST_SUITE_P(All, Prices,
                         ::testing::Values(RoundingCase{7'500'000, 3, Rounding::HalfUp, 9, 22'500'000},
                                           RoundingCase{7'500'000, 3, Rounding::HalfUp, 3, 23'000'000},
                                           RoundingCase{7'500'000, 3, Rounding::HalfEven, 3, 22'000'000},
                                           RoundingCase{7'500'000, 3, Rounding::Down, 3, 22'000'000},
                                           RoundingCase{7'500'000, 3, Rounding::Up, 3, 23'000'000},
                                           RoundingCase{7'499'999, 1, Rounding::HalfUp, 3, 7'000'000},
                                           RoundingCase{7'100'000, 1, Rounding::Up, 3, 8'000'000},
                                           RoundingCase{1, 1, Rounding::Up, 2, 10'000'000},
                                           RoundingCase{1, 1, Rounding::HalfUp, 6, 0},
                                           RoundingCase{333'333'333, 3, Rounding::HalfUp, 0, 1'000'000'000},
                                           RoundingCase{0, 5, Rounding::Up, 2, 0}));

TEST(PricesOfPlans, NoneWithoutPlanOrRateOrRoomInMoney) {
  domain::MessagingCatalogue catalogue;
  catalogue.plans.push_back({kPlan, 1, Currency{}, Rounding::HalfUp, 6});
  catalogue.rates.push_back({kPlan, "44", Money::from_nanos(5'000'000'000'000'000'000)});
  const Directory directory(catalogue);
  EXPECT_FALSE(price_of(directory, std::nullopt, kPhone, 1));
  EXPECT_FALSE(price_of(directory, kCostOne, kPhone, 1));
  EXPECT_FALSE(price_of(directory, kPlan, "33100000000", 1));
  EXPECT_TRUE(price_of(directory, kPlan, kPhone, 1));
  EXPECT_FALSE(price_of(directory, kPlan, kPhone, 2));
}

class MessageMoney : public World {
 protected:
  // Sent to the upstream and answered by it; its receipt is still to come.
  MessageId sent() {
    const auto id = send("hello");
    answer(upstream.size() - 1, smpp::Status::Ok, "id" + std::to_string(upstream.size()));
    return id;
  }
  std::int64_t charged(MessageId id) { return store.rows.at(id).charged.value_or(Money()).nanos(); }
};

TEST_F(MessageMoney, APlanInAnotherCurrencyIsNoPlan) {
  auto catalogue = sample_catalogue();
  catalogue.plans[0].currency = *Currency::parse("EUR");
  boot(catalogue);
  send("hello");
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0], Reason::MessageUnrated);
  catalogue.customers[0].currency = *Currency::parse("EUR");
  boot(catalogue);
  send("hello");
  ASSERT_EQ(accepted.size(), 1u);
  EXPECT_EQ(accepted[0].price->currency.view(), "EUR");
  EXPECT_EQ(accepted[0].price->plan_version, 3u);
}

TEST_F(MessageMoney, CostIsThePlansOfTheConnector) {
  auto catalogue = sample_catalogue();
  catalogue.plans[1] = {kCostOne, 12, *Currency::parse("GBP"), Rounding::Up, 2};
  boot(catalogue);
  const auto id = sent();
  receipt(kOne, "id1", "DELIVRD");
  const auto& cost = store.rows.at(id).cost;
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->amount.nanos(), 10'000'000) << "0.006 rounded up to cents";
  EXPECT_EQ(cost->currency.view(), "GBP");
  EXPECT_EQ(cost->plan_version, 12u);
}

TEST_F(MessageMoney, WithoutMoneyNothingIsAcceptedOrSent) {
  store.balance = Money::from_nanos(kPrice * 2);
  boot();
  upstream.window[kOne.value] = 0;
  service->upstream_changed(kOne);
  const auto first = send("one");
  send("two");
  const auto third = send("three");
  EXPECT_FALSE(first.is_nil());
  EXPECT_TRUE(third.is_nil());
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0], Reason::InsufficientFunds);
  EXPECT_EQ(refusal(Reason::InsufficientFunds).smpp, smpp::Status::SubmitFail);
  EXPECT_EQ(service->messages(), 2u) << "the refused one is not in memory";
  EXPECT_EQ(store.held.nanos(), 2 * kPrice);
  // The hold of one that is cancelled is free for another.
  const auto cancelled = service->cancel(kCustomer, first);
  settle();
  EXPECT_EQ(cancelled, domain::CancelResult::Cancelled);
  EXPECT_EQ(store.held.nanos(), kPrice);
  EXPECT_FALSE(send("four").is_nil());
}

TEST_F(MessageMoney, ARefusedMessageGivesItsPlaceInTheWindowBack) {
  store.balance = Money::from_nanos(kPrice);
  boot();
  bind(kOne, 1);
  sent();
  EXPECT_TRUE(send("too much").is_nil());
  receipt(kOne, "id1", "UNDELIV");
  store.balance = Money::from_nanos(kPrice * 5);
  const auto next = send("again");
  EXPECT_EQ(upstream.size(), 2u);
  EXPECT_EQ(state(next), MessageState::Sending);
}

struct EndCase {
  const char* name;
  ChargePolicy policy;
  bool delivered, undelivered, refused, silent, expired, cancelled;  // whether the price is charged
};
class Ends : public MessageMoney, public ::testing::WithParamInterface<EndCase> {};

TEST_P(Ends, ChargeByPolicy) {
  const auto& c = GetParam();
  boot(paying(c.policy));
  const auto expect = [&](MessageId id, MessageState ended, bool costs) {
    EXPECT_EQ(state(id), ended);
    EXPECT_EQ(charged(id), costs ? kPrice : 0) << c.name << " " << to_string(ended);
    EXPECT_EQ(store.held, Money()) << "what was held is given back";
  };
  const auto before = store.balance;
  auto id = sent();
  receipt(kOne, "id1", "DELIVRD");
  expect(id, MessageState::Delivered, c.delivered);
  id = sent();
  receipt(kOne, "id2", "UNDELIV");
  expect(id, MessageState::Undelivered, c.undelivered);
  id = send("refused by the upstream");
  answer(2, smpp::Status::InvDstAdr);
  expect(id, MessageState::Failed, c.refused);
  id = send("nobody answers");
  upstream.at(3).lose(WireResult::Ambiguous);
  settle();
  expect(id, MessageState::Failed, c.silent);
  bind(kOne, 0);
  auto brief = text("waits too long");
  brief.valid_until = clock.wall() + std::chrono::seconds(5);
  id = send(brief);
  advance(std::chrono::seconds(8));
  expect(id, MessageState::Expired, c.expired);
  id = send("taken back");
  service->cancel(kCustomer, id);
  settle();
  expect(id, MessageState::Cancelled, c.cancelled);
  const int costing = c.delivered + c.undelivered + c.refused + c.silent + c.expired + c.cancelled;
  EXPECT_EQ(before.nanos() - store.balance.nanos(), costing * kPrice);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, Ends,
    ::testing::Values(EndCase{"accepted", ChargePolicy::Accepted, true, true, true, true, true, false},
                      EndCase{"sent", ChargePolicy::Sent, true, true, false, false, false, false},
                      EndCase{"delivered", ChargePolicy::Delivered, true, false, false, false, false,
                              false}));

TEST_F(MessageMoney, PurgingGivesHoldsBack) {
  boot();
  bind(kOne, 0);
  for (int i = 0; i < 5; ++i)
    send("waits");
  EXPECT_EQ(store.held.nanos(), 5 * kPrice);
  service->purge(kOne);
  settle();
  EXPECT_EQ(store.held, Money());
}

TEST_F(MessageMoney, ACrashKeepsHoldsAndSettlesOnce) {
  const auto before = store.balance;
  boot(paying(ChargePolicy::Accepted));
  const auto id = sent();
  settle();
  receipt(kOne, "id1", "DELIVRD");
  EXPECT_EQ(store.held, Money());
  bind(kOne, 0);
  const auto queued = send("queued");
  crash_and_boot(paying(ChargePolicy::Accepted));
  EXPECT_EQ(store.held.nanos(), kPrice) << "of what is alive, and no more";
  EXPECT_EQ(before.nanos() - store.balance.nanos(), kPrice);
  service->cancel(kCustomer, queued);
  settle();
  EXPECT_EQ(store.held, Money());
  EXPECT_EQ(charged(id), kPrice);
  EXPECT_EQ(before.nanos() - store.balance.nanos(), kPrice);
}

// The store answered no although it had done it: the end is asked again, and is not settled again.
TEST_F(MessageMoney, AnEndAskedAgainIsSettledOnce) {
  const auto before = store.balance;
  boot();
  const auto id = sent();
  store.down = true;
  receipt(kOne, "id1", "DELIVRD");
  EXPECT_EQ(store.held.nanos(), kPrice);
  store.down = false;
  advance(std::chrono::seconds(5));
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(store.held, Money());
  EXPECT_EQ(before.nanos() - store.balance.nanos(), kPrice);
  store.finish(store.rows.at(id), {}, [](bool, const auto&) {});
  settle();
  EXPECT_EQ(before.nanos() - store.balance.nanos(), kPrice);
}

}  // namespace
}  // namespace warp::messaging::test
