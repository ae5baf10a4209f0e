#include "warp/store/number_data.h"

#include <algorithm>

#include "number_data_copy.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kNumberDataCopyTimeout = 120s;
constexpr std::size_t kNumberDataChunk = 256 * 1024;

#define SET_COLUMNS "name, version, source, synthetic, rows, loaded_at"

constexpr pg::Query kSets{"store.number_data.sets",
                          "SELECT " SET_COLUMNS " FROM numbers.data_sets ORDER BY name"};
constexpr pg::Query kVersion{"store.number_data.version",
                             "SELECT coalesce(sum(version), 0)::bigint FROM numbers.data_sets"};
// Takes the set's row lock: replacements of one set come one after another.
constexpr pg::Query kBegin{
    "store.number_data.begin",
    "UPDATE numbers.data_sets SET version = version + 1 WHERE name = $1 RETURNING name", 60s};
constexpr pg::Query kEnd{
    "store.number_data.end",
    "UPDATE numbers.data_sets SET source = $2, synthetic = $3, rows = $4, loaded_at = now() "
    "WHERE name = $1 RETURNING " SET_COLUMNS};
// Not TRUNCATE: who reads an older snapshot must go on seeing what is in it.
constexpr pg::Query kClearBlocks{"store.number_data.clear_blocks", "DELETE FROM numbers.blocks", 60s};
constexpr pg::Query kClearPrefixes{"store.number_data.clear_prefixes", "DELETE FROM numbers.countries", 60s};
constexpr pg::Query kClearAreas{"store.number_data.clear_areas", "DELETE FROM numbers.local_areas", 60s};
constexpr pg::Query kNumberDataPrefixes{"store.number_data.prefixes",
                                        "SELECT " PREFIX_COLUMNS " FROM numbers.countries", 30s};
constexpr pg::Query kAreas{"store.number_data.areas", "SELECT " AREA_COLUMNS " FROM numbers.local_areas",
                           30s};

constexpr pg::Query kBlocksOf{
    "store.number_data.blocks_of",
    "SELECT " BLOCK_COLUMNS
    " FROM numbers.blocks WHERE npanxx IN (SELECT substr(n, 2, 6)::integer FROM unnest($1::text[]) AS n "
    "WHERE n ~ '^1[2-9][0-9]{9}$') ORDER BY npanxx, block"};
constexpr pg::Query kPrefixesOf{"store.number_data.prefixes_of",
                                "SELECT " PREFIX_COLUMNS
                                " FROM numbers.countries c WHERE EXISTS (SELECT FROM unnest($1::text[]) AS n "
                                "WHERE starts_with(n, c.prefix))"};
constexpr pg::Query kAreasOf{
    "store.number_data.areas_of",
    "WITH centres AS (SELECT DISTINCT trim(state) || '/' || rate_centre AS name FROM numbers.blocks WHERE "
    "npanxx IN "
    "(SELECT substr(n, 2, 6)::integer FROM unnest($1::text[]) AS n WHERE n ~ '^1[2-9][0-9]{9}$')) "
    "SELECT " AREA_COLUMNS
    " FROM numbers.local_areas WHERE rate_centre IN (SELECT name FROM centres) AND also IN (SELECT name FROM "
    "centres)"};

constexpr pg::Query kStaged{
    "store.number_data.staged",
    "SELECT npa FROM numbers.staged_npas WHERE staged_at > $1::timestamptz ORDER BY npa"};
constexpr pg::Query kUnstage{"store.number_data.unstage",
                             "DELETE FROM numbers.staged_blocks WHERE npanxx BETWEEN $1::integer * 1000 AND "
                             "$1::integer * 1000 + 999",
                             30s};
constexpr pg::Query kStagedNpa{
    "store.number_data.staged_npa",
    "INSERT INTO numbers.staged_npas (npa, rows) VALUES ($1, $2) ON CONFLICT (npa) DO UPDATE SET "
    "rows = excluded.rows, staged_at = now()"};
constexpr pg::Query kPublish{"store.number_data.publish",
                             "INSERT INTO numbers.blocks (" BLOCK_COLUMNS ") SELECT " BLOCK_COLUMNS
                             " FROM numbers.staged_blocks",
                             300s};
constexpr pg::Query kClearStaged{"store.number_data.clear_staged", "DELETE FROM numbers.staged_blocks", 60s};
constexpr pg::Query kClearNpas{"store.number_data.clear_npas", "DELETE FROM numbers.staged_npas"};

void read_set(pg::RowReader& row, NumberDataSet& out) {
  row.next(out.name);
  row.next(out.version);
  row.next(out.source);
  row.next(out.synthetic);
  row.next(out.rows);
  row.next(out.loaded_at);
}

