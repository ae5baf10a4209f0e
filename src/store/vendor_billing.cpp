#include "warp/store/vendor_billing.h"

#include "vendor_billing_rows.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kCycle{"store.vendor.cycle",
                           "SELECT " CYCLE_COLUMNS " FROM billing.vendor_cycles v WHERE v.provider_id = $1"};
constexpr pg::Query kPutCycle{
    "store.vendor.put_cycle",
    "INSERT INTO billing.vendor_cycles AS v (provider_id, cycle, anchor, zone, period_start, next_close, "
    "start_tolerance_seconds, tolerance_seconds, tolerance_e9) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
    "ON CONFLICT "
    "(provider_id) DO UPDATE SET cycle = excluded.cycle, anchor = excluded.anchor, zone = excluded.zone, "
    "next_close = "
    "excluded.next_close, start_tolerance_seconds = excluded.start_tolerance_seconds, tolerance_seconds = "
    "excluded.tolerance_seconds, tolerance_e9 = excluded.tolerance_e9 RETURNING " CYCLE_COLUMNS};
constexpr pg::Query kDueVendorCycles{"store.vendor.due",
                                     "SELECT " CYCLE_COLUMNS
                                     " FROM billing.vendor_cycles v WHERE v.next_close <= $1 ORDER BY "
                                     "v.next_close, v.provider_id LIMIT 100"};
// Nobody moved the cycle meanwhile, and the invoice is opened with the move. $6: the next edge.
constexpr pg::Query kCloseVendorCycle{
    "store.vendor.close",
    "WITH moved AS (UPDATE billing.vendor_cycles v SET period_start = v.next_close, next_close = $6 WHERE "
    "v.provider_id = $1 AND v.period_start = $2 AND v.next_close = $3 RETURNING v.provider_id) INSERT INTO "
    "billing.vendor_invoices AS i (provider_id, number, period_start, period_end, currency, claimed_nanos, "
    "expected_nanos) SELECT moved.provider_id, 'EXPECTED ' || $5, $2, $3, $4, 0, " EXPECTED_COST
    " FROM moved RETURNING " VENDOR_INVOICE_COLUMNS,
    120s};
constexpr pg::Query kCurrency{"store.vendor.currency",
                              "SELECT currency FROM routing.providers WHERE id = $1"};
constexpr pg::Query kExpected{"store.vendor.expected", "SELECT " EXPECTED_COST, 60s};
#define LISTED_VENDOR_INVOICES " FROM billing.vendor_invoices i WHERE $1::uuid IS NULL OR i.provider_id = $1"
constexpr pg::Query kCountVendorCycles{"store.vendor.count", "SELECT count(*)" LISTED_VENDOR_INVOICES};
constexpr pg::Query kListVendorCycles{"store.vendor.list",
                                      "SELECT " VENDOR_INVOICE_COLUMNS LISTED_VENDOR_INVOICES
                                      " ORDER BY i.period_start DESC, i.number LIMIT $2 OFFSET $3"};
constexpr pg::Query kGetVendorCycle{
    "store.vendor.get", "SELECT " VENDOR_INVOICE_COLUMNS " FROM billing.vendor_invoices i WHERE i.id = $1"};
constexpr pg::Query kCreateVendorCycle{
    "store.vendor.create",
    "INSERT INTO billing.vendor_invoices AS i (provider_id, number, period_start, period_end, currency, "
    "claimed_nanos, expected_nanos) SELECT $1, $5, $2, $3, $4, $6, " EXPECTED_COST
    " RETURNING " VENDOR_INVOICE_COLUMNS,
    60s};
constexpr pg::Query kUpdateVendorCycle{
    "store.vendor.update",
    "UPDATE billing.vendor_invoices AS i SET number = $2, claimed_nanos = $3, status = $4 "
    "WHERE i.id = $1 RETURNING " VENDOR_INVOICE_COLUMNS};
constexpr pg::Query kDisputes{"store.vendor.disputes",
                              "SELECT " DISPUTE_COLUMNS
                              " FROM billing.disputes d WHERE d.invoice_id = $1 ORDER BY d.created_at, d.id"};
constexpr pg::Query kOpenDispute{
    "store.vendor.open_dispute",
    "WITH marked AS (UPDATE billing.vendor_invoices SET status = 'DISPUTED' WHERE id = $1 RETURNING id) "
    "INSERT INTO billing.disputes AS d (invoice_id, claimed_nanos, note) SELECT id, $2, $3 FROM marked "
    "RETURNING " DISPUTE_COLUMNS};
constexpr pg::Query kEndDispute{"store.vendor.end_dispute",
                                "UPDATE billing.disputes AS d SET state = $3, granted_nanos = $4, note = "
                                "CASE WHEN $5 = '' THEN d.note ELSE $5 END, "
                                "updated_at = now() WHERE d.id = $1 AND d.invoice_id = $2 AND d.state = "
                                "'OPEN' RETURNING " DISPUTE_COLUMNS};
