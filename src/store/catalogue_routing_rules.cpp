#include <unordered_map>

#include "catalogue_parts.h"
#include "load_rows.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kLists{
    "store.catalogue.number_lists",
    "SELECT l.id, l.name, l.blocks, ARRAY(SELECT e.prefix FROM routing.number_list_entries e "
    "WHERE e.list_id = l.id) FROM routing.number_lists l",
    30s};
constexpr pg::Query kCatalogueRuleUses{
    "store.catalogue.number_list_uses",
    "SELECT list_id, owner, subject = 'calling' FROM routing.number_list_uses", 30s};
constexpr pg::Query kDestinations{
    "store.catalogue.destinations",
    "SELECT d.e164, d.position, d.kind, d.target, d.fires_on, d.ring_seconds, d.schedule_id "
    "FROM numbers.destinations d JOIN numbers.inventory i USING (e164, customer_id) ORDER BY 1, 2",
    30s};

struct DestinationRow {
  std::string e164;
  domain::Destination destination;
};

void read_list(pg::RowReader& row, domain::NumberList& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.blocks);
  row.next(out.prefixes);
}

void read_use(pg::RowReader& row, domain::NumberListUse& out) {
  row.next(out.list);
  row.next(out.owner);
  row.next(out.of_caller);
}

void read_destination(pg::RowReader& row, DestinationRow& out) {
  auto& destination = out.destination;
  row.next(out.e164);
  row.next(destination.position);
  row.next(destination.kind);
  row.next(destination.target);
  row.next(destination.on);
  destination.ring = std::chrono::seconds(row.next<std::int64_t>());
  row.next(destination.schedule);
}

void put_destinations(domain::Catalogue& catalogue, std::vector<DestinationRow> rows) {
  std::unordered_map<std::string_view, domain::Number*> numbers;
  if (rows.empty()) return;
  for (auto& number : catalogue.numbers)
    numbers.emplace(number.e164, &number);
  for (auto& row : rows)
    if (const auto number = numbers.find(row.e164); number != numbers.end())
      number->second->destinations.push_back(std::move(row.destination));
}

}  // namespace

Task<void> load_routing_rules(pg::Transaction& tx, domain::Catalogue& catalogue) {
  std::optional<Error> failed;
  std::vector<DestinationRow> destinations;
  co_await load_into(tx, kLists, read_list, catalogue.number_lists, failed);
  co_await load_into(tx, kCatalogueRuleUses, read_use, catalogue.list_uses, failed);
  co_await load_into(tx, kDestinations, read_destination, destinations, failed);
  if (failed) co_return std::move(*failed);
  put_destinations(catalogue, std::move(destinations));
  co_return Expected<void>();
}

}  // namespace warp::store