void read_block(pg::RowReader& row, NumberBlock& out) {
  row.next(out.npanxx);
  row.next(out.block);
  row.next(out.state);
  if (out.state == "  ") out.state.clear();
  row.next(out.lata);
  row.next(out.ocn);
  row.next(out.rate_centre);
  row.next(out.kind);
}

void read_prefix(pg::RowReader& row, NumberPrefix& out) {
  row.next(out.prefix);
  row.next(out.country);
  row.next(out.kind);
}

void read_area(pg::RowReader& row, LocalArea& out) {
  row.next(out.rate_centre);
  row.next(out.also);
}

template <class Row>
pg::Transaction::Producer producer(std::function<bool(Row&)> next) {
  return [next = std::move(next)](std::string& out) {
    Row row;
    while (out.size() < kNumberDataChunk) {
      if (!next(row)) return false;
      append_copy_row(out, row);
    }
    return true;
  };
}

struct Target {
  std::string_view set;
  const pg::Query* clear;
  std::string_view copy_name, copy;
};
constexpr Target kBlocks{"blocks", &kClearBlocks, "store.number_data.copy_blocks",
                         "COPY numbers.blocks (" BLOCK_COLUMNS ") FROM STDIN"};
constexpr Target kCountries{"countries", &kClearPrefixes, "store.number_data.copy_prefixes",
                            "COPY numbers.countries (" PREFIX_COLUMNS ") FROM STDIN"};
constexpr Target kLocalAreas{"local_areas", &kClearAreas, "store.number_data.copy_areas",
                             "COPY numbers.local_areas (" AREA_COLUMNS ") FROM STDIN"};

Task<NumberDataSet> end_set(pg::Transaction& tx, std::string_view set, std::string source, bool synthetic,
                            std::uint64_t rows) {
  auto params = pg::Params::of(set, source, synthetic, rows);
  const auto changed = co_await tx.query(kEnd, std::move(params));
  if (!changed) co_return error_of(changed.error());
  const auto committed = co_await tx.commit();
  if (!committed) co_return error_of(committed.error());
  co_return read_one<NumberDataSet>(*changed, read_set, kEnd.name);
}

Task<NumberDataSet> replace(pg::Pool& pool, Actor actor, Target target, pg::Transaction::Producer produce,
                            std::string source, bool synthetic) {
  auto tx = co_await pool.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  auto params = pg::Params::of(target.set);
  const auto begun = co_await tx->query(kBegin, std::move(params));
  if (!begun) co_return error_of(begun.error());
  auto nothing = pg::Params();
  const auto cleared = co_await tx->query(*target.clear, std::move(nothing));
  if (!cleared) co_return error_of(cleared.error());
  const auto copied = co_await tx->copy_in(target.copy_name, std::string(target.copy), std::move(produce),
                                           kNumberDataCopyTimeout);
  if (!copied) co_return error_of(copied.error());
  auto ending = end_set(*tx, target.set, std::move(source), synthetic, *copied);
  co_return co_await std::move(ending);
}

}  // namespace

Task<std::vector<NumberDataSet>> NumberDataRepository::sets(Actor actor) {
  return ask_all<NumberDataSet>(pool_, scope_of(actor), kSets, pg::Params(), read_set);
}

Task<std::uint64_t> NumberDataRepository::version() {
  return ask_one<std::uint64_t>(pool_, pg::Scope::operators().by("warpd", ""), kVersion, pg::Params(),
                                [](pg::RowReader& row, std::uint64_t& out) { row.next(out); });
}

Task<NumberData> NumberDataRepository::load() {
  const pg::TransactionOptions options{pg::Isolation::RepeatableRead, true};
  auto tx = co_await pool_.begin(pg::Scope::operators().by("warpd", ""), options);
  if (!tx) co_return error_of(tx.error());
  NumberData data;
  const auto version = co_await tx->query(kVersion, pg::Params());
  if (!version) co_return error_of(version.error());
  data.version = pg::RowReader((*version)[0]).next<std::uint64_t>();
  pg::Transaction::Consumer consume = [&data](std::span<const std::byte> message) {
    return read_copy_row(message, data.blocks.emplace_back());
  };
  std::string sql = "COPY numbers.blocks (" BLOCK_COLUMNS ") TO STDOUT";
  const auto copied = co_await tx->copy_out("store.number_data.blocks", std::move(sql), std::move(consume),
                                            kNumberDataCopyTimeout);
  if (!copied) co_return error_of(copied.error());
  const auto prefixes = co_await tx->query(kNumberDataPrefixes, pg::Params());
  if (!prefixes) co_return error_of(prefixes.error());
  const auto areas = co_await tx->query(kAreas, pg::Params());
  if (!areas) co_return error_of(areas.error());
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  auto prefix_rows = read_all<NumberPrefix>(*prefixes, read_prefix, kNumberDataPrefixes.name);
  if (!prefix_rows) co_return std::move(prefix_rows).error();
  auto area_rows = read_all<LocalArea>(*areas, read_area, kAreas.name);
  if (!area_rows) co_return std::move(area_rows).error();
  data.prefixes = std::move(*prefix_rows);
  data.areas = std::move(*area_rows);
  co_return std::move(data);
}

