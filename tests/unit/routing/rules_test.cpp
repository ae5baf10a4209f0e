// One rule of routing at a time.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/routing/query.h"

#include "support/catalogue_builder.h"

namespace warp::routing {
namespace {

using domain::Jurisdiction;
using domain::Reason;
using domain::RouteAction;
using domain::RouteOrder;
using std::chrono::hours;
using test::CatalogueBuilder;
using test::id_of;
using test::rate;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Monday, June 16, 2025, 12:00 UTC.
constexpr WallTime kNoon{std::chrono::sys_days(std::chrono::year(2025) / 6 / 16) + hours(12)};
constexpr std::uint16_t kOffice = 7;

class FixedLoad final : public LoadView {
 public:
  std::uint8_t percent_used(ProviderId provider) const override {
    const auto found = used.find(provider);
    return found == used.end() ? std::uint8_t{0} : found->second;
  }
  std::map<ProviderId, std::uint8_t> used;
};

// Customer 1 on trunk 1 pays 0.01 for 1; providers 11, 12, 13 cost 0.003, 0.002, 0.004, each with a route.
struct Rules : testing::Test, CatalogueBuilder {
  Rules() {
    plan(1, {rate("1", "0.01"), rate("44", "0.01")});
    plan(11, {rate("1", "0.003"), rate("44", "0.003")});
    plan(12, {rate("1", "0.002")});
    plan(13, {rate("1", "0.004")});
    customer(1, 1, 1);
    customer(2, 1, 1);
    trunk(1, 1);
    trunk(2, 2);
    partition(1);
    for (std::uint8_t number = 11; number <= 13; ++number) {
      provider(number, number, "192.0.2." + std::to_string(number) + ":5060");
      route(1, number, "1");
    }
    catalogue.loaded_at = kNoon;
    query.when = kNoon;
    query.ani = "12025550100";
    query.dni = "12125551212";
    query.random = 1;
  }

  domain::Route& route_of(std::size_t at) { return catalogue.routes[at]; }
  domain::Partition& part() { return catalogue.partitions[0]; }
  domain::Route& rule(RouteAction action, std::uint8_t provider, std::string prefix) {
    auto& made = route(1, provider, std::move(prefix));
    made.action = action;
    if (provider == 0) made.provider = {};
    return made;
  }
  void list(std::uint8_t number, bool blocks, std::vector<std::string> prefixes, const Uuid& owner,
            bool of_caller = false) {
    domain::NumberList row;
    row.id = id_of<RouteId>(number).value;
    row.name = "list " + std::to_string(number);
    row.blocks = blocks;
    row.prefixes = std::move(prefixes);
    catalogue.number_lists.push_back(row);
    catalogue.list_uses.push_back({row.id, owner, of_caller});
  }
  void office_hours() {
    domain::ScheduleRow office;
    office.id = kOffice;
    office.name = "office";
    office.zone = "UTC";
    office.windows.push_back({0x1f, 9 * 60, 17 * 60});
    catalogue.schedules.push_back(office);
  }
  domain::CallNumbers& numbers(Jurisdiction jurisdiction) {
    known.jurisdiction = jurisdiction;
    query.numbers = &known;
    return known;
  }

  const Decision& decide(std::uint8_t from_trunk = 1) {
    snapshot = Snapshot::compile(catalogue, nullptr);
    query.trunk = snapshot->trunk(id_of<TrunkId>(from_trunk));
    return decision = decide_outbound(*snapshot, query);
  }
  std::vector<std::string> providers() const {
    std::vector<std::string> names;
    for (const auto& candidate : decision.candidates)
      names.push_back(candidate.provider->name.substr(9));
    return names;
  }
  // Notes of what was rejected, by provider.
  std::map<std::string, std::string> notes() const {
    std::map<std::string, std::string> out;
    for (const auto& one : decision.rejections)
      out.emplace(one.provider ? one.provider->name.substr(9) : "none", one.note);
    return out;
  }

