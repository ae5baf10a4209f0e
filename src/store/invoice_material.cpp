#include "invoice_material.h"

#include "recurring_rows.h"
#include "sku_rows.h"

// What belongs to a period [$4, $5) as it was known at the cut $6: it ended before the period did, and it was
// not on the invoice before, whose cut was $7 (NULL: there is none). What is stored long after its end is
// found for 100 days.
#define KNOWN(ended, stored)                                        \
  ended " < $5 AND " stored " < $6 AND (" ended " >= $4 OR " stored \
        " >= coalesce($7::timestamptz, 'infinity'))"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kMaterialBefore{
    "store.closing.before",
    "SELECT usage_cut, credit_out_nanos FROM billing.invoices WHERE ban = $1 AND "
    "status <> 'VOID' AND period_start < $2 ORDER BY period_start DESC LIMIT 1"};
constexpr pg::Query kMaterialUsage{
    "store.closing.usage",
    "SELECT 'call', r.direction, coalesce(r.price_jurisdiction, r.jurisdiction, ''), coalesce(r.price_prefix, ''), "
    "coalesce(r.charge_currency, a.currency), count(*), coalesce(sum(r.price_billed_seconds), 0)::bigint, "
    "coalesce(sum(r.charge_nanos), 0)::bigint, false FROM records.cdrs r JOIN customers.accounts a ON a.id = "
    "r.customer_id WHERE r.customer_id = $1 AND (r.ban = $2 OR $3::boolean AND coalesce(r.ban, '') = '') AND "
    "r.setup_at >= $4::timestamptz - interval '100 days' AND r.setup_at < $5 AND " KNOWN("r.ended_at", "r.stored_at")
    " AND (r.answered_at IS NOT NULL OR r.charge_nanos <> 0) GROUP BY 1, 2, 3, 4, 5 "
    "UNION ALL "
    "SELECT 'call', r.direction, coalesce(r.price_jurisdiction, r.jurisdiction, ''), coalesce(r.price_prefix, ''), "
    "c.currency, count(*), 0::bigint, sum(c.after_nanos - c.before_nanos)::bigint, true FROM records.corrections c "
    "JOIN records.cdrs r ON r.id = c.record_id AND r.setup_at = c.setup_at WHERE c.customer_id = $1 AND (r.ban = "
    "$2 OR $3::boolean AND coalesce(r.ban, '') = '') AND (c.reversal_entry IS NOT NULL OR c.charge_entry IS NOT "
    "NULL) AND " KNOWN("r.ended_at", "c.created_at")
    " GROUP BY 1, 2, 3, 4, 5 "
    "UNION ALL "
    "SELECT 'message', m.direction, '', coalesce(m.price_prefix, ''), a.currency, count(*), "
    "coalesce(sum(m.segments), 0)::bigint, coalesce(sum(m.charged_nanos), 0)::bigint, false FROM records.mdrs m JOIN "
    "customers.accounts a ON a.id = m.customer_id WHERE $3::boolean AND m.customer_id = $1 AND m.accepted_at >= "
    "$4::timestamptz - interval '100 days' AND m.accepted_at < $5 AND " KNOWN("m.final_at", "m.stored_at")
    " AND (m.sent_at IS NOT NULL OR m.charged_nanos <> 0) GROUP BY 1, 2, 3, 4, 5",
    600s};
constexpr pg::Query kMaterialEntries{
    "store.closing.entries",
    "SELECT id, amount_nanos, description FROM billing.ledger WHERE customer_id = $1 AND source = 'operator' "
    "AND kind "
    "IN ('adjustment', 'refund') AND created_at >= $2 AND created_at < $3 ORDER BY number",
    60s};
constexpr pg::Query kRecurring{
    "store.closing.recurring",
    "SELECT r.sku, r.object, r.quantity, r.amount_nanos, r.prorate, r.starts_at, r.ends_at FROM "
    "billing.recurring r "
    "JOIN billing.skus s ON s.code = r.sku WHERE r.ban = $1 AND r.starts_at < $3 AND (r.ends_at IS NULL OR "
    "r.ends_at "
    "> $2 OR s.kind = 'once' AND r.starts_at >= $2) ORDER BY s.position, r.sku, r.object, r.starts_at, r.id",
    60s};
