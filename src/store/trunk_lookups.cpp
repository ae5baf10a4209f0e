#include "warp/store/trunk_lookups.h"

#include <array>

#include "support.h"
#include "trunk_lookup_row.h"

namespace warp::store {
namespace {

constexpr std::array<std::pair<std::string_view, domain::Lookups>, 5> kTrunkLookupNames{
    {{"ani_lrn", domain::kLookupAniLrn},
     {"dni_lrn", domain::kLookupDniLrn},
     {"cnam", domain::kLookupCnam},
     {"dno", domain::kLookupDno},
     {"toll_free", domain::kLookupTollFree}}};

constexpr pg::Query kListTrunkLookups{
    "store.trunk_lookups.list",
    "SELECT " TRUNK_LOOKUP_COLUMNS
    " FROM trunks.configurations t WHERE $1::uuid IS NULL OR t.id = $1 ORDER BY t.id"};
constexpr pg::Query kSetTrunkLookup{
    "store.trunk_lookups.set",
    "UPDATE trunks.configurations AS t SET lookups = coalesce($2::text[], lookups), "
    "lookup_absent = coalesce($3, lookup_absent) WHERE t.id = $1 "
    "RETURNING " TRUNK_LOOKUP_COLUMNS};

}  // namespace

std::string_view lookup_name(domain::Lookups one) {
  for (const auto& [name, value] : kTrunkLookupNames)
    if (value == one) return name;
  return {};
}

std::optional<domain::Lookups> parse_lookup(std::string_view name) {
  for (const auto& [known, value] : kTrunkLookupNames)
    if (known == name) return value;
  return std::nullopt;
}

std::vector<std::string> lookup_names(domain::Lookups lookups) {
  std::vector<std::string> names;
  for (const auto& [name, value] : kTrunkLookupNames)
    if (lookups & value) names.emplace_back(name);
  return names;
}

void read_trunk_lookups(pg::RowReader& row, TrunkLookups& out) {
  row.next(out.trunk);
  for (const auto& name : row.next<std::vector<std::string>>()) {
    const auto one = parse_lookup(name);
    if (!one) return row.fail();
    out.lookups |= *one;
  }
  out.refuse_without = row.next<std::string_view>() == "REFUSE";
}

Task<std::vector<TrunkLookups>> TrunkLookupRepository::list(Actor actor, std::optional<TrunkId> trunk) {
  return ask_all<TrunkLookups>(pool_, scope_of(actor), kListTrunkLookups, pg::Params::of(trunk),
                               read_trunk_lookups);
}

Task<TrunkLookups> TrunkLookupRepository::set(Actor actor, TrunkId trunk, TrunkLookupsPatch patch) {
  std::optional<std::vector<std::string>> names;
  if (patch.lookups) names = lookup_names(*patch.lookups);
  std::optional<std::string_view> absent;
  if (patch.refuse_without) absent = *patch.refuse_without ? "REFUSE" : "CONTINUE";
  return ask_one<TrunkLookups>(pool_, scope_of(actor), kSetTrunkLookup, pg::Params::of(trunk, names, absent),
                               read_trunk_lookups);
}

}  // namespace warp::store
