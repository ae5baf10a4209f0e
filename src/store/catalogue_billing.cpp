// Which billed account the calls of trunks and numbers go to, where it is not the customer's default.
#include <unordered_map>

#include "catalogue_parts.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kCatalogueBillingTrunks{
    "store.catalogue.trunk_bans", "SELECT id, ban FROM trunks.configurations WHERE ban IS NOT NULL", 30s};
constexpr pg::Query kCatalogueBillingNumbers{
    "store.catalogue.number_bans",
    "SELECT e164, ban FROM numbers.inventory WHERE ban IS NOT NULL AND status IN ('held', "
    "'active')",
    30s};

template <class Key>
Task<std::unordered_map<Key, std::string>> bans_of(pg::Transaction& tx, const pg::Query& query) {
  const auto rows = co_await tx.query(query, pg::Params());
  if (!rows) co_return error_of(rows.error());
  std::unordered_map<Key, std::string> out;
  for (const auto row : *rows) {
    pg::RowReader reader(row);
    auto key = reader.next<Key>();
    out.emplace(std::move(key), reader.next<std::string>());
    if (!reader.ok()) co_return bad_row(query.name);
  }
  co_return out;
}

}  // namespace

Task<void> load_billing(pg::Transaction& tx, domain::Catalogue& catalogue) {
  const auto trunks = co_await bans_of<TrunkId>(tx, kCatalogueBillingTrunks);
  if (!trunks) co_return trunks.error();
  const auto numbers = co_await bans_of<std::string>(tx, kCatalogueBillingNumbers);
  if (!numbers) co_return numbers.error();
  if (!trunks->empty())
    for (auto& trunk : catalogue.trunks)
      if (const auto found = trunks->find(trunk.id); found != trunks->end()) trunk.ban = found->second;
  if (!numbers->empty())
    for (auto& number : catalogue.numbers)
      if (const auto found = numbers->find(number.e164); found != numbers->end()) number.ban = found->second;
  co_return Expected<void>();
}

}  // namespace warp::store
