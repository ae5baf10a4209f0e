#include "warp/store/destinations.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr pg::Query kDestinationOwner{
    "store.destination.owner",
    "SELECT customer_id FROM numbers.inventory WHERE e164 = $1 AND customer_id IS NOT "
    "NULL"};
constexpr pg::Query kListDestinations{
    "store.destination.list",
    "SELECT d.position, d.kind, d.target, d.fires_on, d.ring_seconds, d.schedule_id "
    "FROM numbers.destinations d JOIN numbers.inventory i USING (e164, customer_id) "
    "WHERE d.e164 = $1 ORDER BY d.position"};
constexpr pg::Query kClearDestinations{"store.destination.clear",
                                       "DELETE FROM numbers.destinations WHERE e164 = $1"};
constexpr pg::Query kAddDestination{
    "store.destination.add",
    "INSERT INTO numbers.destinations (e164, customer_id, position, kind, target, fires_on, ring_seconds, "
    "schedule_id) SELECT e164, customer_id, $2, $3, $4, $5, $6, $7 FROM numbers.inventory WHERE e164 = $1"};

void read_destination(pg::RowReader& row, domain::Destination& out) {
  row.next(out.position);
  row.next(out.kind);
  row.next(out.target);
  row.next(out.on);
  out.ring = std::chrono::seconds(row.next<std::int64_t>());
  row.next(out.schedule);
}

Expected<std::vector<domain::Destination>> read_owned(const pg::Rows& owner, const pg::Rows& rows) {
  if (owner.empty()) return not_found();
  return read_all<domain::Destination>(rows, read_destination, kListDestinations.name);
}

}  // namespace

Task<std::vector<domain::Destination>> DestinationRepository::list(Actor actor, std::string e164) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kDestinationOwner, pg::Params::of(e164)});
  statements.push_back({&kListDestinations, pg::Params::of(e164)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_owned((*answers)[0], (*answers)[1]);
}

Task<std::vector<domain::Destination>> DestinationRepository::replace(
    Actor actor, std::string e164, std::vector<domain::Destination> destinations) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kDestinationOwner, pg::Params::of(e164)});
  statements.push_back({&kClearDestinations, pg::Params::of(e164)});
  std::uint32_t position = 0;
  for (const auto& one : destinations)
    statements.push_back({&kAddDestination, pg::Params::of(e164, ++position, one.kind, one.target, one.on,
                                                           one.ring.count(), one.schedule)});
  statements.push_back({&kListDestinations, pg::Params::of(e164)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_owned(answers->front(), answers->back());
}

}  // namespace warp::store
