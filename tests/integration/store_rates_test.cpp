#include "warp/store/catalogue_repository.h"
#include "warp/store/rate_plans.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using domain::Rate;
using Lines = std::shared_ptr<const std::vector<Rate>>;

class StoreRates : public test::StoreTest {
 protected:
  static Lines lines(int count, std::int64_t nanos) {
    auto out = std::make_shared<std::vector<Rate>>();
    for (int i = 0; i < count; ++i)
      out->push_back(line_of(std::to_string(1000 + i), nanos));
    return out;
  }
  std::vector<Rate> all(RatePlanId id) { return need(plans.rates(op, id, "", {1, 1000})).items; }
};

TEST_F(StoreRates, PublishReplacesAllLinesAndCountsTheVersion) {
  const auto made = plan();
  EXPECT_EQ(made.version, 0u);
  auto full = line_of("44", 123456789);
  full.setup_fee = Money::from_nanos(5);
  full.initial_increment = 30;
  full.increment = 6;
  full.minimum_seconds = 10;
  full.effective_from = WallTime(std::chrono::microseconds(1'700'000'000'000'001));
  full.effective_to = WallTime(std::chrono::microseconds(1'900'000'000'000'002));
  auto batch = std::make_shared<std::vector<Rate>>();
  batch->push_back(full);
  batch->push_back(line_of("", 9));
  const auto published = need(plans.publish(op, made.id, Lines(batch), "test"));
  EXPECT_EQ(published.version, 1u);
  const auto stored = all(made.id);
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_EQ(stored[0].prefix, "");
  EXPECT_EQ(stored[1].prefix, "44");
  EXPECT_EQ(stored[1].per_minute, full.per_minute);
  EXPECT_EQ(stored[1].setup_fee, full.setup_fee);
  EXPECT_EQ(stored[1].initial_increment, 30u);
  EXPECT_EQ(stored[1].increment, 6u);
  EXPECT_EQ(stored[1].minimum_seconds, 10u);
  EXPECT_EQ(stored[1].effective_from, full.effective_from);
  EXPECT_EQ(stored[1].effective_to, full.effective_to);
  EXPECT_EQ(need(plans.publish(op, made.id, lines(10, 1), "test")).version, 2u);
  EXPECT_EQ(all(made.id).size(), 10u);
  EXPECT_EQ(need(plans.rates(op, made.id, "100", {1, 5})).total, 10u);
  EXPECT_EQ(need(plans.rates(op, made.id, "1005", {})).total, 1u);
}

TEST_F(StoreRates, AFailedPublishChangesNothing) {
  const auto made = plan();
  need(plans.publish(op, made.id, lines(3, 1), "good"));
  auto bad = std::make_shared<std::vector<Rate>>(*lines(3, 2));
  bad->push_back(line_of("1001", 2));
  EXPECT_EQ(failure(plans.publish(op, made.id, Lines(bad), "twice")), ErrorKind::Duplicate);
  bad->back() = line_of("12a4", 2);
  EXPECT_EQ(failure(plans.publish(op, made.id, Lines(bad), "letters")), ErrorKind::Invalid);
  bad->back() = line_of("1999", -1);
  EXPECT_EQ(failure(plans.publish(op, made.id, Lines(bad), "negative")), ErrorKind::Invalid);
  EXPECT_EQ(need(plans.get(op, made.id)).version, 1u);
  EXPECT_EQ(all(made.id).size(), 3u);
  EXPECT_EQ(all(made.id)[0].per_minute, Money::from_nanos(1));
  EXPECT_EQ(failure(plans.publish(op, RatePlanId{}, lines(1, 1), "nobody's")), ErrorKind::NotFound);
}

boost::asio::awaitable<int> mixtures_seen(CatalogueRepository& catalogue, RatePlanId id, int loads) {
  int mixed = 0;
  for (int i = 0; i < loads; ++i) {
    const auto loaded = co_await catalogue.load(nullptr);
    if (!loaded) co_return 1000;
    for (const auto& plan : (*loaded)->rate_plans) {
      if (plan.id != id || plan.version == 0) continue;
      // Every line of version n costs n.
      for (const auto& line : *plan.rates)
        mixed += line.per_minute.nanos() != static_cast<std::int64_t>(plan.version);
      mixed += plan.rates->size() != 2000;
    }
  }
  co_return mixed;
}

TEST_F(StoreRates, ReadersSeeTheOldLinesOrTheNewOnesAndNoMixture) {
  const auto made = plan();
  CatalogueRepository catalogue(t.pool, clock);
  auto reader = t.control.spawn(mixtures_seen(catalogue, made.id, 15));
  for (int version = 1; version <= 10; ++version)
    need(plans.publish(op, made.id, lines(2000, version), "round"));
  EXPECT_EQ(reader.get(), 0);
}

TEST_F(StoreRates, SingleLinesAndTheWayBack) {
  const auto made = plan();
  EXPECT_EQ(need(plans.put_rates(op, made.id, {line_of("1", 7)})).version, 1u) << "the first deck";
  need(plans.publish(op, made.id, lines(2, 1), "one"));
  need(plans.publish(op, made.id, lines(2, 2), "two"));
  auto ending = line_of("1000", 50);
  ending.effective_to = WallTime(std::chrono::hours(24 * 40000));
  EXPECT_EQ(need(plans.put_rates(op, made.id, {ending, line_of("77", 60)})).version, 4u);
  auto stored = all(made.id);
  ASSERT_EQ(stored.size(), 3u);
  EXPECT_EQ(stored[0].per_minute, Money::from_nanos(50));
  EXPECT_EQ(stored[0].effective_to, ending.effective_to);
  EXPECT_EQ(need(plans.remove_rates(op, made.id, {"77", "none"})).version, 5u);
  EXPECT_EQ(all(made.id).size(), 2u);
  EXPECT_EQ(need(plans.roll_back(op, made.id)).version, 6u);
  EXPECT_EQ(all(made.id)[0].per_minute, Money::from_nanos(1));
  need(plans.roll_back(op, made.id));
  EXPECT_EQ(failure(plans.roll_back(op, made.id)), ErrorKind::NotFound)
      << "there is no deck before the first";
}

TEST_F(StoreRates, OldDecksArePurgedWithTheirLines) {
  const auto made = plan();
  for (int i = 1; i <= 4; ++i)
    need(plans.publish(op, made.id, lines(5, i), "deck"));
  EXPECT_GE(need(plans.purge_decks(op, 1)), 2u);
  EXPECT_EQ(all(made.id).size(), 5u);
  const auto count = postgres().run(postgres().migrated_database(),
                                    "SELECT count(*) FROM billing.rates r WHERE NOT EXISTS "
                                    "(SELECT FROM billing.rate_decks d WHERE d.id = r.deck_id)");
  EXPECT_EQ(count, "0");
  need(plans.roll_back(op, made.id));
  need(plans.remove(op, made.id));
}

TEST_F(StoreRates, ContractsFollowOneAnother) {
  ContractRepository contracts(t.pool);
  const auto owner = customer();
  const auto first = plan(), second = plan();
  need(contracts.assign(op, owner.id, first.id, std::nullopt));
  EXPECT_EQ(need(customers.get(op, owner.id)).rate_plan, first.id);
  need(contracts.assign(op, owner.id, second.id, std::nullopt));
  EXPECT_EQ(need(customers.get(op, owner.id)).rate_plan, second.id);
  // One that begins later does not count yet.
  const auto tomorrow = clock.wall() + std::chrono::hours(24);
  need(contracts.assign(op, owner.id, first.id, tomorrow));
  EXPECT_EQ(need(customers.get(op, owner.id)).rate_plan, second.id);
  EXPECT_EQ(failure(contracts.assign(op, owner.id, second.id, std::nullopt)), ErrorKind::Invalid)
      << "before the open one begins";
  const auto listed = need(contracts.list(as(owner.id), owner.id));
  ASSERT_EQ(listed.size(), 3u);
  EXPECT_EQ(listed[1].ends_at, listed[0].starts_at);
  EXPECT_EQ(failure(contracts.assign(as(owner.id), owner.id, first.id, std::nullopt)), ErrorKind::Forbidden);
}

}  // namespace
}  // namespace warp::store
