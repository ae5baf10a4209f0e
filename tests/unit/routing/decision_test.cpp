#include "warp/routing/decision.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/catalogue_builder.h"

namespace warp::routing {
namespace {

using domain::Reason;
using test::CatalogueBuilder;
using test::id_of;
using test::rate;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kNumber = "12125551212";

// Customer 1 on trunk 1 pays 0.01 for 1; providers 11, 12, 13 cost 0.003, 0.002, 0.004.
struct Outbound : testing::Test, CatalogueBuilder {
  Outbound() {
    plan(1, {rate("1", "0.01"), rate("44", "0.001")});
    plan(11, {rate("1", "0.003"), rate("44", "0.002")});
    plan(12, {rate("1", "0.002")});
    plan(13, {rate("1", "0.004"), rate("1212", "0.02")});
    customer(1, 1, 1);
    trunk(1, 1);
    partition(1);
    provider(11, 11, "192.0.2.11:5060");
    provider(12, 12, "192.0.2.12:5060");
    provider(13, 13, "192.0.2.13:5060");
  }

  Decision decide(std::string_view number = kNumber, std::uint64_t random = 1, WallTime when = {}) {
    snapshot = Snapshot::compile(catalogue, nullptr);
    return decide_outbound(*snapshot, *snapshot->trunk(id_of<TrunkId>(1)), number, when, random);
  }

  static std::vector<std::string> providers(const Decision& decision) {
    std::vector<std::string> names;
    for (const auto& candidate : decision.candidates)
      names.push_back(candidate.provider->name);
    return names;
  }

