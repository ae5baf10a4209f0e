#include "warp/store/catalogue_repository.h"
#include "warp/store/number_data.h"
#include "warp/store/trunk_lookups.h"
#include "warp/store/trunks.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using testing::ElementsAre;

NumberBlock block(std::uint32_t npanxx, const char* state, const char* centre, std::uint8_t id = 10) {
  NumberBlock row;
  row.npanxx = npanxx;
  row.block = id;
  row.state = state;
  row.ocn = "9102";
  row.rate_centre = centre;
  row.lata = 132;
  row.kind = "FIXED";
  return row;
}

template <class Row>
std::function<bool(Row&)> in_order(std::vector<Row> rows) {
  return [rows = std::move(rows), at = std::size_t{0}](Row& out) mutable {
    if (at == rows.size()) return false;
    out = rows[at++];
    return true;
  };
}

class NumberDataStore : public test::StoreTest {
 protected:
  NumberDataSet set(const std::string& name) {
    for (auto& found : need(data.sets(op)))
      if (found.name == name) return found;
    ADD_FAILURE() << "no set " << name;
    return {};
  }
  NumberDataSet replace(std::vector<NumberBlock> rows) {
    return need(data.replace_blocks(op, in_order(std::move(rows)), "test", true));
  }
  NumberDataRepository data{t.pool};
};

TEST_F(NumberDataStore, ASetIsReplacedAsAWholeWithItsVersion) {
  const auto before = set("blocks");
  const auto after = replace({block(212555, "NY", "NWYRCYZN01"), block(212555, "", "it's\t\\odd", 4)});
  EXPECT_EQ(after.version, before.version + 1);
  EXPECT_EQ(after.rows, 2u);
  EXPECT_EQ(after.source, "test");
  EXPECT_TRUE(after.synthetic);
  EXPECT_TRUE(after.loaded_at);
  const auto loaded = need(data.load());
  ASSERT_EQ(loaded.blocks.size(), 2u);
  EXPECT_EQ(loaded.blocks[0].npanxx, 212555u);
  EXPECT_EQ(loaded.blocks[0].state, "NY");
  EXPECT_EQ(loaded.blocks[0].lata, 132);
  EXPECT_EQ(loaded.blocks[1].state, "");
  EXPECT_EQ(loaded.blocks[1].block, 4);
  EXPECT_EQ(loaded.blocks[1].rate_centre, "it's\t\\odd");
  EXPECT_EQ(loaded.version, need(data.version()));
  replace({block(716555, "NY", "BUFFALO")});
  EXPECT_EQ(need(data.load()).blocks.size(), 1u);
}

TEST_F(NumberDataStore, AFaultLeavesWhatWasThere) {
  const auto before = replace({block(212555, "NY", "NWYRCYZN01")});
  EXPECT_EQ(
      failure(data.replace_blocks(
          op, in_order<NumberBlock>({block(716555, "NY", "A"), block(716555, "NY", "B")}), "twice", false)),
      ErrorKind::Duplicate);
  EXPECT_EQ(failure(data.replace_blocks(op, in_order<NumberBlock>({block(12, "NY", "A")}), "low", false)),
            ErrorKind::Invalid);
  EXPECT_EQ(set("blocks").version, before.version);
  const auto loaded = need(data.load());
  ASSERT_EQ(loaded.blocks.size(), 1u);
  EXPECT_EQ(loaded.blocks[0].npanxx, 212555u);
}

TEST_F(NumberDataStore, PrefixesAndAreas) {
  need(data.replace_prefixes(op, in_order<NumberPrefix>({{"44", "GB", "UNKNOWN"}, {"447", "GB", "MOBILE"}}),
                             "test", false));
  need(data.replace_areas(op, in_order<LocalArea>({{"DC/WASHINGTON", "VA/ARLINGTON"}}), "test", false));
  replace(
      {block(202555, "DC", "WASHINGTON"), block(703555, "VA", "ARLINGTON"), block(716555, "NY", "BUFFALO")});
  const auto of = need(data.of_numbers(op, {"12025550100", "17035550100", "447700900123", "anonymous"}));
  ASSERT_EQ(of.blocks.size(), 2u);
  EXPECT_EQ(of.blocks[1].npanxx, 703555u);
  EXPECT_EQ(of.prefixes.size(), 2u);
  ASSERT_EQ(of.areas.size(), 1u);
  EXPECT_EQ(of.areas[0].also, "VA/ARLINGTON");
  EXPECT_TRUE(need(data.of_numbers(op, {"12025550100"})).areas.empty()) << "one end alone has no pair";
}

TEST_F(NumberDataStore, WhatIsPutAsideIsPublishedAtOnce) {
  replace({block(212555, "NY", "OLD")});
  const WallTime long_ago{};
  EXPECT_TRUE(run(data.stage(
      op, 716, {block(716555, "NY", "FIRST"), block(716555, "NY", "SECOND"), block(716556, "NY", "B")})));
  EXPECT_TRUE(run(data.stage(op, 415, {block(415555, "CA", "C")})));
  EXPECT_TRUE(run(data.stage(op, 415, {block(415556, "CA", "D")}))) << "in place of what was";
  EXPECT_THAT(need(data.staged(long_ago)), ElementsAre(415u, 716u));
  EXPECT_TRUE(need(data.staged(clock.wall() + std::chrono::hours(1))).empty());
  EXPECT_EQ(need(data.load()).blocks.size(), 1u) << "nobody reads half of it";
  const auto published = need(data.publish_staged(op, "service"));
  EXPECT_EQ(published.rows, 3u);
  EXPECT_EQ(published.source, "service");
  EXPECT_FALSE(published.synthetic);
  EXPECT_TRUE(need(data.staged(long_ago)).empty());
  for (const auto& row : need(data.load()).blocks)
    EXPECT_NE(row.rate_centre, "SECOND") << "the first of two counts";
}

TEST_F(NumberDataStore, IsForOperatorsAlone) {
  EXPECT_EQ(failure(data.sets(as(customer().id))), ErrorKind::Forbidden);
}

TEST_F(NumberDataStore, LookUpsOfATrunkReachTheCatalogue) {
  const auto owner = customer();
  TrunkRepository trunks(t.pool);
  NewTrunk wanted;
  wanted.customer = owner.id;
  wanted.name = fresh("trunk");
  const auto trunk = need(trunks.create(op, wanted));
  TrunkLookupRepository lookups(t.pool);
  EXPECT_EQ(need(lookups.list(op, trunk.id)).at(0).lookups, 0);
  TrunkLookupsPatch patch;
  patch.lookups = domain::kLookupDniLrn | domain::kLookupCnam;
  patch.refuse_without = true;
  const auto changed = need(lookups.set(op, trunk.id, patch));
  EXPECT_EQ(changed.lookups, domain::kLookupDniLrn | domain::kLookupCnam);
  EXPECT_TRUE(need(lookups.set(op, trunk.id, {})).refuse_without) << "only what is present changes";
  CatalogueRepository catalogue(t.pool, clock);
  const auto loaded = need(catalogue.load(nullptr));
  ASSERT_TRUE(loaded);
  for (const auto& found : loaded->trunks)
    if (found.id == trunk.id) {
      EXPECT_EQ(found.lookups, domain::kLookupDniLrn | domain::kLookupCnam);
      EXPECT_TRUE(found.refuse_without_lookup);
    }
}

}  // namespace
}  // namespace warp::store
