#include "warp/store/fx.h"

#include "support.h"
#include "tariff_rows.h"

namespace warp::store {
namespace {

#define ALL_FX FX_COLUMNS ", source, created_at"

constexpr pg::Query kCountFxRates{"store.fx.count", "SELECT count(*) FROM billing.fx_rates"};
constexpr pg::Query kListFxRates{
    "store.fx.list", "SELECT " ALL_FX
                     " FROM billing.fx_rates ORDER BY effective_from DESC, base, quote LIMIT $1 OFFSET "
                     "$2"};
constexpr pg::Query kAddFxRate{
    "store.fx.add",
    "INSERT INTO billing.fx_rates (base, quote, rate_pico, effective_from, source) "
    "VALUES ($1, $2, $3, $4, $5) RETURNING " ALL_FX};
constexpr pg::Query kRemoveFxRate{"store.fx.remove",
                                  "DELETE FROM billing.fx_rates WHERE base = $1 AND quote = $2 AND "
                                  "effective_from = $3 AND effective_from > now() RETURNING " ALL_FX};

void read(pg::RowReader& row, FxRate& out) {
  read_fx_row(row, out.row);
  row.next(out.source);
  row.next(out.created_at);
}

}  // namespace

void read_fx_row(pg::RowReader& row, domain::FxRow& out) {
  row.next(out.from);
  row.next(out.to);
  row.next(out.pico);
  row.next(out.effective_from);
}

Task<Paged<FxRate>> FxRepository::list(Actor actor, Page page) {
  return ask_page<FxRate>(pool_, scope_of(actor), kCountFxRates, kListFxRates, pg::Params(), page, read);
}

Task<FxRate> FxRepository::add(Actor actor, domain::FxRow row, std::string source) {
  auto params = pg::Params::of(row.from, row.to, row.pico, row.effective_from, source);
  return ask_one<FxRate>(pool_, scope_of(actor), kAddFxRate, std::move(params), read);
}

Task<FxRate> FxRepository::remove(Actor actor, Currency from, Currency to, WallTime effective_from) {
  return ask_one<FxRate>(pool_, scope_of(actor), kRemoveFxRate, pg::Params::of(from, to, effective_from),
                         read);
}

}  // namespace warp::store
