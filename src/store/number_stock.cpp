#include "warp/store/number_stock.h"

#include <nlohmann/json.hpp>

#include "support.h"

#define STOCK_COLUMNS "e164, type, rate_center, locality, state, lata, monthly_nanos, setup_nanos"
#define STOCK_ROW_COLUMNS STOCK_COLUMNS ", status, customer_id, poi_locked, created_at, updated_at"
#define STOCK_WANTED                                                                                  \
  " FROM numbers.inventory WHERE customer_id IS NULL AND status = 'available' AND NOT poi_locked "    \
  "AND type = $1 AND ($2 = '' OR substr(e164, 2, 3) = $2) AND ($3 = '' OR substr(e164, 5, 3) = $3) "  \
  "AND ($4 = '' OR state = $4) AND ($5 = '' OR lower(locality) = lower($5)) "                         \
  "AND ($6 = '' OR lower(rate_center) = lower($6)) AND ($7 = '' OR strpos(substr(e164, 2), $7) > 0) " \
  "AND ($8 = '' OR starts_with(right(e164, 4), $8))"
#define MATCHING_STOCK                                                                               \
  " FROM numbers.inventory WHERE status = coalesce($1, CASE WHEN $2::uuid IS NULL THEN 'available' " \
  "ELSE status END) AND ($2::uuid IS NULL OR customer_id = $2) AND ($3::text IS NULL OR type = $3) " \
  "AND ($4::text IS NULL OR state = $4) AND ($5::text IS NULL OR lower(rate_center) = lower($5)) "   \
  "AND ($6::text IS NULL OR substr(e164, 2, 3) = $6) AND ($7 = '' OR strpos(e164, $7) > 0)"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kCountStockFound{"store.number_stock.search_count", "SELECT count(*)" STOCK_WANTED};
constexpr pg::Query kSearchStock{"store.number_stock.search",
                                 "SELECT " STOCK_COLUMNS STOCK_WANTED " ORDER BY e164 LIMIT $9 OFFSET $10"};
constexpr pg::Query kAvailableStock{"store.number_stock.available",
                                    "SELECT " STOCK_COLUMNS
                                    " FROM numbers.inventory WHERE e164 = $1 AND status IN "
                                    "('available', 'released') AND NOT poi_locked"};
constexpr pg::Query kCountStock{"store.number_stock.count", "SELECT count(*)" MATCHING_STOCK};
constexpr pg::Query kListStock{"store.number_stock.list", "SELECT " STOCK_ROW_COLUMNS MATCHING_STOCK
                                                          " ORDER BY e164 LIMIT $8 OFFSET $9"};
constexpr pg::Query kGetStock{"store.number_stock.get",
                              "SELECT " STOCK_ROW_COLUMNS " FROM numbers.inventory WHERE e164 = $1"};
constexpr pg::Query kCreateStock{
    "store.number_stock.create",
    "INSERT INTO numbers.inventory (e164, type, rate_center, locality, state, lata, "
    "monthly_nanos, setup_nanos) "
    "VALUES ($1, $2, $3, $4, $5, nullif($6::integer, 0), $7, $8) RETURNING " STOCK_ROW_COLUMNS};
constexpr pg::Query kUpdateStock{
    "store.number_stock.update",
    "UPDATE numbers.inventory SET type = coalesce($2, type), rate_center = coalesce($3, rate_center), "
    "locality = coalesce($4, locality), state = coalesce($5, state), "
    "lata = CASE WHEN $6::boolean THEN $7::integer ELSE lata END, monthly_nanos = coalesce($8, "
    "monthly_nanos), "
    "setup_nanos = coalesce($9, setup_nanos), poi_locked = coalesce($10, poi_locked) WHERE e164 = $1 "
    "RETURNING " STOCK_ROW_COLUMNS};
constexpr pg::Query kRemoveStock{
    "store.number_stock.remove",
    "DELETE FROM numbers.inventory WHERE e164 = $1 AND status IN ('available', 'released') "
    "RETURNING " STOCK_ROW_COLUMNS};