  std::shared_ptr<const Snapshot> snapshot;
};

TEST_F(Outbound, CheaperFirstWithinAPriority) {
  route(1, 11, "1");
  route(1, 12, "1");
  const auto decision = decide();
  EXPECT_EQ(decision.reason, Reason::NormalClearing);
  EXPECT_THAT(providers(decision), ElementsAre("provider 12", "provider 11"));
  EXPECT_EQ(decision.customer->name, "customer 1");
  EXPECT_EQ(decision.price->per_minute, *Money::parse("0.01"));
  EXPECT_EQ(decision.price->amount, Money{});
  EXPECT_EQ(decision.candidates[0].cost->per_minute, *Money::parse("0.002"));
  EXPECT_EQ(decision.candidates[0].endpoint->address.to_string(), "192.0.2.12:5060");
  EXPECT_TRUE(decision.rejections.empty());
}

TEST_F(Outbound, PriorityBeforeCost) {
  route(1, 11, "1").priority = 10;
  route(1, 12, "1").priority = 20;
  EXPECT_THAT(providers(decide()), ElementsAre("provider 11", "provider 12"));
}

TEST_F(Outbound, LongestPrefixBeforeCost) {
  route(1, 12, "1");
  route(1, 11, "1212");
  EXPECT_THAT(providers(decide()), ElementsAre("provider 11"));
  EXPECT_THAT(providers(decide("13105551212")), ElementsAre("provider 12"));
}

TEST_F(Outbound, VendorsCostIsThatOfItsLongestLine) {
  route(1, 13, "1");
  EXPECT_EQ(decide("13105551212").candidates.at(0).cost->per_minute, *Money::parse("0.004"));
  EXPECT_EQ(decide().reason, Reason::MarginTooLow);
}

TEST_F(Outbound, NeverBelowCostUnlessAllowed) {
  route(1, 11, "44");
  auto decision = decide("442079460000");
  EXPECT_EQ(decision.reason, Reason::MarginTooLow);
  ASSERT_EQ(decision.rejections.size(), 1u);
  EXPECT_EQ(decision.rejections[0].reason, Reason::MarginTooLow);
  EXPECT_EQ(decision.rejections[0].route->prefix, "44");
  catalogue.rate_plans[0].allow_below_cost = true;
  EXPECT_EQ(decide("442079460000").reason, Reason::NormalClearing);
}

TEST_F(Outbound, AtCostStands) {
  plan(2, {rate("1", "0.003")});
  catalogue.customers[0].rate_plan = id_of<RatePlanId>(2);
  route(1, 11, "1");
  EXPECT_EQ(decide().reason, Reason::NormalClearing);
}

TEST_F(Outbound, RejectsWhatCannotBeCompared) {
  route(1, 11, "1");
  route(1, 12, "1");
  catalogue.rate_plans[2].currency = *Currency::parse("EUR");
  auto decision = decide();
  EXPECT_THAT(providers(decision), ElementsAre("provider 11"));
  ASSERT_EQ(decision.rejections.size(), 1u);
  EXPECT_EQ(decision.rejections[0].reason, Reason::VendorUnrated);
  EXPECT_THAT(explain(decision), Contains(HasSubstr("rate plan is in EUR")));
}

TEST_F(Outbound, RejectsProvidersWithoutLineOrPlanOrEndpoint) {
  route(1, 12, "44");
  EXPECT_EQ(decide("442079460000").reason, Reason::VendorUnrated);
  catalogue.providers[1].rate_plan.reset();
  EXPECT_EQ(decide("442079460000").reason, Reason::VendorUnrated);
  catalogue.providers[1].endpoints.clear();
  EXPECT_EQ(decide("442079460000").reason, Reason::TrunkHasNoEndpoint);
}

TEST_F(Outbound, RefusalsInTheirOrder) {
  EXPECT_EQ(decide().reason, Reason::NoRoute);
  route(1, 11, "1");
  EXPECT_EQ(decide("33123456789").reason, Reason::DestinationUnrated);
  EXPECT_EQ(decide("12x").reason, Reason::NumberInvalid);
  EXPECT_EQ(decide("").reason, Reason::NumberInvalid);
  catalogue.customers[0].rate_plan.reset();
  EXPECT_EQ(decide().reason, Reason::DestinationUnrated);
  catalogue.customers[0].partition.reset();
  EXPECT_EQ(decide().reason, Reason::NoRoute);
  catalogue.customers[0].active = false;
  EXPECT_EQ(decide().reason, Reason::AccountSuspended);
  catalogue.trunks[0].enabled = false;
  EXPECT_EQ(decide().reason, Reason::TrunkDisabled);
  EXPECT_EQ(decide().customer->name, "customer 1");
  catalogue.customers.clear();
  catalogue.trunks[0].enabled = true;
  EXPECT_EQ(decide().reason, Reason::AccountSuspended);
}

TEST_F(Outbound, LinesOfTheTimeOfTheCall) {
  const WallTime change(std::chrono::sys_days(std::chrono::year(2025) / 7 / 1));
  auto later = rate("1", "0.009");
  later.effective_from = change;
  plan(14, {rate("1", "0.001"), later});
  provider(14, 14, "192.0.2.14:5060");
  route(1, 14, "1");
  route(1, 12, "1");
  EXPECT_THAT(providers(decide(kNumber, 1, change - std::chrono::seconds(1))),
              ElementsAre("provider 14", "provider 12"));
  EXPECT_THAT(providers(decide(kNumber, 1, change)), ElementsAre("provider 12", "provider 14"));
}

TEST_F(Outbound, AttemptsAreCappedAndNeverTwiceOnOneEndpoint) {
  catalogue.partitions[0].max_attempts = 3;
  catalogue.providers[1].endpoints.push_back(endpoint(99, "192.0.2.99:5060"));
  catalogue.providers[1].endpoints.back().priority = -1;
  route(1, 12, "1");
  route(1, 12, "1");
  route(1, 11, "1");
  route(1, 13, "1");
  const auto decision = decide();
  EXPECT_THAT(providers(decision), ElementsAre("provider 12", "provider 12", "provider 11"));
  EXPECT_EQ(decision.candidates[0].endpoint->id, 99);
  EXPECT_EQ(decision.candidates[1].endpoint->id, 12);
}

TEST_F(Outbound, WeightSharesEqualCosts) {
  plan(15, {rate("1", "0.003")});
  provider(15, 15, "192.0.2.15:5060");
  route(1, 11, "1").weight = 3;
  route(1, 15, "1").weight = 1;
  snapshot = Snapshot::compile(catalogue, nullptr);
  std::map<std::string, int> first;
  for (std::uint64_t random = 0; random < 8000; ++random) {
    const auto decision =
        decide_outbound(*snapshot, *snapshot->trunk(id_of<TrunkId>(1)), kNumber, {}, random);
    ASSERT_EQ(decision.candidates.size(), 2u);
    ++first[decision.candidates[0].provider->name];
  }
  EXPECT_NEAR(first["provider 11"], 6000, 200);
}

TEST_F(Outbound, WeightZeroComesLast) {
  plan(15, {rate("1", "0.003")});
  provider(15, 15, "192.0.2.15:5060");
  route(1, 11, "1").weight = 0;
  route(1, 15, "1").weight = 1;
  for (std::uint64_t random = 0; random < 50; ++random)
    EXPECT_EQ(providers(decide(kNumber, random))[0], "provider 15");
}

TEST_F(Outbound, SameRandomSameDecision) {
  for (int i = 0; i < 3; ++i)
    catalogue.providers[0].endpoints.push_back(endpoint(100 + i, "192.0.2.1:" + std::to_string(6000 + i)));
  route(1, 11, "1");
  for (std::uint64_t random = 0; random < 20; ++random) {
    const auto decision = decide(kNumber, random);
    const auto once = decision.candidates[0].endpoint->id;
    EXPECT_EQ(decide(kNumber, random).candidates[0].endpoint->id, once);
  }
}

TEST_F(Outbound, ExplainsEachStep) {
  route(1, 12, "1");
  route(1, 13, "1");
  const auto lines = explain(decide());
  EXPECT_THAT(lines, Contains("customer customer 1"));
  EXPECT_THAT(lines, Contains(HasSubstr("price 0.0100 USD/min (prefix 1, 1/1, plan version 1)")));
  EXPECT_THAT(lines, Contains(HasSubstr("1. provider provider 12 at 192.0.2.12:5060 UDP")));
  EXPECT_THAT(lines, Contains(HasSubstr("margin 0.0080/min")));
  EXPECT_THAT(lines, Contains(HasSubstr("rejected provider provider 13")));
  EXPECT_THAT(
      lines,
      Contains(HasSubstr("MARGIN_TOO_LOW, it costs 0.0200 USD/min, the customer pays 0.0100 USD/min")));
  EXPECT_THAT(explain(decide("33123456789")), Contains(HasSubstr("refused: DESTINATION_UNRATED")));
}

struct InboundDecision : testing::Test, CatalogueBuilder {
  InboundDecision() {
    plan(1, {rate("1212", "0.005")});
    customer(1, 1, 1);
    trunk(1, 1).endpoints.push_back(endpoint(1, "192.0.2.1:5060"));
    number(std::string(kNumber), 1, 1);
  }
  Decision decide(std::uint64_t random = 1) {
    snapshot = Snapshot::compile(catalogue, nullptr);
    return decide_inbound(*snapshot, kNumber, {}, random);
  }
  std::shared_ptr<const Snapshot> snapshot;
};

TEST_F(InboundDecision, LeadsToTheTrunksEndpointsByPriority) {
  auto& endpoints = catalogue.trunks[0].endpoints;
  endpoints.push_back(endpoint(2, "192.0.2.2:5060"));
  endpoints.back().priority = -5;
  const auto decision = decide();
  EXPECT_EQ(decision.reason, Reason::NormalClearing);
  ASSERT_EQ(decision.candidates.size(), 2u);
  EXPECT_EQ(decision.candidates[0].endpoint->id, 2);
  EXPECT_EQ(decision.candidates[0].provider, nullptr);
  EXPECT_FALSE(decision.candidates[0].cost);
  EXPECT_EQ(decision.price, std::nullopt);
  EXPECT_EQ(decision.trunk->name, "trunk 1");
  EXPECT_THAT(explain(decision), Contains("free of charge"));
}

TEST_F(InboundDecision, IsPricedByTheNumbersPlan) {
  catalogue.numbers[0].rate_plan = id_of<RatePlanId>(1);
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.005"));
  catalogue.numbers[0].rate_plan = id_of<RatePlanId>(9);
  EXPECT_EQ(decide().reason, Reason::DestinationUnrated);
}

TEST_F(InboundDecision, RefusalsInTheirOrder) {
  catalogue.trunks[0].endpoints.clear();
  EXPECT_EQ(decide().reason, Reason::TrunkHasNoEndpoint);
  catalogue.trunks[0].enabled = false;
  EXPECT_EQ(decide().reason, Reason::TrunkDisabled);
  catalogue.customers[0].active = false;
  EXPECT_EQ(decide().reason, Reason::AccountSuspended);
  catalogue.numbers[0].trunk.reset();
  EXPECT_EQ(decide().reason, Reason::NumberUnassigned);
  catalogue.numbers.clear();
  EXPECT_EQ(decide().reason, Reason::NumberUnassigned);
}

}  // namespace
}  // namespace warp::routing