constexpr pg::Query kMaterialSkus{"store.closing.skus",
                                  "SELECT " SKU_COLUMNS " FROM billing.skus ORDER BY position, code"};
constexpr pg::Query kMaterialTaxes{
    "store.closing.taxes",
    "SELECT DISTINCT ON (tax_code, name) tax_code, name, rate_e9, on_taxes FROM billing.tax_rates WHERE "
    "region = $1 AND "
    "region <> '' AND effective_from <= $2::date ORDER BY tax_code, name, effective_from DESC"};
// The last contract of the period that names this account, or none when this is the default one.
#define CONTRACT                                                                                            \
  "(SELECT c.* FROM billing.contracts c WHERE c.customer_id = $1 AND (c.ban = $2 OR $3::boolean AND c.ban " \
  "IS NULL) "                                                                                               \
  "AND c.starts_at < $5 AND (c.ends_at IS NULL OR c.ends_at > $4) ORDER BY c.starts_at DESC LIMIT 1)"
constexpr pg::Query kMinimum{"store.closing.minimum",
                             "SELECT c.minimum_nanos, c.starts_at, c.ends_at FROM " CONTRACT " c"};
constexpr pg::Query kTiers{
    "store.closing.tiers",
    "SELECT t.item ->> 'sku', coalesce(t.item ->> 'mode', 'GRADUATED'), coalesce((t.item ->> "
    "'per')::integer, 60), "
    "t.place, coalesce((s.step ->> 'from')::bigint, 0), (s.step ->> 'price_nanos')::bigint FROM " CONTRACT
    " c CROSS JOIN LATERAL jsonb_array_elements(c.terms -> 'tiers') WITH ORDINALITY t(item, place) CROSS "
    "JOIN "
    "LATERAL jsonb_array_elements(t.item -> 'steps') s(step) ORDER BY t.place, 5"};
constexpr pg::Query kBundles{
    "store.closing.bundles",
    "SELECT t.item ->> 'sku', coalesce((t.item ->> 'units')::bigint, 0), coalesce((t.item ->> "
    "'price_nanos')::bigint, "
    "0), coalesce((t.item ->> 'rollover')::boolean, false), coalesce((SELECT (i.rollover ->> (t.item ->> "
    "'sku'))::bigint FROM billing.invoices i WHERE i.ban = $2 AND i.status <> 'VOID' AND i.period_start < $4 "
    "ORDER BY "
    "i.period_start DESC LIMIT 1), 0) FROM " CONTRACT
    " c CROSS JOIN LATERAL jsonb_array_elements(c.terms -> 'bundles') WITH ORDINALITY t(item, place) ORDER "
    "BY t.place"};

void read_usage(pg::RowReader& row, billing::UsageRow& out) {
  row.next(out.kind);
  row.next(out.direction);
  row.next(out.jurisdiction);
  row.next(out.prefix);
  row.next(out.currency);
  row.next(out.items);
  row.next(out.units);
  row.next(out.amount);
  row.next(out.correction);
}

void read_entry(pg::RowReader& row, billing::ManualEntry& out) {
  row.next(out.id);
  row.next(out.amount);
  row.next(out.description);
}

void read_tax(pg::RowReader& row, billing::TaxRate& out) {
  row.next(out.tax_code);
  row.next(out.name);
  row.next(out.rate_e9);
  row.next(out.on_taxes);
}

struct Step {
  std::string sku, mode;
  std::uint32_t per = 60;
  std::int64_t place = 0;
  rating::Tier tier;
};
void read_step(pg::RowReader& row, Step& out) {
  row.next(out.sku);
  row.next(out.mode);
  row.next(out.per);
  row.next(out.place);
  row.next(out.tier.from_units);
  row.next(out.tier.price);
  if (out.per == 0) row.fail();
}

void read_bundle(pg::RowReader& row, billing::BundleTerms& out) {
  row.next(out.sku);
  row.next(out.units);
  row.next(out.price);
  row.next(out.rollover);
  row.next(out.carried);
}

struct Minimum {
  Money amount;
  WallTime from{};
  std::optional<WallTime> to;
};
void read_minimum(pg::RowReader& row, Minimum& out) {
  row.next(out.amount);
  row.next(out.from);
  row.next(out.to);
}

