#include <algorithm>

#include "warp/store/catalogue_repository.h"
#include "warp/store/destinations.h"
#include "warp/store/number_lists.h"
#include "warp/store/numbers.h"
#include "warp/store/providers.h"
#include "warp/store/quality.h"
#include "warp/store/routing.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using ::testing::ElementsAre;

class RoutingRules : public test::StoreTest {
 protected:
  CatalogueRepository catalogue{t.pool, clock};
  PartitionRepository partitions{t.pool};
  RouteRepository routes{t.pool};
  NumberListRepository lists{t.pool};
  QualityRepository qualities{t.pool};
  ContractRepository contracts{t.pool};
  NumberRepository numbers{t.pool};
  DestinationRepository destinations{t.pool};
};

TEST_F(RoutingRules, PartitionsAndRoutesReachTheCatalogue) {
  NewPartition where;
  where.name = fresh("ordered");
  where.order = domain::RouteOrder::Quality;
  where.match_lrn = true;
  where.quality = R"({"min_asr_e9": 400000000})";
  where.minimum_margin = *Money::parse("0.001");
  where.minimum_margin_e9 = 100'000'000;
  const auto partition = need(partitions.create(op, where));
  NewRoute block;
  block.partition = partition.id;
  block.prefix = "1900";
  block.terms.action = domain::RouteAction::Block;
  block.terms.ani_prefix = "1202";
  block.terms.schedule = 3;
  block.terms.jurisdictions = domain::bit(domain::Jurisdiction::Interstate);
  const auto route = need(routes.create(op, block));
  EXPECT_FALSE(route.provider);

  const auto loaded = need(catalogue.load(nullptr));
  const auto* row = by_id(loaded->partitions, partition.id);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->order, domain::RouteOrder::Quality);
  EXPECT_TRUE(row->match_lrn);
  EXPECT_EQ(row->minimum_margin, where.minimum_margin);
  EXPECT_EQ(row->minimum_margin_e9, 100'000'000);
  EXPECT_NE(row->quality.find("min_asr_e9"), std::string::npos);
  const auto* kept = by_id(loaded->routes, route.id);
  ASSERT_NE(kept, nullptr);
  EXPECT_TRUE(kept->provider.is_nil());
  EXPECT_EQ(kept->action, domain::RouteAction::Block);
  EXPECT_EQ(kept->ani_prefix, "1202");
  EXPECT_EQ(kept->schedule, 3);
  EXPECT_EQ(kept->jurisdictions, domain::bit(domain::Jurisdiction::Interstate));
}

TEST_F(RoutingRules, ARouteChangesFieldByField) {
  const auto partition = need(partitions.create(op, {fresh("partition"), "", 2}));
  NewRoute block;
  block.partition = partition.id;
  block.terms.action = domain::RouteAction::Block;
  block.terms.percent = 30;
  const auto route = need(routes.create(op, block));
  RoutePatch patch;
  patch.ani_prefix = "1305";
  const auto changed = need(routes.update(op, route.id, patch));
  EXPECT_EQ(changed.terms.percent, 30u);
  EXPECT_EQ(changed.terms.ani_prefix, "1305");
  patch = {};
  patch.percent = std::optional<std::uint32_t>();
  EXPECT_FALSE(need(routes.update(op, route.id, patch)).terms.percent);
}

TEST_F(RoutingRules, ListsAreKeptAndPutInForce) {
  const auto partition = need(partitions.create(op, {fresh("partition"), "", 2}));
  const auto list = need(lists.create(op, {fresh("list"), "", true}));
  EXPECT_EQ(need(lists.add_entries(op, list.id, {"1900", "44", "1900"})).entries, 2u);
  EXPECT_EQ(need(lists.remove_entries(op, list.id, {"44", "55"})).entries, 1u);
  EXPECT_THAT(need(lists.entries(op, list.id, {})).items, ElementsAre("1900"));
  const NumberListUseRow use{partition.id.value, "calling"};
  need(lists.use(op, list.id, use));
  need(lists.use(op, list.id, use));  // once is enough
  EXPECT_EQ(need(lists.uses(op, list.id)).size(), 1u);
  const NumberListUseRow nobody{Uuid{}, "calling"};
  EXPECT_EQ(failure(lists.use(op, list.id, nobody)), ErrorKind::NotFound);

  const auto loaded = need(catalogue.load(nullptr));
  const auto* row = by_id(loaded->number_lists, list.id);
  ASSERT_NE(row, nullptr);
  EXPECT_THAT(row->prefixes, ElementsAre("1900"));
  EXPECT_TRUE(std::ranges::any_of(loaded->list_uses, [&](const auto& one) {
    return one.list == list.id && one.owner == partition.id.value && one.of_caller;
  }));
  need(lists.drop_use(op, list.id, use));
  EXPECT_TRUE(need(lists.uses(op, list.id)).empty());
}

TEST_F(RoutingRules, ContractsToComeAreInTheCatalogue) {
  NewCustomer account;
  account.name = fresh("dated");
  const auto owner = need(customers.create(op, account));
  need(contracts.assign(op, owner.id, plan().id, std::nullopt));
  const auto loaded = need(catalogue.load(nullptr));
  const auto* row = by_id(loaded->customers, owner.id);
  ASSERT_NE(row, nullptr);
  ASSERT_EQ(row->plans.size(), 1u);
  EXPECT_EQ(row->plans[0].plan, *row->rate_plan);
  EXPECT_FALSE(row->plans[0].to);
}

TEST_F(RoutingRules, DestinationsAreTheOwners) {
  const auto owner = customer(), stranger = customer();
  NewNumber number;
  number.e164 = "12025550177";
  number.customer = owner.id;
  need(numbers.create(op, number));
  const std::vector<domain::Destination> wanted{{9, "number", "13055550100", 2, std::chrono::seconds(20), 0},
                                                {9, "uri", "sip:pbx.example.net", 7, {}, 4}};
  const auto kept = need(destinations.replace(as(owner.id), number.e164, wanted));
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].position, 1);
  EXPECT_EQ(kept[0].ring, std::chrono::seconds(20));
  EXPECT_EQ(kept[1].position, 2);
  EXPECT_EQ(kept[1].schedule, 4);
  EXPECT_EQ(failure(destinations.list(as(stranger.id), number.e164)), ErrorKind::NotFound);
  EXPECT_EQ(failure(destinations.replace(as(stranger.id), number.e164, wanted)), ErrorKind::NotFound);
  const auto loaded = need(catalogue.load(nullptr));
  const auto row =
      std::ranges::find_if(loaded->numbers, [&](const auto& one) { return one.e164 == number.e164; });
  ASSERT_NE(row, loaded->numbers.end());
  ASSERT_EQ(row->destinations.size(), 2u);
  EXPECT_EQ(row->destinations[0].target, "13055550100");
  EXPECT_TRUE(need(destinations.replace(as(owner.id), number.e164, {})).empty());
}

TEST_F(RoutingRules, HoursWithoutCallsHaveNoQuality) {
  const auto to_come = clock.wall() + std::chrono::hours(1'000'000);
  EXPECT_TRUE(need(qualities.since(op, to_come)).empty());
  EXPECT_EQ(need(qualities.sums(op, to_come, std::nullopt, {})).total, 0u);
}

}  // namespace
}  // namespace warp::store