  RouteQuery query;
  domain::CallNumbers known;
  Decision decision;
  std::shared_ptr<const Snapshot> snapshot;
};

TEST_F(Rules, WithoutAnyTheCheapestComesFirst) {
  decide();
  EXPECT_EQ(decision.reason, Reason::NormalClearing);
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  EXPECT_TRUE(decision.rule.empty());
}

TEST_F(Rules, ABlockWithoutAProviderStopsThePrefixWhateverElseThereIs) {
  rule(RouteAction::Block, 0, "1212");
  route(1, 11, "12125551");  // longer, and no way round it
  EXPECT_EQ(decide().reason, Reason::DestinationBlocked);
  EXPECT_THAT(decision.rule, HasSubstr("blocks"));
  EXPECT_TRUE(decision.candidates.empty());
  query.dni = "13105551212";
  EXPECT_EQ(decide().reason, Reason::NormalClearing);
}

TEST_F(Rules, ABlockOfAProviderTakesThatOneOut) {
  rule(RouteAction::Block, 12, "12");
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
  EXPECT_THAT(notes()["12"], HasSubstr("blocks"));
  EXPECT_EQ(decision.rejections[0].reason, Reason::DestinationBlocked);
}

TEST_F(Rules, ABlockOfAnotherCustomerIsNone) {
  rule(RouteAction::Block, 0, "1").customer = id_of<CustomerId>(2);
  EXPECT_EQ(decide(1).reason, Reason::NormalClearing);
  EXPECT_EQ(decide(2).reason, Reason::DestinationBlocked);
}

TEST_F(Rules, AForcedRouteIsTheOnlyOneWhateverItCosts) {
  plan(14, {rate("1", "0.5")});
  provider(14, 14, "192.0.2.14:5060");
  rule(RouteAction::Force, 14, "");
  route(1, 11, "12125551");
  decide();
  EXPECT_EQ(decision.reason, Reason::NormalClearing);
  EXPECT_THAT(providers(), ElementsAre("14"));
  EXPECT_EQ(decision.rule, "forced");
}

TEST_F(Rules, AForcedRouteThatCannotBeTakenIsNotReplaced) {
  plan(14, {rate("1", "0.5")});
  provider(14, 14, "");
  rule(RouteAction::Force, 14, "1");
  EXPECT_EQ(decide().reason, Reason::TrunkHasNoEndpoint);
  EXPECT_TRUE(decision.candidates.empty());
}

TEST_F(Rules, AnExclusiveRouteIsForItsCustomerAlone) {
  route_of(1).customer = id_of<CustomerId>(2);
  decide(1);
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
  EXPECT_EQ(notes()["12"], "it belongs to another customer");
  decide(2);
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
}

TEST_F(Rules, ALongerPrefixForOthersLeavesTheShorterOneInForce) {
  route(1, 11, "1212").customer = id_of<CustomerId>(2);
  decide(1);
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  EXPECT_EQ(decision.rejections.size(), 1u);
  decide(2);
  EXPECT_THAT(providers(), ElementsAre("11"));
}

TEST_F(Rules, ACallersPrefix) {
  route_of(1).ani_prefix = "1202";
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  query.ani = "13055550100";
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
  EXPECT_EQ(notes()["12"], "it is for other callers");
}

TEST_F(Rules, AScheduleByTheMinute) {
  office_hours();
  route_of(1).schedule = kOffice;
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  query.when = kNoon + hours(5) - std::chrono::microseconds(1);
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  query.when = kNoon + hours(5);
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
  EXPECT_EQ(notes()["12"], "it is outside its schedule");
}

TEST_F(Rules, OnlyRoutesOutsideTheirScheduleSaySo) {
  office_hours();
  for (auto& one : catalogue.routes)
    one.schedule = kOffice;
  query.when = kNoon + hours(12);
  EXPECT_EQ(decide().reason, Reason::ScheduleClosed);
}

TEST_F(Rules, AScheduleThatIsNotThereIsClosed) {
  route_of(1).schedule = 99;
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
}

TEST_F(Rules, Jurisdictions) {
  route_of(1).jurisdictions = domain::bit(Jurisdiction::Interstate);
  numbers(Jurisdiction::Intrastate);
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
  EXPECT_EQ(decision.jurisdiction, Jurisdiction::Intrastate);
  numbers(Jurisdiction::Interstate);
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
}

TEST_F(Rules, WithoutNumbersTwoCountriesAreInternational) {
  query.ani = "442079460000";
  EXPECT_EQ(decide().jurisdiction, Jurisdiction::International);
  query.ani = "12025550100";
  EXPECT_EQ(decide().jurisdiction, Jurisdiction::Unknown);
  query.ani = "";
  EXPECT_EQ(decide().jurisdiction, Jurisdiction::Unknown);
}

TEST_F(Rules, ThePriceIsThatOfTheJurisdiction) {
  auto inside = rate("1", "0.02");
  inside.jurisdictions = domain::bit(Jurisdiction::Intrastate);
  auto outside = rate("1", "0.01");
  outside.jurisdictions = domain::bit(Jurisdiction::Interstate);
  catalogue.rate_plans[0].rates =
      std::make_shared<const std::vector<domain::Rate>>(std::vector<domain::Rate>{inside, outside});
  numbers(Jurisdiction::Intrastate);
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.02"));
  numbers(Jurisdiction::Interstate);
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.01"));
  numbers(Jurisdiction::TollFree);
  EXPECT_EQ(decide().reason, Reason::DestinationUnrated);
}

TEST_F(Rules, APlanMayRefuseAnUnknownCaller) {
  catalogue.rate_plans[0].unknown_as.reset();
  numbers(Jurisdiction::Unknown);
  EXPECT_EQ(decide().reason, Reason::DestinationUnrated);
  EXPECT_EQ(decision.rule, "ANI unusable");
  numbers(Jurisdiction::Interstate);
  EXPECT_EQ(decide().reason, Reason::NormalClearing);
}

TEST_F(Rules, AVendorMayRefuseAnUnknownCaller) {
  catalogue.rate_plans[2].unknown_as.reset();
  numbers(Jurisdiction::Unknown);
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
  EXPECT_EQ(notes()["12"], "ANI unusable");
}

TEST_F(Rules, ABlockedLineOfThePlan) {
  auto line = rate("1212", "0.01");
  line.blocked = true;
  catalogue.rate_plans[0].rates =
      std::make_shared<const std::vector<domain::Rate>>(std::vector<domain::Rate>{rate("1", "0.01"), line});
  EXPECT_EQ(decide().reason, Reason::DestinationBlocked);
}

TEST_F(Rules, PlansAndPartitionsMatchTheRoutingNumberWhenTheySaySo) {
  numbers(Jurisdiction::Interstate).routing = "13105550000";
  catalogue.rate_plans[0].rates = std::make_shared<const std::vector<domain::Rate>>(
      std::vector<domain::Rate>{rate("1", "0.01"), rate("1310", "0.05")});
  route(1, 13, "1310");
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.01"));
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  catalogue.rate_plans[0].match_lrn = true;
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.05"));
  part().match_lrn = true;
  decide();
  EXPECT_THAT(providers(), ElementsAre("13"));
}

TEST_F(Rules, AVendorsCostByItsOwnNumber) {
  numbers(Jurisdiction::Interstate).routing = "13105550000";
  catalogue.rate_plans[1].rates = std::make_shared<const std::vector<domain::Rate>>(
      std::vector<domain::Rate>{rate("1", "0.003"), rate("1310", "0.001")});
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  catalogue.rate_plans[1].match_lrn = true;
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "12", "13"));
  EXPECT_EQ(decision.candidates[0].cost.per_minute(), *Money::parse("0.001"));
}

