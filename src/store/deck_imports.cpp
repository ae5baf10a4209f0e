#include "warp/store/deck_imports.h"

#include "rate_copy.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

#define IMPORT_COLUMNS                                                                                       \
  "i.id, i.rate_plan_id, i.deck_id, i.base_version, i.source, CASE WHEN i.state = 'scheduled' AND "          \
  "i.effective_at <= now() THEN 'published' ELSE i.state END, i.mode, i.mapping::text, i.job_id, i.octets, " \
  "i.lines, coalesce((SELECT j.done FROM warp.jobs j WHERE j.id = i.job_id), 0), i.diff::text, "             \
  "i.errors::text, i.effective_at, i.created_by, i.created_at, i.updated_at"

constexpr pg::Query kCountImports{"store.deck_import.count",
                                  "SELECT count(*) FROM billing.deck_imports WHERE rate_plan_id = $1"};
constexpr pg::Query kListImports{
    "store.deck_import.list",
    "SELECT " IMPORT_COLUMNS
    " FROM billing.deck_imports i WHERE rate_plan_id = $1 ORDER BY created_at DESC, id "
    "LIMIT $2 OFFSET $3"};
constexpr pg::Query kGetImport{"store.deck_import.get",
                               "SELECT " IMPORT_COLUMNS " FROM billing.deck_imports i WHERE id = $1"};
constexpr pg::Query kCreateImport{
    "store.deck_import.create",
    "INSERT INTO billing.deck_imports AS i (rate_plan_id, base_version, source, mode, mapping) SELECT id, "
    "version, $2::text, $3::text, $4::jsonb FROM billing.rate_plans WHERE id = $1 RETURNING " IMPORT_COLUMNS};
constexpr pg::Query kSetJob{
    "store.deck_import.set_job",
    "UPDATE billing.deck_imports SET job_id = $2, octets = $3 WHERE id = $1 RETURNING id"};
constexpr pg::Query kReady{"store.deck_import.ready",
                           "UPDATE billing.deck_imports SET state = 'ready', deck_id = $2, lines = $3, "
                           "diff = $4::jsonb WHERE id = $1 AND state = 'loading' RETURNING id"};
constexpr pg::Query kRefuse{"store.deck_import.refuse",
                            "UPDATE billing.deck_imports SET state = 'refused', errors = $2::jsonb "
                            "WHERE id = $1 AND state = 'loading' RETURNING id"};

constexpr pg::Query kImportPrefixes{
    "store.deck_import.prefixes",
    "SELECT '1' || npanxx || CASE WHEN block = 10 THEN '' ELSE block::text END FROM numbers.blocks "
    "WHERE ($1::text = '' OR state = $1::text) AND ($2::integer = 0 OR lata = $2::integer) AND "
    "($3::text = '' OR ocn = $3::text) AND ($4::text = '' OR rate_centre = $4::text) ORDER BY 1",
    60s};

// The plan's lock first, as every change of its lines takes it.
constexpr pg::Query kLockImport{
    "store.deck_import.lock",
    "SELECT i.state, i.mode, i.deck_id, i.base_version = p.version, p.deck_id, "
    "coalesce((i.diff #>> '{margin_alarms,total}')::bigint, 0), i.effective_at > now() "
    "FROM billing.deck_imports i JOIN billing.rate_plans p ON p.id = i.rate_plan_id "
    "WHERE i.id = $1 FOR UPDATE"};
constexpr pg::Query kMergedDeck{
    "store.deck_import.merged_deck",
    "INSERT INTO billing.rate_decks (rate_plan_id, source) SELECT rate_plan_id, source FROM "
    "billing.deck_imports WHERE id = $1 RETURNING id"};
// What is in force until the moment. Of a MERGE it goes on: a line of the import supersedes it by beginning
// later, whenever that is; only what was announced for the same prefixes after the moment goes.
constexpr pg::Query kKeepOld{
    "store.deck_import.keep_old",
    "INSERT INTO billing.rates (deck_id, " RATE_COLUMNS
    ") SELECT $1, prefix, per_minute_nanos, "
    "setup_fee_nanos, initial_increment, increment, minimum_seconds, effective_from, CASE WHEN $5::boolean "
    "THEN "
    "effective_to ELSE least(coalesce(effective_to, $4::timestamptz), $4::timestamptz) END, jurisdictions, "
    "schedule_id, attempt_fee_nanos, surcharge_nanos, free_seconds, blocked FROM billing.rates r "
    "WHERE r.deck_id = $2 AND (effective_from < $4::timestamptz OR $5::boolean AND NOT EXISTS "
    "(SELECT 1 FROM billing.rates n WHERE n.deck_id = $3 AND n.prefix = r.prefix))",
    300s};