constexpr pg::Query kImportStock{
    "store.number_stock.import",
    "INSERT INTO numbers.inventory (e164, type, rate_center, locality, state, lata, monthly_nanos, "
    "setup_nanos) "
    "SELECT e164, type, rate_center, locality, state, nullif(lata, 0), monthly, setup FROM "
    "jsonb_to_recordset($1::jsonb) AS i (e164 text, type text, rate_center text, locality text, state text, "
    "lata integer, monthly bigint, setup bigint)",
    60s};

void read_number(pg::RowReader& row, domain::StockNumber& out) {
  row.next(out.e164);
  row.next(out.type);
  row.next(out.rate_center);
  row.next(out.locality);
  row.next(out.state);
  out.lata = row.next<std::optional<std::uint16_t>>().value_or(std::uint16_t{0});
  row.next(out.monthly);
  row.next(out.setup);
}

void read_row(pg::RowReader& row, StockRow& out) {
  read_number(row, out.number);
  row.next(out.status);
  row.next(out.customer);
  row.next(out.poi_locked);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace

Task<Paged<domain::StockNumber>> NumberStockRepository::search(Actor actor, domain::StockWish wish) {
  auto params = pg::Params::of(wish.type, wish.npa, wish.nxx, wish.state, wish.locality, wish.rate_center,
                               wish.pattern, wish.last_4_prefix);
  const Page page{wish.page, wish.size};
  return ask_page<domain::StockNumber>(pool_, scope_of(actor), kCountStockFound, kSearchStock,
                                       std::move(params), page, read_number);
}

Task<domain::StockNumber> NumberStockRepository::available(Actor actor, std::string e164) {
  return ask_one<domain::StockNumber>(pool_, scope_of(actor), kAvailableStock, pg::Params::of(e164),
                                      read_number);
}

Task<Paged<StockRow>> NumberStockRepository::list(Actor actor, StockFilter filter, Page page) {
  auto params = pg::Params::of(filter.status, filter.customer, filter.type, filter.state, filter.rate_center,
                               filter.npa, filter.search);
  return ask_page<StockRow>(pool_, scope_of(actor), kCountStock, kListStock, std::move(params), page,
                            read_row);
}

Task<StockRow> NumberStockRepository::get(Actor actor, std::string e164) {
  return ask_one<StockRow>(pool_, scope_of(actor), kGetStock, pg::Params::of(e164), read_row);
}

Task<StockRow> NumberStockRepository::create(Actor actor, domain::StockNumber n) {
  auto params =
      pg::Params::of(n.e164, n.type, n.rate_center, n.locality, n.state, n.lata, n.monthly, n.setup);
  return ask_one<StockRow>(pool_, scope_of(actor), kCreateStock, std::move(params), read_row);
}

Task<StockRow> NumberStockRepository::update(Actor actor, std::string e164, StockPatch patch) {
  auto params = pg::Params::of(e164, patch.type, patch.rate_center, patch.locality, patch.state);
  add_nullable(params, patch.lata);
  params.add(patch.monthly).add(patch.setup).add(patch.poi_locked);
  return ask_one<StockRow>(pool_, scope_of(actor), kUpdateStock, std::move(params), read_row);
}

Task<StockRow> NumberStockRepository::remove(Actor actor, std::string e164) {
  return ask_one<StockRow>(pool_, scope_of(actor), kRemoveStock, pg::Params::of(e164), read_row);
}

Task<std::uint64_t> NumberStockRepository::import(Actor actor, std::vector<domain::StockNumber> numbers) {
  auto rows = nlohmann::json::array();
  for (const auto& number : numbers) {
    nlohmann::json row;
    row["e164"] = number.e164;
    row["type"] = number.type;
    row["rate_center"] = number.rate_center;
    row["locality"] = number.locality;
    row["state"] = number.state;
    row["lata"] = number.lata;
    row["monthly"] = number.monthly.nanos();
    row["setup"] = number.setup.nanos();
    rows.push_back(std::move(row));
  }
  const auto text = rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  rows = {};
  const auto done = co_await pool_.query(scope_of(actor), kImportStock, pg::Params::of(text));
  if (!done) co_return error_of(done.error());
  co_return done->affected();
}

}  // namespace warp::store