constexpr pg::Query kSettle{
    "store.vendor.settle",
    "UPDATE billing.vendor_invoices SET status = 'SETTLED' WHERE id = $1 AND status = "
    "'DISPUTED' AND NOT EXISTS (SELECT FROM billing.disputes WHERE invoice_id = $1 AND "
    "state = 'OPEN') RETURNING id"};

pg::Params expected_params(ProviderId provider, const billing::Period& period, const Currency& currency) {
  return pg::Params::of(provider, period.start, period.end, currency);
}

}  // namespace

Task<VendorCycle> VendorBillingRepository::cycle(Actor actor, ProviderId provider) {
  return ask_one<VendorCycle>(pool_, scope_of(actor), kCycle, pg::Params::of(provider), read_cycle);
}

Task<VendorCycle> VendorBillingRepository::put_cycle(Actor actor, VendorCycle c) {
  auto params =
      pg::Params::of(c.provider, to_string(c.cycle.kind), c.cycle.anchor, c.cycle.zone, c.period.start,
                     c.period.end, c.tolerance.start.count(), c.tolerance.seconds, c.tolerance.amount_e9);
  return ask_one<VendorCycle>(pool_, scope_of(actor), kPutCycle, std::move(params), read_cycle);
}

Task<std::vector<VendorCycle>> VendorBillingRepository::due(WallTime edge) {
  auto scope = pg::Scope::operators().by("warpd", "");
  return ask_all<VendorCycle>(pool_, std::move(scope), kDueVendorCycles, pg::Params::of(edge), read_cycle);
}

Task<std::optional<VendorInvoice>> VendorBillingRepository::close(VendorCycle cycle, WallTime next) {
  const auto scope = [] { return pg::Scope::operators().by("warpd", ""); };
  const auto currency = co_await ask_one<Currency>(pool_, scope(), kCurrency, pg::Params::of(cycle.provider),
                                                   read_value<Currency>);
  if (!currency) co_return currency.error();
  auto params = expected_params(cycle.provider, cycle.period, *currency);
  params.add(billing::date_in(cycle.cycle.zone, cycle.period.start)).add(next);
  auto made = co_await ask_one<VendorInvoice>(pool_, scope(), kCloseVendorCycle, std::move(params),
                                              read_vendor_invoice);
  if (made) co_return std::optional<VendorInvoice>(std::move(*made));
  if (made.error().kind == ErrorKind::NotFound) co_return std::optional<VendorInvoice>();
  co_return std::move(made).error();
}

Task<Money> VendorBillingRepository::expected(Actor actor, ProviderId provider, billing::Period period,
                                              Currency currency) {
  return ask_one<Money>(pool_, scope_of(actor), kExpected, expected_params(provider, period, currency),
                        read_value<Money>);
}

Task<Paged<VendorInvoice>> VendorBillingRepository::list(Actor actor, std::optional<ProviderId> provider,
                                                         Page page) {
  return ask_page<VendorInvoice>(pool_, scope_of(actor), kCountVendorCycles, kListVendorCycles,
                                 pg::Params::of(provider), page, read_vendor_invoice);
}

Task<VendorInvoice> VendorBillingRepository::get(Actor actor, Uuid id) {
  return ask_one<VendorInvoice>(pool_, scope_of(actor), kGetVendorCycle, pg::Params::of(id),
                                read_vendor_invoice);
}

Task<VendorInvoice> VendorBillingRepository::create(Actor actor, VendorInvoice invoice) {
  auto params = expected_params(invoice.provider, invoice.period, invoice.currency);
  params.add(invoice.number).add(invoice.claimed);
  return ask_one<VendorInvoice>(pool_, scope_of(actor), kCreateVendorCycle, std::move(params),
                                read_vendor_invoice);
}

Task<VendorInvoice> VendorBillingRepository::update(Actor actor, VendorInvoice invoice) {
  auto params = pg::Params::of(invoice.id, invoice.number, invoice.claimed, to_string(invoice.status));
  return ask_one<VendorInvoice>(pool_, scope_of(actor), kUpdateVendorCycle, std::move(params),
                                read_vendor_invoice);
}

Task<std::vector<Dispute>> VendorBillingRepository::disputes(Actor actor, Uuid invoice) {
  return ask_all<Dispute>(pool_, scope_of(actor), kDisputes, pg::Params::of(invoice), read_dispute);
}

Task<Dispute> VendorBillingRepository::open_dispute(Actor actor, Dispute dispute) {
  auto params = pg::Params::of(dispute.invoice, dispute.claimed, dispute.note);
  return ask_one<Dispute>(pool_, scope_of(actor), kOpenDispute, std::move(params), read_dispute);
}

Task<Dispute> VendorBillingRepository::end_dispute(Actor actor, Dispute d) {
  std::vector<pg::Statement> statements;
  statements.push_back(
      {&kEndDispute, pg::Params::of(d.id, d.invoice, to_string(d.state), d.granted, d.note)});
  statements.push_back({&kSettle, pg::Params::of(d.invoice)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<Dispute>((*answers)[0], read_dispute, kEndDispute.name);
}

}  // namespace warp::store
