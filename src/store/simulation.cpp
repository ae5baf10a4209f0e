#include "warp/store/simulation.h"

#include "rate_copy.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

#define PAST_CALLS                                                                                        \
  " FROM records.cdrs WHERE setup_at >= $1 AND setup_at < $2 AND direction = 'outbound' AND trunk_id IS " \
  "NOT "                                                                                                  \
  "NULL AND dni_e164 <> '' AND coalesce(decision->>'rule', '') NOT LIKE 'on-net%'"

constexpr pg::Query kCountSimulations{"store.simulation.count", "SELECT count(*)" PAST_CALLS, 60s};
constexpr pg::Query kSimulationCalls{
    "store.simulation.calls",
    "SELECT id, setup_at, trunk_id, ani_e164, dni_e164, duration_us, answered_at IS NOT NULL, "
    "coalesce(jurisdiction, 'UNKNOWN'), coalesce(numbers->>'routing', ''), coalesce(numbers->>'rated', ''), "
    "jurisdiction IS NOT NULL" PAST_CALLS " AND (setup_at, id) > ($3, $4) ORDER BY setup_at, id LIMIT $5",
    60s};
constexpr pg::Query kImport{
    "store.simulation.import",
    "SELECT rate_plan_id, deck_id FROM billing.deck_imports WHERE id = $1 AND deck_id "
    "IS NOT NULL"};

struct ImportRow {
  RatePlanId plan;
  std::int64_t deck = 0;
};

void read_call(pg::RowReader& row, PastCall& out) {
  row.next(out.id);
  row.next(out.setup_at);
  row.next(out.trunk);
  row.next(out.ani);
  row.next(out.dni);
  row.next(out.duration_us);
  row.next(out.answered);
  next_named(row, out.jurisdiction, domain::parse_jurisdiction);
  row.next(out.routing);
  row.next(out.rated);
  row.next(out.known);
}

void read_import(pg::RowReader& row, ImportRow& out) {
  row.next(out.plan);
  row.next(out.deck);
}

}  // namespace

Task<std::vector<PastCall>> SimulationRepository::calls(Actor actor, WallTime from, WallTime to,
                                                        WallTime after, Uuid after_id, std::uint32_t limit) {
  return ask_all<PastCall>(pool_, scope_of(actor), kSimulationCalls,
                           pg::Params::of(from, to, after, after_id, limit), read_call);
}

Task<std::uint64_t> SimulationRepository::count(Actor actor, WallTime from, WallTime to) {
  auto params = pg::Params::of(from, to);
  const auto rows = co_await pool_.query(scope_of(actor), kCountSimulations, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return pg::RowReader((*rows)[0]).next<std::uint64_t>();
}

Task<ImportedDeck> SimulationRepository::imported(Actor actor, Uuid import_id) {
  const pg::TransactionOptions options{pg::Isolation::RepeatableRead, true};
  auto tx = co_await pool_.begin(scope_of(actor), options);
  if (!tx) co_return error_of(tx.error());
  auto params = pg::Params::of(import_id);
  const auto rows = co_await tx->query(kImport, std::move(params));
  if (!rows) co_return error_of(rows.error());
  const auto found = read_one<ImportRow>(*rows, read_import, kImport.name);
  if (!found) co_return found.error();
  ImportedDeck out;
  out.plan = found->plan;
  auto lines = co_await read_deck_lines(*tx, found->deck);
  if (!lines) co_return std::move(lines).error();
  out.rates = std::move(*lines);
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  co_return out;
}

}  // namespace warp::store
