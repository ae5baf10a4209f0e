// A decision of up to twenty candidates allocates nothing, whichever rules there are.
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "warp/routing/query.h"

#include "support/catalogue_builder.h"

namespace {
thread_local std::size_t allocations = 0;

void* counted(std::size_t octets) {
  ++allocations;
  if (void* memory = std::malloc(octets == 0 ? 1 : octets)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t octets) {
  return counted(octets);
}
void* operator new[](std::size_t octets) {
  return counted(octets);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace warp::routing {
namespace {

using test::CatalogueBuilder;
using test::id_of;
using test::rate;

constexpr std::uint8_t kProviders = 20;

struct Allocations : testing::Test, CatalogueBuilder {
  Allocations() {
    plan(1, {rate("1", "0.05")});
    customer(1, 1, 1);
    trunk(1, 1);
    partition(1).max_attempts = kProviders;
    for (std::uint8_t number = 2; number < 2 + kProviders; ++number) {
      plan(number, {rate("1", "0.00" + std::to_string(100 + number))});
      provider(number, number, "192.0.2.1:" + std::to_string(5000 + number));
      route(1, number, "1");
    }
    query.ani = "12025550100";
    query.dni = "12125551212";
    numbers.jurisdiction = domain::Jurisdiction::Interstate;
    query.numbers = &numbers;
  }

  // How many a decision makes that has everybody as a candidate.
  std::size_t count(const SnapshotLimits& limits = {}) {
    const auto snapshot = Snapshot::compile(catalogue, nullptr, limits);
    query.trunk = snapshot->trunk(id_of<TrunkId>(1));
    const auto before = allocations;
    const auto decision = decide_outbound(*snapshot, query);
    const auto made = allocations - before;
    EXPECT_EQ(decision.candidates.size(), kProviders);
    return made;
  }

  RouteQuery query;
  domain::CallNumbers numbers;
};

TEST_F(Allocations, TheCounterCounts) {
  const auto before = allocations;
  delete new int(1);
  EXPECT_GT(allocations, before);
}

TEST_F(Allocations, NoneByARow) {
  EXPECT_EQ(count(), 0u);
}

TEST_F(Allocations, NoneByTheDecks) {
  EXPECT_EQ(count({.cost_table_octets = 0}), 0u);
}

TEST_F(Allocations, NoneWithRulesListsAndQualities) {
  auto& other = route(1, 2, "1212");
  other.customer = id_of<CustomerId>(9);
  auto& block = route(1, 2, "1900");
  block.action = domain::RouteAction::Block;
  catalogue.routes[0].jurisdictions = domain::bit(domain::Jurisdiction::Interstate);
  domain::NumberList list;
  list.id = id_of<RouteId>(1).value;
  list.prefixes = {"1900"};
  catalogue.number_lists.push_back(list);
  catalogue.list_uses.push_back({list.id, id_of<CustomerId>(1).value, false});
  catalogue.partitions[0].order = domain::RouteOrder::Quality;
  catalogue.partitions[0].quality = R"({"min_asr_e9": 500000000})";
  const std::vector<QualityHour> hours{{{}, id_of<ProviderId>(3), "1212", {100, 10, 0, 0, 0, 0}},
                                       {{}, id_of<ProviderId>(4), "1212", {100, 90, 0, 0, 0, 0}}};
  const auto table = QualityTable::weigh(hours, {});
  query.quality = table.get();
  EXPECT_EQ(count(), 0u);
}

}  // namespace
}  // namespace warp::routing