Task<NumberData> NumberDataRepository::of_numbers(Actor actor, std::vector<std::string> numbers) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kBlocksOf, pg::Params::of(numbers)});
  statements.push_back({&kPrefixesOf, pg::Params::of(numbers)});
  statements.push_back({&kAreasOf, pg::Params::of(numbers)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  auto blocks = read_all<NumberBlock>((*answers)[0], read_block, kBlocksOf.name);
  auto prefixes = read_all<NumberPrefix>((*answers)[1], read_prefix, kPrefixesOf.name);
  auto areas = read_all<LocalArea>((*answers)[2], read_area, kAreasOf.name);
  if (!blocks) co_return std::move(blocks).error();
  if (!prefixes) co_return std::move(prefixes).error();
  if (!areas) co_return std::move(areas).error();
  NumberData data;
  data.blocks = std::move(*blocks);
  data.prefixes = std::move(*prefixes);
  data.areas = std::move(*areas);
  co_return std::move(data);
}

Task<NumberDataSet> NumberDataRepository::replace_blocks(Actor actor, Next<NumberBlock> next,
                                                         std::string source, bool synthetic) {
  return replace(pool_, std::move(actor), kBlocks, producer<NumberBlock>(std::move(next)), std::move(source),
                 synthetic);
}

Task<NumberDataSet> NumberDataRepository::replace_prefixes(Actor actor, Next<NumberPrefix> next,
                                                           std::string source, bool synthetic) {
  return replace(pool_, std::move(actor), kCountries, producer<NumberPrefix>(std::move(next)),
                 std::move(source), synthetic);
}

Task<NumberDataSet> NumberDataRepository::replace_areas(Actor actor, Next<LocalArea> next, std::string source,
                                                        bool synthetic) {
  return replace(pool_, std::move(actor), kLocalAreas, producer<LocalArea>(std::move(next)),
                 std::move(source), synthetic);
}

Task<std::vector<std::uint32_t>> NumberDataRepository::staged(WallTime since) {
  return ask_all<std::uint32_t>(pool_, pg::Scope::operators().by("warpd", ""), kStaged, pg::Params::of(since),
                                [](pg::RowReader& row, std::uint32_t& out) { row.next(out); });
}

Task<void> NumberDataRepository::stage(Actor actor, std::uint32_t npa, std::vector<NumberBlock> blocks) {
  const auto key = [](const NumberBlock& row) { return row.npanxx * 16 + row.block; };
  std::stable_sort(blocks.begin(), blocks.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  blocks.erase(std::unique(blocks.begin(), blocks.end(),
                           [&](const auto& a, const auto& b) { return key(a) == key(b); }),
               blocks.end());
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  auto params = pg::Params::of(npa);
  const auto cleared = co_await tx->query(kUnstage, std::move(params));
  if (!cleared) co_return error_of(cleared.error());
  const auto count = blocks.size();
  std::function<bool(NumberBlock&)> next = [rows = std::move(blocks),
                                            at = std::size_t{0}](NumberBlock& out) mutable {
    if (at == rows.size()) return false;
    out = std::move(rows[at++]);
    return true;
  };
  auto produce = producer<NumberBlock>(std::move(next));
  std::string sql = "COPY numbers.staged_blocks (" BLOCK_COLUMNS ") FROM STDIN";
  const auto copied = co_await tx->copy_in("store.number_data.copy_staged", std::move(sql),
                                           std::move(produce), kNumberDataCopyTimeout);
  if (!copied) co_return error_of(copied.error());
  params = pg::Params::of(npa, count);
  const auto noted = co_await tx->query(kStagedNpa, std::move(params));
  if (!noted) co_return error_of(noted.error());
  const auto committed = co_await tx->commit();
  if (!committed) co_return error_of(committed.error());
  co_return Expected<void>();
}

Task<NumberDataSet> NumberDataRepository::publish_staged(Actor actor, std::string source) {
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  auto params = pg::Params::of("blocks");
  const auto begun = co_await tx->query(kBegin, std::move(params));
  if (!begun) co_return error_of(begun.error());
  std::uint64_t rows = 0;
  for (const auto* step : {&kClearBlocks, &kPublish, &kClearStaged, &kClearNpas}) {
    auto nothing = pg::Params();
    const auto done = co_await tx->query(*step, std::move(nothing));
    if (!done) co_return error_of(done.error());
    if (step == &kPublish) rows = done->affected();
  }
  auto ending = end_set(*tx, "blocks", std::move(source), false, rows);
  co_return co_await std::move(ending);
}

}  // namespace warp::store