TEST_F(Rules, TollFreeCallsMayBeRatedByTheirOrigin) {
  query.dni = "18005551212";
  numbers(Jurisdiction::TollFree).rated = "12025550100";
  catalogue.rate_plans[0].rates = std::make_shared<const std::vector<domain::Rate>>(
      std::vector<domain::Rate>{rate("1", "0.01"), rate("1202", "0.03")});
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.01"));
  catalogue.rate_plans[0].toll_free_by_origin = true;
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.03"));
}

TEST_F(Rules, ListsOfCalledNumbers) {
  for (const Uuid& owner :
       {id_of<CustomerId>(1).value, id_of<TrunkId>(1).value, id_of<PartitionId>(1).value}) {
    catalogue.number_lists.clear();
    catalogue.list_uses.clear();
    list(5, true, {"1900", "12125551212"}, owner);
    EXPECT_EQ(decide().reason, Reason::DestinationBlocked);
    EXPECT_EQ(decision.rule, "list list 5");
    query.dni = "12125551213";
    EXPECT_EQ(decide().reason, Reason::NormalClearing);
    query.dni = "12125551212";
  }
}

TEST_F(Rules, AListThatAllowsRefusesTheRest) {
  list(5, false, {"1305"}, id_of<CustomerId>(1).value);
  EXPECT_EQ(decide().reason, Reason::DestinationBlocked);
  list(6, false, {"1212"}, id_of<CustomerId>(1).value);
  EXPECT_EQ(decide().reason, Reason::NormalClearing);
  list(7, true, {"121255512"}, id_of<CustomerId>(1).value);
  EXPECT_EQ(decide().reason, Reason::DestinationBlocked);
}