// Versions of one prefix that have begun by then begin a microsecond apart, so that the latest still wins.
constexpr pg::Query kTakeNew{
    "store.deck_import.take_new",
    "INSERT INTO billing.rates (deck_id, " RATE_COLUMNS
    ") SELECT $1, prefix, per_minute_nanos, "
    "setup_fee_nanos, initial_increment, increment, minimum_seconds, greatest(effective_from, "
    "$3::timestamptz + (version - 1) * interval '1 microsecond'), effective_to, jurisdictions, schedule_id, "
    "attempt_fee_nanos, surcharge_nanos, free_seconds, blocked FROM (SELECT r.*, dense_rank() OVER "
    "(PARTITION BY prefix, schedule_id ORDER BY effective_from) AS version FROM billing.rates r "
    "WHERE r.deck_id = $2 AND (effective_to IS NULL OR effective_to > $3::timestamptz + interval '1 "
    "second')) "
    "AS fresh",
    300s};
constexpr pg::Query kMark{"store.deck_import.mark",
                          "UPDATE billing.rate_decks SET published = true WHERE id = $1"};
constexpr pg::Query kSwitchImport{
    "store.deck_import.switch",
    "UPDATE billing.rate_plans p SET deck_id = $2, version = version + 1 FROM billing.deck_imports i "
    "WHERE i.id = $1 AND p.id = i.rate_plan_id"};
constexpr pg::Query kImportDone{"store.deck_import.done",
                                "UPDATE billing.deck_imports AS i SET state = $2, deck_id = $3, "
                                "effective_at = coalesce($4::timestamptz, effective_at, now()) WHERE id = $1 "
                                "RETURNING " IMPORT_COLUMNS};
constexpr pg::Query kImportBefore{
    "store.deck_import.before",
    "UPDATE billing.rate_plans p SET version = version + 1, deck_id = (SELECT max(d.id) FROM "
    "billing.rate_decks d WHERE d.rate_plan_id = p.id AND d.id < p.deck_id AND d.published) "
    "FROM billing.deck_imports i WHERE i.id = $1 AND p.id = i.rate_plan_id RETURNING p.deck_id"};
constexpr pg::Query kUnmark{"store.deck_import.unmark",
                            "UPDATE billing.rate_decks SET published = false WHERE id = $1"};
constexpr pg::Query kDropDeck{"store.deck_import.drop_deck",
                              "DELETE FROM billing.rate_decks WHERE id = $1 AND NOT published", 60s};

void read(pg::RowReader& row, DeckImport& out) {
  row.next(out.id);
  row.next(out.plan);
  row.next(out.deck);
  row.next(out.base_version);
  row.next(out.source);
  row.next(out.state);
  row.next(out.mode);
  row.next(out.mapping);
  row.next(out.job);
  row.next(out.octets);
  row.next(out.lines);
  row.next(out.done);
  row.next(out.diff);
  row.next(out.errors);
  row.next(out.effective_at);
  row.next(out.created_by);
  row.next(out.created_at);
  row.next(out.updated_at);
}

struct Locked {
  std::string state, mode;
  std::optional<std::int64_t> deck, in_force;
  bool current = false;
  std::uint64_t alarms = 0;
  std::optional<bool> to_come;
};

void read_locked(pg::RowReader& row, Locked& out) {
  row.next(out.state);
  row.next(out.mode);
  row.next(out.deck);
  row.next(out.current);
  row.next(out.in_force);
  row.next(out.alarms);
  row.next(out.to_come);
}

