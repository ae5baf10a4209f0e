#include "warp/store/taxes.h"

#include "sku_rows.h"
#include "support.h"

#define TAX_COLUMNS "region, tax_code, name, rate_e9, on_taxes, effective_from::text"

namespace warp::store {
namespace {

constexpr pg::Query kTaxTaxes{"store.tax.list", "SELECT " TAX_COLUMNS
                                                " FROM billing.tax_rates WHERE $1 = '' OR region = $1 "
                                                "ORDER BY region, tax_code, name, effective_from"};
constexpr pg::Query kPutTax{
    "store.tax.put",
    "INSERT INTO billing.tax_rates (region, tax_code, name, rate_e9, on_taxes, effective_from) "
    "VALUES ($1, $2, $3, $4, $5, $6::date) ON CONFLICT (region, tax_code, name, effective_from) DO UPDATE "
    "SET rate_e9 = excluded.rate_e9, on_taxes = excluded.on_taxes RETURNING " TAX_COLUMNS};
constexpr pg::Query kRemoveTax{
    "store.tax.remove",
    "DELETE FROM billing.tax_rates WHERE region = $1 AND tax_code = $2 AND name = $3 AND "
    "effective_from = $4::date RETURNING " TAX_COLUMNS};
constexpr pg::Query kTaxSkus{"store.sku.list",
                             "SELECT " SKU_COLUMNS " FROM billing.skus ORDER BY position, code"};
constexpr pg::Query kPutSku{
    "store.sku.put",
    "INSERT INTO billing.skus AS s (code, kind, unit, tax_code, description, position, match) "
    "VALUES ($1, $2, $3, $4, $5, $6, jsonb_strip_nulls(jsonb_build_object('kind', nullif($7::text, ''), "
    "'direction', nullif($8::text, ''), 'jurisdiction', nullif($9::text, ''), 'prefix', nullif($10::text, "
    "'')))) ON CONFLICT (code) DO UPDATE SET unit = excluded.unit, tax_code = excluded.tax_code, "
    "description = excluded.description, position = excluded.position, match = excluded.match "
    "RETURNING " SKU_COLUMNS};
constexpr pg::Query kRemoveSku{"store.sku.remove",
                               "DELETE FROM billing.skus WHERE code = $1 RETURNING " SKU_COLUMNS};

void read_tax(pg::RowReader& row, TaxRow& out) {
  row.next(out.region);
  row.next(out.rate.tax_code);
  row.next(out.rate.name);
  row.next(out.rate.rate_e9);
  row.next(out.rate.on_taxes);
  row.next(out.effective_from);
}

}  // namespace

void read_sku(pg::RowReader& row, billing::Sku& out) {
  row.next(out.code);
  const auto kind = row.next<std::string>();
  out.usage = kind == "usage";
  out.once = kind == "once";
  row.next(out.unit);
  row.next(out.tax_code);
  row.next(out.description);
  row.next(out.position);
  row.next(out.match.kind);
  row.next(out.match.direction);
  row.next(out.match.jurisdiction);
  row.next(out.match.prefix);
}

Task<std::vector<TaxRow>> TaxRepository::list(Actor actor, std::string region) {
  return ask_all<TaxRow>(pool_, scope_of(actor), kTaxTaxes, pg::Params::of(region), read_tax);
}

Task<TaxRow> TaxRepository::put(Actor actor, TaxRow row) {
  auto params = pg::Params::of(row.region, row.rate.tax_code, row.rate.name, row.rate.rate_e9,
                               row.rate.on_taxes, row.effective_from);
  return ask_one<TaxRow>(pool_, scope_of(actor), kPutTax, std::move(params), read_tax);
}

Task<TaxRow> TaxRepository::remove(Actor actor, TaxRow row) {
  auto params = pg::Params::of(row.region, row.rate.tax_code, row.rate.name, row.effective_from);
  return ask_one<TaxRow>(pool_, scope_of(actor), kRemoveTax, std::move(params), read_tax);
}

Task<std::vector<billing::Sku>> TaxRepository::skus(Actor actor) {
  return ask_all<billing::Sku>(pool_, scope_of(actor), kTaxSkus, pg::Params(), read_sku);
}

Task<billing::Sku> TaxRepository::put_sku(Actor actor, billing::Sku sku) {
  const std::string_view kind = sku.usage ? "usage" : sku.once ? "once" : "recurring";
  auto params = pg::Params::of(sku.code, kind, sku.unit, sku.tax_code, sku.description, sku.position,
                               sku.match.kind, sku.match.direction, sku.match.jurisdiction, sku.match.prefix);
  return ask_one<billing::Sku>(pool_, scope_of(actor), kPutSku, std::move(params), read_sku);
}

Task<billing::Sku> TaxRepository::remove_sku(Actor actor, std::string code) {
  return ask_one<billing::Sku>(pool_, scope_of(actor), kRemoveSku, pg::Params::of(code), read_sku);
}

}  // namespace warp::store