struct Before {
  std::optional<WallTime> cut;
  Money credit;
};
void read_before(pg::RowReader& row, Before& out) {
  row.next(out.cut);
  row.next(out.credit);
}

template <class T>
Task<void> load(pg::Transaction& transaction, const pg::Query& query, pg::Params params, Read<T> read,
                std::vector<T>& into) {
  const auto rows = co_await transaction.query(query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  auto items = read_all<T>(*rows, read, query.name);
  if (!items) co_return std::move(items).error();
  into = std::move(*items);
  co_return Expected<void>();
}

std::vector<billing::TierTerms> tiers_of(const std::vector<Step>& steps) {
  std::vector<billing::TierTerms> out;
  std::int64_t place = 0;
  for (const auto& step : steps) {
    if (out.empty() || step.place != place) {
      const auto mode = step.mode == "VOLUME" ? rating::TierMode::Volume : rating::TierMode::Graduated;
      out.push_back({step.sku, mode, step.per, {}});
      place = step.place;
    }
    out.back().steps.push_back(step.tier);
  }
  return out;
}

pg::Params contract_params(const Closing& closing) {
  return pg::Params::of(closing.customer, closing.ban, closing.is_default, closing.period.start,
                        closing.period.end);
}

// Minimum, tiers and bundles.
Task<void> load_contract(pg::Transaction& transaction, const Closing& closing, billing::Terms& terms) {
  std::vector<Minimum> minimum;
  auto done = co_await load<Minimum>(transaction, kMinimum, contract_params(closing), read_minimum, minimum);
  if (!done) co_return done;
  if (!minimum.empty()) {
    terms.minimum = minimum[0].amount;
    terms.minimum_holds = {minimum[0].from, minimum[0].to.value_or(WallTime::max())};
  }
  std::vector<Step> steps;
  done = co_await load<Step>(transaction, kTiers, contract_params(closing), read_step, steps);
  if (!done) co_return done;
  terms.tiers = tiers_of(steps);
  co_return co_await load<billing::BundleTerms>(transaction, kBundles, contract_params(closing), read_bundle,
                                                terms.bundles);
}

billing::Terms terms_of(const Closing& closing) {
  billing::Terms terms;
  terms.period = closing.period;
  terms.zone = closing.cycle.zone;
  terms.currency = closing.currency;
  terms.decimals = closing.decimals;
  terms.rounding = closing.rounding;
  return terms;
}

}  // namespace

Task<Material> load_material(pg::Transaction& transaction, const Closing& closing) {
  Material out;
  out.terms = terms_of(closing);
  std::vector<Before> before;
  auto done = co_await load<Before>(transaction, kMaterialBefore,
                                    pg::Params::of(closing.ban, closing.period.start), read_before, before);
  if (!done) co_return done.error();
  std::optional<WallTime> cut_before;
  if (!before.empty()) {
    cut_before = before[0].cut;
    out.terms.credit_in = before[0].credit;
  }
  auto params = contract_params(closing);
  params.add(closing.cut).add(cut_before);
  done = co_await load<billing::UsageRow>(transaction, kMaterialUsage, std::move(params), read_usage,
                                          out.usage.rows);
  if (!done) co_return done.error();
  if (closing.is_default) {
    auto window = pg::Params::of(closing.customer, closing.period.start, closing.period.end);
    done = co_await load<billing::ManualEntry>(transaction, kMaterialEntries, std::move(window), read_entry,
                                               out.usage.entries);
    if (!done) co_return done.error();
  }
  auto items = pg::Params::of(closing.ban, closing.period.start, closing.period.end);
  done = co_await load<billing::RecurringItem>(transaction, kRecurring, std::move(items), read_recurring,
                                               out.recurring);
  if (!done) co_return done.error();
  done = co_await load<billing::Sku>(transaction, kMaterialSkus, pg::Params(), read_sku, out.skus);
  if (!done) co_return done.error();
  const auto last_day =
      billing::date_in(closing.cycle.zone, closing.period.end - std::chrono::microseconds(1));
  done = co_await load<billing::TaxRate>(transaction, kMaterialTaxes,
                                         pg::Params::of(closing.tax_region, last_day), read_tax, out.taxes);
  if (!done) co_return done.error();
  done = co_await load_contract(transaction, closing, out.terms);
  if (!done) co_return done.error();
  co_return out;
}

}  // namespace warp::store