Task<void> touch(pg::Pool& pool, pg::Scope scope, const pg::Query& query, pg::Params params) {
  const auto rows = co_await pool.query(std::move(scope), query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return Expected<void>();
}

Task<Locked> lock(pg::Transaction& tx, Uuid id) {
  auto params = pg::Params::of(id);
  const auto rows = co_await tx.query(kLockImport, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return read_one<Locked>(*rows, read_locked, kLockImport.name);
}

Task<void> run(pg::Transaction& tx, const pg::Query& query, pg::Params params) {
  const auto rows = co_await tx.query(query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return Expected<void>();
}

// The deck of old lines until the moment and new ones from it on. Its id.
Task<std::int64_t> merge(pg::Transaction& tx, Uuid id, Locked import, std::optional<WallTime> moment) {
  auto params = pg::Params::of(id);
  const auto made = co_await tx.query(kMergedDeck, std::move(params));
  if (!made) co_return error_of(made.error());
  const auto deck = pg::RowReader((*made)[0]).next<std::int64_t>();
  const bool merging = import.mode == "MERGE";
  if (import.in_force) {
    params = pg::Params::of(deck, *import.in_force, *import.deck, *moment, merging);
    const auto kept = co_await run(tx, kKeepOld, std::move(params));
    if (!kept) co_return kept.error();
  }
  params = pg::Params::of(deck, *import.deck, *moment);
  const auto taken = co_await run(tx, kTakeNew, std::move(params));
  if (!taken) co_return taken.error();
  co_return deck;
}

// The import's new state is kept, and with it all that the transaction did; of the deck that nobody wants any
// more nothing stays.
Task<Publication> settle(pg::Transaction& tx, pg::Params state, std::optional<std::int64_t> unwanted) {
  const auto done = co_await tx.query(kImportDone, std::move(state));
  if (!done) co_return error_of(done.error());
  if (unwanted) {
    auto params = pg::Params::of(*unwanted);
    const auto dropped = co_await run(tx, kDropDeck, std::move(params));
    if (!dropped) co_return dropped.error();
  }
  auto row = read_one<DeckImport>(*done, read, kImportDone.name);
  if (!row) co_return std::move(row).error();
  const auto committed = co_await tx.commit();
  if (!committed) co_return error_of(committed.error());
  Publication out;
  out.import = std::move(*row);
  co_return out;
}

constexpr pg::Query kNow{"store.deck_import.now", "SELECT now()"};

Task<WallTime> now_of(pg::Transaction& tx) {
  pg::Params none;
  const auto rows = co_await tx.query(kNow, std::move(none));
  if (!rows) co_return error_of(rows.error());
  co_return pg::RowReader((*rows)[0]).next<WallTime>();
}

}  // namespace

Task<Paged<DeckImport>> DeckImportRepository::list(Actor actor, RatePlanId plan, Page page) {
  return ask_page<DeckImport>(pool_, scope_of(actor), kCountImports, kListImports, pg::Params::of(plan), page,
                              read);
}

Task<DeckImport> DeckImportRepository::get(Actor actor, Uuid id) {
  return ask_one<DeckImport>(pool_, scope_of(actor), kGetImport, pg::Params::of(id), read);
}

Task<DeckImport> DeckImportRepository::create(Actor actor, NewDeckImport import) {
  auto params = pg::Params::of(import.plan, import.source, import.mode, import.mapping);
  return ask_one<DeckImport>(pool_, scope_of(actor), kCreateImport, std::move(params), read);
}

Task<void> DeckImportRepository::set_job(Actor actor, Uuid id, Uuid job, std::uint64_t octets) {
  return touch(pool_, scope_of(actor), kSetJob, pg::Params::of(id, job, octets));
}

Task<void> DeckImportRepository::ready(Uuid id, std::int64_t deck, std::uint64_t lines, std::string diff) {
  return touch(pool_, daemon_scope(), kReady, pg::Params::of(id, deck, lines, diff));
}

Task<void> DeckImportRepository::refuse(Uuid id, std::string errors) {
  return touch(pool_, daemon_scope(), kRefuse, pg::Params::of(id, errors));
}

Task<std::vector<std::string>> DeckImportRepository::prefixes_of(std::string state, std::uint32_t lata,
                                                                 std::string ocn, std::string rate_centre) {
  return ask_all<std::string>(pool_, daemon_scope(), kImportPrefixes,
                              pg::Params::of(state, lata, ocn, rate_centre), read_value<std::string>);
}

Task<Publication> DeckImportRepository::publish(Actor actor, Uuid id, std::optional<WallTime> effective_at,
                                                bool confirm_margins) {
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  const auto locked = co_await lock(*tx, id);
  if (!locked) co_return locked.error();
  Publication out;
  if (locked->state != "ready" || !locked->deck)
    out.refusal = PublishRefusal::NotReady;
  else if (!locked->current)
    out.refusal = PublishRefusal::Stale;
  else if (locked->alarms > 0 && !confirm_margins)
    out.refusal = PublishRefusal::MarginAlarms;
  if (out.refusal != PublishRefusal::None) co_return out;

  const auto now = co_await now_of(*tx);
  if (!now) co_return now.error();
  const bool later = effective_at && *effective_at > *now;
  auto deck = *locked->deck;
  if (later || locked->mode == "MERGE") {
    const std::optional<WallTime> moment = later ? *effective_at : *now;
    const auto merged = co_await merge(*tx, id, *locked, moment);
    if (!merged) co_return merged.error();
    deck = *merged;
  } else {
    auto params = pg::Params::of(deck);
    const auto marked = co_await run(*tx, kMark, std::move(params));
    if (!marked) co_return marked.error();
  }
  auto params = pg::Params::of(id, deck);
  const auto switched = co_await run(*tx, kSwitchImport, std::move(params));
  if (!switched) co_return switched.error();
  const std::string state = later ? "scheduled" : "published";
  params = pg::Params::of(id, state, deck, later ? effective_at : std::optional(*now));
  std::optional<std::int64_t> merged_away;
  if (deck != *locked->deck) merged_away = locked->deck;
  co_return co_await settle(*tx, std::move(params), merged_away);
}

Task<Publication> DeckImportRepository::roll_back(Actor actor, Uuid id) {
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  const auto locked = co_await lock(*tx, id);
  if (!locked) co_return locked.error();
  Publication out;
  if (locked->state != "scheduled" && locked->state != "published")
    out.refusal = PublishRefusal::NotReady;
  else if (!locked->deck || locked->deck != locked->in_force)
    out.refusal = PublishRefusal::NotInForce;
  if (out.refusal != PublishRefusal::None) co_return out;
  auto params = pg::Params::of(id);
  const auto back = co_await run(*tx, kImportBefore, std::move(params));
  if (!back) co_return back.error();
  params = pg::Params::of(*locked->deck);
  const auto unmarked = co_await run(*tx, kUnmark, std::move(params));
  if (!unmarked) co_return unmarked.error();
  params = pg::Params::of(id, "rolled_back", *locked->deck, std::nullopt);
  co_return co_await settle(*tx, std::move(params), std::nullopt);
}

Task<Publication> DeckImportRepository::discard(Actor actor, Uuid id) {
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  const auto locked = co_await lock(*tx, id);
  if (!locked) co_return locked.error();
  Publication out;
  if (locked->state != "ready" && locked->state != "refused") {
    out.refusal = PublishRefusal::NotReady;
    co_return out;
  }
  auto params = pg::Params::of(id, "discarded", locked->deck, std::nullopt);
  co_return co_await settle(*tx, std::move(params), locked->deck);
}

namespace {

constexpr pg::Query kMappings{
    "store.deck_mapping.list",
    "SELECT name, mapping::text, updated_at FROM billing.deck_mappings ORDER BY name"};
constexpr pg::Query kMapping{
    "store.deck_mapping.get",
    "SELECT name, mapping::text, updated_at FROM billing.deck_mappings WHERE name = $1"};
constexpr pg::Query kPutMapping{"store.deck_mapping.put",
                                "INSERT INTO billing.deck_mappings (name, mapping) VALUES ($1, $2::jsonb) ON "
                                "CONFLICT (name) DO UPDATE SET "
                                "mapping = excluded.mapping RETURNING name, mapping::text, updated_at"};
constexpr pg::Query kDropMapping{
    "store.deck_mapping.remove",
    "DELETE FROM billing.deck_mappings WHERE name = $1 RETURNING name, mapping::text, updated_at"};

void read_mapping(pg::RowReader& row, DeckMappingRow& out) {
  row.next(out.name);
  row.next(out.mapping);
  row.next(out.updated_at);
}

}  // namespace

Task<std::vector<DeckMappingRow>> DeckMappingRepository::list(Actor actor) {
  return ask_all<DeckMappingRow>(pool_, scope_of(actor), kMappings, pg::Params(), read_mapping);
}
Task<DeckMappingRow> DeckMappingRepository::get(Actor actor, std::string name) {
  return ask_one<DeckMappingRow>(pool_, scope_of(actor), kMapping, pg::Params::of(name), read_mapping);
}
Task<DeckMappingRow> DeckMappingRepository::put(Actor actor, std::string name, std::string mapping) {
  return ask_one<DeckMappingRow>(pool_, scope_of(actor), kPutMapping, pg::Params::of(name, mapping),
                                 read_mapping);
}
Task<DeckMappingRow> DeckMappingRepository::remove(Actor actor, std::string name) {
  return ask_one<DeckMappingRow>(pool_, scope_of(actor), kDropMapping, pg::Params::of(name), read_mapping);
}

}  // namespace warp::store
