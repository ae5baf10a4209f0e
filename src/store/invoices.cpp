#include "warp/store/invoices.h"

#include "invoice_rows.h"

namespace warp::store {
namespace {

#define LISTED_INVOICES \
  " FROM billing.invoices i WHERE i.status <> 'DRAFT' AND ($1::uuid IS NULL OR i.customer_id = $1)"

constexpr pg::Query kCountInvoices{"store.invoice.count", "SELECT count(*)" LISTED_INVOICES};
constexpr pg::Query kListInvoices{"store.invoice.list",
                                  "SELECT " INVOICE_COLUMNS LISTED_INVOICES
                                  " ORDER BY i.period_start DESC, i.number DESC LIMIT $2 OFFSET $3"};
constexpr pg::Query kBrief{"store.invoice.brief",
                           "SELECT " INVOICE_COLUMNS
                           " FROM billing.invoices i WHERE i.id = $1 AND i.status <> 'DRAFT'"};
constexpr pg::Query kParties{
    "store.invoice.parties",
    "SELECT a.name, coalesce(b.address ->> 'text', '') FROM billing.invoices i JOIN customers.accounts a ON "
    "a.id = i.customer_id LEFT JOIN billing.bans b ON b.ban = i.ban WHERE i.id = $1"};
constexpr pg::Query kInvoiceLines{
    "store.invoice.lines",
    "SELECT kind, sku, description, items, units, unit, base_nanos, rate_e9, "
    "amount_nanos, ledger_entry FROM billing.invoice_lines WHERE invoice_id = $1 "
    "ORDER BY position"};
constexpr pg::Query kPayments{
    "store.invoice.payments",
    "SELECT p.ledger_entry, coalesce(l.reference, ''), p.amount_nanos, p.applied_at FROM "
    "billing.payment_applications p LEFT JOIN billing.ledger l ON l.id = p.ledger_entry WHERE p.invoice_id = "
    "$1 "
    "ORDER BY p.applied_at, p.ledger_entry"};
constexpr pg::Query kDueInvoices{
    "store.invoice.due",
    "SELECT ban FROM billing.bans WHERE next_close <= $1 ORDER BY next_close, ban LIMIT $2"};
constexpr pg::Query kApplyInvoice{
    "store.invoice.apply",
    "SELECT billing.apply_payment(i.customer_id, i.id, $2, $3)::text FROM billing.invoices i "
    "WHERE i.id = $1"};
constexpr pg::Query kFree{
    "store.invoice.free",
    "SELECT f.freed FROM (SELECT billing.free_payment(i.customer_id, i.id, $2) AS freed FROM "
    "billing.invoices i WHERE i.id = $1) f WHERE f.freed IS NOT NULL"};

void read_line(pg::RowReader& row, billing::Line& out) {
  next_named(row, out.kind, billing::parse_line_kind);
  row.next(out.sku);
  row.next(out.description);
  row.next(out.items);
  row.next(out.units);
  row.next(out.unit);
  row.next(out.base);
  row.next(out.rate_e9);
  row.next(out.amount);
  row.next(out.ledger_entry);
}

void read_use(pg::RowReader& row, PaymentUse& out) {
  row.next(out.entry);
  row.next(out.reference);
  row.next(out.amount);
  row.next(out.applied_at);
}

}  // namespace

void read_invoice(pg::RowReader& row, Invoice& out) {
  row.next(out.id);
  row.next(out.number);
  row.next(out.ban);
  row.next(out.customer);
  row.next(out.period.start);
  row.next(out.period.end);
  row.next(out.zone);
  row.next(out.currency);
  row.next(out.status);
  row.next(out.charges);
  row.next(out.taxes);
  row.next(out.rounding);
  row.next(out.carried);
  row.next(out.total);
  row.next(out.applied);
  row.next(out.issued_at);
  row.next(out.due_at);
  row.next(out.voided_at);
  row.next(out.created_at);
}

Money Invoice::due() const {
  if (status == "VOID") return {};
  return Money::subtract(total, applied).value_or(total);
}

billing::Document document_of(const InvoiceDetail& detail) {
  const auto& invoice = detail.invoice;
  billing::Document out;
  out.number = invoice.number;
  out.status = invoice.status;
  out.ban = invoice.ban;
  out.customer = detail.customer_name;
  out.address = detail.address;
  out.period = invoice.period;
  out.zone = invoice.zone;
  out.currency = invoice.currency;
  out.issued_at = invoice.issued_at;
  out.due_at = invoice.due_at;
  out.lines = detail.lines;
  for (const auto& use : detail.payments)
    out.payments.push_back({use.reference, use.applied_at, use.amount});
  out.charges = invoice.charges;
  out.taxes = invoice.taxes;
  out.rounding = invoice.rounding;
  out.carried = invoice.carried;
  out.total = invoice.total;
  out.applied = invoice.applied;
  return out;
}

Task<Paged<Invoice>> InvoiceRepository::list(Actor actor, std::optional<CustomerId> customer, Page page) {
  return ask_page<Invoice>(pool_, scope_of(actor), kCountInvoices, kListInvoices, pg::Params::of(customer),
                           page, read_invoice);
}

Task<Invoice> InvoiceRepository::brief(Actor actor, Uuid id) {
  return ask_one<Invoice>(pool_, scope_of(actor), kBrief, pg::Params::of(id), read_invoice);
}

Task<InvoiceDetail> InvoiceRepository::get(Actor actor, Uuid id) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kBrief, pg::Params::of(id)});
  statements.push_back({&kParties, pg::Params::of(id)});
  statements.push_back({&kInvoiceLines, pg::Params::of(id)});
  statements.push_back({&kPayments, pg::Params::of(id)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  InvoiceDetail out;
  auto invoice = read_one<Invoice>((*answers)[0], read_invoice, kBrief.name);
  if (!invoice) co_return std::move(invoice).error();
  out.invoice = std::move(*invoice);
  if (!(*answers)[1].empty()) {
    pg::RowReader parties((*answers)[1][0]);
    parties.next(out.customer_name);
    parties.next(out.address);
  }
  auto lines = read_all<billing::Line>((*answers)[2], read_line, kInvoiceLines.name);
  if (!lines) co_return std::move(lines).error();
  out.lines = std::move(*lines);
  auto payments = read_all<PaymentUse>((*answers)[3], read_use, kPayments.name);
  if (!payments) co_return std::move(payments).error();
  out.payments = std::move(*payments);
  co_return out;
}

Task<std::vector<std::string>> InvoiceRepository::due(WallTime edge, std::uint32_t limit) {
  auto scope = pg::Scope::operators().by("warpd", "");
  return ask_all<std::string>(pool_, std::move(scope), kDueInvoices, pg::Params::of(edge, limit),
                              read_value<std::string>);
}

Task<Invoice> InvoiceRepository::apply(Actor actor, Uuid id, std::int64_t entry, Money amount) {
  auto params = pg::Params::of(id, entry, amount);
  const auto rows = co_await pool_.query(scope_of(actor), kApplyInvoice, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return co_await brief(actor, id);
}

Task<Invoice> InvoiceRepository::free_payment(Actor actor, Uuid id, std::int64_t entry) {
  auto params = pg::Params::of(id, entry);
  const auto rows = co_await pool_.query(scope_of(actor), kFree, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return co_await brief(actor, id);
}

}  // namespace warp::store