TEST_F(Rules, ListsOfCallers) {
  list(5, true, {"1202"}, id_of<CustomerId>(1).value, true);
  EXPECT_EQ(decide().reason, Reason::CallerBlocked);
  query.ani = "";
  EXPECT_EQ(decide().reason, Reason::NormalClearing);
  catalogue.number_lists[0].blocks = false;
  EXPECT_EQ(decide().reason, Reason::CallerBlocked);
}

TEST_F(Rules, AProvidersListTakesThatOneOut) {
  list(5, true, {"1212"}, id_of<ProviderId>(12).value);
  list(6, true, {"1202"}, id_of<ProviderId>(13).value, true);
  decide();
  EXPECT_THAT(providers(), ElementsAre("11"));
  EXPECT_EQ(notes()["12"], "a list of the provider is against the number");
  EXPECT_EQ(notes()["13"], "a list of the provider is against the caller");
}

TEST_F(Rules, MinimumMarginOfThePartition) {
  part().minimum_margin = *Money::parse("0.007");
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11"));
  EXPECT_EQ(decision.rejections[0].reason, Reason::MarginTooLow);
  part().minimum_margin = Money{};
  part().minimum_margin_e9 = 700'000'000;  // exactly what 11 leaves
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11"));
  part().minimum_margin_e9 = 700'000'001;
  decide();
  EXPECT_THAT(providers(), ElementsAre("12"));
}

TEST_F(Rules, ThePlansMarginGoesBeforeThePartitions) {
  part().minimum_margin = *Money::parse("0.009");
  EXPECT_EQ(decide().reason, Reason::MarginTooLow);
  catalogue.rate_plans[0].minimum_margin = *Money::parse("0.006");
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  catalogue.rate_plans[0].minimum_margin = *Money::parse("1");
  catalogue.rate_plans[0].allow_below_cost = true;
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
}

TEST_F(Rules, CostsOfAnotherCurrencyAreCompared) {
  catalogue.rate_plans[2].currency = *Currency::parse("EUR");
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13"));
  EXPECT_THAT(notes()["12"], HasSubstr("rate of exchange"));
  domain::FxRow row;
  row.from = *Currency::parse("EUR");
  row.to = *Currency::parse("USD");
  row.pico = 1'600'000'000'000;  // 0.002 EUR are 0.0032 USD
  catalogue.fx.push_back(row);
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "12", "13"));
}

TEST_F(Rules, ByPriorityAloneTheCostDoesNotCount) {
  part().order = RouteOrder::Priority;
  route_of(0).weight = 1;
  route_of(1).weight = 0;
  route_of(2).weight = 0;
  decide();
  EXPECT_EQ(providers().front(), "11");
}

