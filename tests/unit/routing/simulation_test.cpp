#include "warp/routing/simulation.h"

#include <gtest/gtest.h>

#include "support/catalogue_builder.h"

namespace warp::routing {
namespace {

using namespace std::chrono_literals;
using test::CatalogueBuilder;
using test::id_of;
using test::rate;

struct Simulated : testing::Test, CatalogueBuilder {
  Simulated() {
    plan(1, {rate("1", "0.01")});
    plan(11, {rate("1", "0.003")});
    plan(12, {rate("1", "0.002")});
    customer(1, 1, 1);
    trunk(1, 1);
    partition(1);
    for (const std::uint8_t number : {11, 12}) {
      provider(number, number, "192.0.2." + std::to_string(number) + ":5060");
      route(1, number, "1");
    }
  }

  Simulation::Group run(const SimulatedChange& change, std::chrono::microseconds duration = 60s) {
    auto changed = catalogue;
    EXPECT_TRUE(apply(change, changed));
    const auto before = Snapshot::compile(catalogue, nullptr);
    const auto after = Snapshot::compile(changed, before.get());
    Simulation simulation(*before, *after);
    SimulatedCall call;
    call.trunk = id_of<TrunkId>(1);
    call.ani = "12025550100";
    call.dni = "12125551212";
    call.duration = duration;
    call.answered = true;
    simulation.add(call);
    EXPECT_EQ(simulation.customers().size(), 1u);
    EXPECT_EQ(simulation.providers().begin()->first, id_of<ProviderId>(12).to_string());
    EXPECT_EQ(simulation.prefixes().begin()->first, "1212");
    return simulation.total();
  }
  static std::string amounts(const SimulatedMoney& money) {
    return money.before.to_string() + " " + money.after.to_string();
  }
};

TEST_F(Simulated, NothingChangesByNothing) {
  const auto total = run({});
  EXPECT_EQ(total.calls, 1u);
  EXPECT_EQ(total.moved + total.refused + total.admitted, 0u);
  EXPECT_EQ(amounts(total.price.at("USD")), "0.01 0.01");
  EXPECT_EQ(amounts(total.cost.at("USD")), "0.002 0.002");
}

TEST_F(Simulated, AnotherDeckMovesTheCall) {
  SimulatedChange change;
  change.plan = id_of<RatePlanId>(12);
  change.rates =
      std::make_shared<const std::vector<domain::Rate>>(std::vector<domain::Rate>{rate("1", "0.004")});
  const auto total = run(change);
  EXPECT_EQ(total.moved, 1u);
  EXPECT_EQ(amounts(total.cost.at("USD")), "0.002 0.003");
}

TEST_F(Simulated, AMarginRefusesTheCall) {
  SimulatedChange change;
  change.partition = id_of<PartitionId>(1);
  change.minimum_margin = *Money::parse("0.009");
  const auto total = run(change);
  EXPECT_EQ(total.refused, 1u);
  EXPECT_EQ(amounts(total.price.at("USD")), "0.01 0.00");
}

TEST_F(Simulated, ARouteLessMovesTheCall) {
  SimulatedChange change;
  change.route = catalogue.routes[1].id;
  change.enabled = false;
  EXPECT_EQ(run(change).moved, 1u);
}

TEST_F(Simulated, AChangeOfWhatIsNotThereIsRefused) {
  SimulatedChange change;
  change.route = id_of<RouteId>(99);
  EXPECT_FALSE(apply(change, catalogue));
}

}  // namespace
}  // namespace warp::routing
