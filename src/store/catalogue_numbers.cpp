#include <unordered_map>

#include "catalogue_parts.h"
#include "support.h"
#include "trunk_lookup_row.h"

namespace warp::store {
namespace {

constexpr pg::Query kCatalogueNumberTrunks{
    "store.catalogue.trunk_lookups",
    "SELECT " TRUNK_LOOKUP_COLUMNS
    " FROM trunks.configurations t WHERE t.lookups <> '{}' OR t.lookup_absent <> 'CONTINUE'",
    std::chrono::seconds(30)};

}  // namespace

Task<void> load_number_data(pg::Transaction& tx, domain::Catalogue& catalogue) {
  const auto rows = co_await tx.query(kCatalogueNumberTrunks, pg::Params());
  if (!rows) co_return error_of(rows.error());
  const auto trunks = read_all<TrunkLookups>(*rows, read_trunk_lookups, kCatalogueNumberTrunks.name);
  if (!trunks) co_return trunks.error();
  std::unordered_map<TrunkId, const TrunkLookups*> by_id;
  for (const auto& trunk : *trunks)
    by_id[trunk.trunk] = &trunk;
  for (auto& trunk : catalogue.trunks)
    if (const auto found = by_id.find(trunk.id); found != by_id.end()) {
      trunk.lookups = found->second->lookups;
      trunk.refuse_without_lookup = found->second->refuse_without;
    }
  co_return Expected<void>();
}

}  // namespace warp::store