TEST_F(Rules, ByPercentTheSharesAreKept) {
  part().order = RouteOrder::Percent;
  route_of(0).percent = 70;
  route_of(2).percent = 30;
  decide();
  std::map<std::string, int> first;
  for (query.random = 0; query.random < 4'000; ++query.random) {
    decision = decide_outbound(*snapshot, query);
    ++first[providers().front()];
    ASSERT_EQ(providers().back(), "12");  // without a share it comes last
  }
  EXPECT_NEAR(first["11"], 2'800, 120);
  EXPECT_NEAR(first["13"], 1'200, 120);
}

TEST_F(Rules, AnAccountPaysByThePlanOfTheMoment) {
  plan(2, {rate("1", "0.05")});
  auto& plans = catalogue.customers[0].plans;
  plans.push_back({id_of<RatePlanId>(1), kNoon - hours(10), kNoon});
  plans.push_back({id_of<RatePlanId>(2), kNoon, std::nullopt});
  query.when = kNoon - std::chrono::microseconds(1);
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.01"));
  query.when = kNoon;
  EXPECT_EQ(decide().price->per_minute, *Money::parse("0.05"));
  query.when = kNoon - hours(11);
  EXPECT_EQ(decide().reason, Reason::DestinationUnrated);
}

struct Qualities : Rules {
  void quality(std::uint8_t provider, std::uint32_t attempts, std::uint32_t answered,
               std::uint64_t seconds = 0, std::uint32_t ok = 0, std::uint32_t brief = 0,
               std::uint64_t pdd = 0) {
    hours_known.push_back(
        {kNoon, id_of<ProviderId>(provider), "1212", {attempts, answered, ok, brief, seconds, pdd}});
  }
  const Decision& decide_by_quality() {
    table = QualityTable::weigh(hours_known, kNoon);
    query.quality = table.get();
    return decide();
  }
  std::vector<QualityHour> hours_known;
  std::shared_ptr<const QualityTable> table;
};

TEST_F(Qualities, TheBetterComesFirst) {
  part().order = RouteOrder::Quality;
  quality(11, 100, 60);
  quality(12, 100, 40);
  quality(13, 100, 70);
  decide_by_quality();
  EXPECT_THAT(providers(), ElementsAre("13", "11", "12"));
}

TEST_F(Qualities, WhoIsHardlyKnownCountsAsTheAverage) {
  part().order = RouteOrder::Quality;
  quality(11, 100, 60);
  quality(12, 19, 0);
  quality(13, 100, 40);
  decide_by_quality();
  EXPECT_THAT(providers(), ElementsAre("11", "12", "13"));
}

TEST_F(Qualities, BelowAFloorComesLastAndSaysSo) {
  part().quality = R"({"min_asr_e9": 500000000})";
  quality(12, 100, 49);
  decide_by_quality();
  EXPECT_THAT(providers(), ElementsAre("11", "13", "12"));
  EXPECT_EQ(decision.candidates[2].note, "answered calls below the floor");
  EXPECT_TRUE(decision.rejections.empty());
}

TEST_F(Qualities, EveryFloorHasItsNote) {
  const std::pair<const char*, const char*> floors[] = {
      {R"({"min_ner_e9": 900000000})", "network efficiency below the floor"},
      {R"({"min_acd_s": 60})", "average duration below the floor"},
      {R"({"max_pdd_ms": 2000})", "delay after dialling above the ceiling"},
      {R"({"max_short_e9": 100000000})", "short calls above the ceiling"}};
  quality(12, 100, 50, 50 * 59, 89, 6, 100 * 2'001);
  for (const auto& [rule, note] : floors) {
    part().quality = rule;
    decide_by_quality();
    EXPECT_THAT(providers(), ElementsAre("11", "13", "12")) << rule;
    EXPECT_EQ(decision.candidates.back().note, note);
  }
}

TEST_F(Qualities, ANearlyFullProviderComesLast) {
  FixedLoad load;
  catalogue.providers[1].channels = 100;
  load.used[id_of<ProviderId>(12)] = 94;
  query.load = &load;
  decide();
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  load.used[id_of<ProviderId>(12)] = 95;
  decide();
  EXPECT_THAT(providers(), ElementsAre("11", "13", "12"));
  EXPECT_THAT(std::string(decision.candidates[2].note), HasSubstr("95 %"));
}

TEST_F(Qualities, OlderHoursCountHalfEverySixHours) {
  const auto provider = id_of<ProviderId>(12);
  const std::vector<QualityHour> rows{{kNoon, provider, "1212", {80, 40, 0, 0, 800, 0}},
                                      {kNoon - hours(6), provider, "1212", {80, 0, 0, 0, 0, 0}},
                                      {kNoon - hours(12), provider, "1212", {80, 0, 0, 0, 0, 0}},
                                      {kNoon - hours(18), provider, "1212", {80, 0, 0, 0, 0, 0}},
                                      {kNoon - hours(24), provider, "1212", {8'000, 0, 0, 0, 0, 0}}};
  const auto weighed = QualityTable::weigh(rows, kNoon);
  ASSERT_NE(weighed->of(provider, "1212"), nullptr);
  EXPECT_EQ(weighed->of(provider, "1212")->attempts, 80u + 40u + 20u + 10u);
  EXPECT_EQ(weighed->of(provider, "1212")->answered, 40u);
  EXPECT_EQ(weighed->of(provider, "1213"), nullptr);
  EXPECT_EQ(weighed->of(id_of<ProviderId>(11), "1212"), nullptr);
}

struct InboundRules : Rules {
  InboundRules() {
    number("12125550000", 2, 2);
    catalogue.trunks[1].endpoints.push_back(endpoint(90, "198.51.100.2:5060"));
    query.dni = "12125550000";
  }
  const Decision& decide_in(std::uint8_t from_trunk = 0) {
    snapshot = Snapshot::compile(catalogue, nullptr);
    query.trunk = from_trunk ? snapshot->trunk(id_of<TrunkId>(from_trunk)) : nullptr;
    return decision = decide_inbound(*snapshot, query);
  }
  const Decision& divert(domain::Destination destination) {
    catalogue.numbers[0].destinations = {destination};
    snapshot = Snapshot::compile(catalogue, nullptr);
    query.trunk = nullptr;
    return decision =
               decide_destination(*snapshot, query, snapshot->number("12125550000")->destinations.front());
  }
};

TEST_F(InboundRules, FromOutsideNobodyPays) {
  decide_in();
  EXPECT_EQ(decision.reason, Reason::NormalClearing);
  EXPECT_FALSE(decision.price);
  EXPECT_FALSE(decision.on_net);
  EXPECT_EQ(decision.customer->id, id_of<CustomerId>(2));
}

TEST_F(InboundRules, BetweenCustomersTheCallerPaysByItsPlan) {
  decide_in(1);
  EXPECT_TRUE(decision.on_net);
  EXPECT_FALSE(decision.price);  // no line for it: free
  EXPECT_EQ(decision.customer->id, id_of<CustomerId>(1));
  EXPECT_EQ(decision.callee->id, id_of<CustomerId>(2));
  catalogue.rate_plans[0].rates = std::make_shared<const std::vector<domain::Rate>>(
      std::vector<domain::Rate>{rate("", "0.5"), rate("0", "0.001")});
  decide_in(1);
  ASSERT_TRUE(decision.price);
  EXPECT_EQ(decision.price->per_minute, *Money::parse("0.001"));
  // A line for all numbers is none for these.
  catalogue.rate_plans[0].rates =
      std::make_shared<const std::vector<domain::Rate>>(std::vector<domain::Rate>{rate("", "0.5")});
  EXPECT_FALSE(decide_in(1).price);
}

TEST_F(InboundRules, BetweenCustomersBothAccountsCount) {
  catalogue.customers[0].active = false;
  EXPECT_EQ(decide_in(1).reason, Reason::AccountSuspended);
  catalogue.customers[0].active = true;
  catalogue.customers[1].active = false;
  EXPECT_EQ(decide_in(1).reason, Reason::AccountSuspended);
}

TEST_F(InboundRules, TheOwnersListsKeepCallersAway) {
  list(5, true, {"1202"}, id_of<CustomerId>(2).value, true);
  EXPECT_EQ(decide_in().reason, Reason::CallerBlocked);
  query.ani = "13055550100";
  EXPECT_EQ(decide_in().reason, Reason::NormalClearing);
}

TEST_F(InboundRules, ADestinationThatIsANumberIsTheOwnersCall) {
  divert({1, "number", "13105551212"});
  EXPECT_EQ(decision.reason, Reason::NormalClearing);
  EXPECT_EQ(decision.rule, "forwarded");
  EXPECT_EQ(decision.customer->id, id_of<CustomerId>(2));
  EXPECT_EQ(decision.price->per_minute, *Money::parse("0.01"));
  EXPECT_THAT(providers(), ElementsAre("12", "11", "13"));
  EXPECT_EQ(decision.destination, 1u);
  EXPECT_EQ(decision.number->e164, "12125550000");
}

TEST_F(InboundRules, ADestinationThatIsTheNumberItselfIsALoop) {
  EXPECT_EQ(divert({1, "number", "12125550000"}).reason, Reason::LoopDetected);
}

TEST_F(InboundRules, ADestinationThatIsAnotherTrunkOfTheCustomer) {
  trunk(3, 2).endpoints.push_back(endpoint(91, "198.51.100.3:5060"));
  divert({1, "trunk", id_of<TrunkId>(3).to_string()});
  ASSERT_EQ(decision.candidates.size(), 1u);
  EXPECT_EQ(decision.candidates[0].endpoint->id, 91);
  EXPECT_EQ(decision.trunk->id, id_of<TrunkId>(3));
  // Another's is none.
  EXPECT_EQ(divert({1, "trunk", id_of<TrunkId>(1).to_string()}).reason, Reason::NumberUnassigned);
}

TEST_F(InboundRules, ADestinationThatIsAUri) {
  const std::pair<const char*, const char*> uris[] = {
      {"sip:a@pbx.example.net", "pbx.example.net"},
      {"sip:192.0.2.9", "192.0.2.9:5060"},
      {"sips:a@192.0.2.9:5070", "192.0.2.9:5070"},
      {"sip:pbx.example.net:5070;transport=tcp", "pbx.example.net:5070"}};
  for (const auto& [uri, where] : uris) {
    divert({1, "uri", uri});
    ASSERT_EQ(decision.candidates.size(), 1u) << uri;
    EXPECT_EQ(decision.candidates[0].endpoint->where(), where);
  }
  EXPECT_EQ(decision.candidates[0].endpoint->transport, domain::SipTransport::Tcp);
  for (const char* nowhere : {"tel:12125551212", "sip:", "sip:host:0", "sip:host;transport=sctp",
                              "sip:127.0.0.1", "sip:[::1]:5060", "sip:224.0.0.1:5060"})
    EXPECT_EQ(divert({1, "uri", nowhere}).reason, Reason::TrunkHasNoEndpoint) << nowhere;
}

TEST_F(Rules, ASnapshotKnowsWhenItChanges) {
  EXPECT_EQ(Snapshot::compile(catalogue, nullptr)->changes_at(), WallTime::max());
  office_hours();
  EXPECT_EQ(Snapshot::compile(catalogue, nullptr)->changes_at(), kNoon + hours(5));
  catalogue.customers[0].plans.push_back({id_of<RatePlanId>(1), kNoon + hours(2), std::nullopt});
  EXPECT_EQ(Snapshot::compile(catalogue, nullptr)->changes_at(), kNoon + hours(2));
  EXPECT_EQ(
      Snapshot::compile(catalogue, nullptr, SnapshotLimits{.cost_table_octets = {}, .at = kNoon + hours(2)})
          ->changes_at(),
      kNoon + hours(5));
}

}  // namespace
}  // namespace warp::routing
