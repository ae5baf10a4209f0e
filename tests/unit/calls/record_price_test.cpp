// What a record's prices come to, and what the account is charged for it.
#include "../src/calls/record_price.h"

#include <gtest/gtest.h>

namespace warp::calls {
namespace {

using namespace std::chrono_literals;

const Currency kUsd, kEur = *Currency::parse("EUR"), kGbp = *Currency::parse("GBP");
const rating::FxTable kExchange({{kEur, kUsd, 1'085'000'000'000, WallTime{}}}, kUsd);

domain::PricedSide side(std::int64_t per_minute, Currency currency = {}) {
  domain::PricedSide out;
  out.per_minute = Money::from_nanos(per_minute);
  out.currency = currency;
  out.decimals = 9;
  return out;
}

domain::RouteAttempt attempt(std::uint16_t status, std::uint32_t elapsed_ms) {
  domain::RouteAttempt out;
  out.sip_status = status;
  out.elapsed_ms = elapsed_ms;
  return out;
}

TEST(RecordPrice, TheChargeIsThePriceInTheAccountsCurrency) {
  domain::CallRecord record;
  record.price = side(600);
  record.cost = side(420);
  ASSERT_TRUE(price_record(record, 30s, kExchange));
  EXPECT_EQ(record.charge.charged.nanos(), 300);
  EXPECT_EQ(record.charge.currency, kUsd);
  EXPECT_EQ(record.margin->nanos(), 90);
  EXPECT_EQ(record.cost_base->nanos(), 210);
}

TEST(RecordPrice, AnotherCurrencyIsConvertedOnceByTheRateThatStandsInTheRecord) {
  domain::CallRecord record;
  record.price = side(600, kEur);
  record.cost = side(420, kEur);
  record.charge.fx_pico = 1'085'000'000'000;
  record.charge.currency = kUsd;
  ASSERT_TRUE(price_record(record, 30s, kExchange));
  EXPECT_EQ(record.price->amount.nanos(), 300);
  EXPECT_EQ(record.charge.charged.nanos(), 326) << "325.5, half up";
  EXPECT_EQ(record.charge.currency, kUsd);
  EXPECT_EQ(record.margin->nanos(), 90) << "in the price's currency";
  EXPECT_EQ(record.cost_base->nanos(), 228) << "227.85 in the base currency";
}

TEST(RecordPrice, AMarginBetweenTwoCurrenciesIsInThePricesAndAsOnTheDay) {
  domain::CallRecord record;
  record.price = side(600);
  record.cost = side(420, kEur);
  ASSERT_TRUE(price_record(record, 30s, kExchange));
  EXPECT_EQ(record.margin->nanos(), 300 - 228);
}

TEST(RecordPrice, WithoutARateOfExchangeThereIsNoMargin) {
  domain::CallRecord record;
  record.price = side(600);
  record.cost = side(420, kGbp);
  ASSERT_TRUE(price_record(record, 30s, kExchange));
  EXPECT_FALSE(record.margin);
  EXPECT_FALSE(record.cost_base);
}

TEST(RecordPrice, WhatWasNeverAnsweredCostsItsAttemptWhenItWasSent) {
  domain::CallRecord record;
  record.price = side(600);
  record.price->attempt_fee = Money::from_nanos(7);
  record.attempts.push_back(attempt(0, 0));
  ASSERT_TRUE(price_record(record, std::nullopt, kExchange));
  EXPECT_EQ(record.charge.charged.nanos(), 0) << "skipped";
  record.attempts.push_back(attempt(486, 900));
  ASSERT_TRUE(price_record(record, std::nullopt, kExchange));
  EXPECT_EQ(record.price->amount.nanos(), 7);
  EXPECT_EQ(record.charge.charged.nanos(), 7);
  EXPECT_EQ(record.price->billed_seconds, 0u);
}

TEST(RecordPrice, WhatIsFreeChargesNothing) {
  domain::CallRecord record;
  record.charge.charged = Money::from_nanos(5);
  ASSERT_TRUE(price_record(record, 30s, kExchange));
  EXPECT_EQ(record.charge.charged.nanos(), 0);
}

TEST(RecordPrice, AnOverflowIsSaidAndChargesNothing) {
  domain::CallRecord record;
  record.price = side(9'000'000'000'000'000'000);
  EXPECT_FALSE(price_record(record, std::chrono::hours(3), kExchange));
  EXPECT_EQ(record.charge.charged.nanos(), 0);
}

}  // namespace
}  // namespace warp::calls
