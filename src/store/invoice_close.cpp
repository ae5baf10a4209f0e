#include "array_text.h"
#include "invoice_material.h"
#include "invoice_rows.h"
#include "json_text.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kLockClosing{"store.closing.lock",
                                 "SELECT pg_try_advisory_xact_lock(hashtext('billing.close'), hashtext($1))"};
#define CLOSING                                                                                            \
  "b.ban, b.customer_id, b.is_default, b.cycle, b.anchor, b.zone, b.period_start, b.next_close, "          \
  "a.currency, "                                                                                           \
  "b.decimals, b.rounding, CASE WHEN b.tax_exempt THEN '' ELSE b.tax_region END FROM billing.bans b JOIN " \
  "customers.accounts a ON a.id = b.customer_id"
constexpr pg::Query kTakeClosing{"store.closing.take",
                                 "SELECT " CLOSING
                                 " WHERE b.ban = $1 AND b.next_close <= $2 FOR NO KEY UPDATE OF b"};
constexpr pg::Query kOfClosing{"store.closing.of",
                               "SELECT " CLOSING
                               " WHERE b.ban = (SELECT i.ban FROM billing.invoices i WHERE i.id = $1) "
                               "FOR NO KEY UPDATE OF b"};
constexpr pg::Query kPast{"store.closing.past",
                          "SELECT i.period_start, i.period_end, i.zone, i.usage_cut FROM billing.invoices i "
                          "WHERE i.id = $1"};
constexpr pg::Query kVoid{"store.closing.void", "SELECT billing.void_invoice($1)"};
constexpr pg::Query kInsert{
    "store.closing.insert",
    "INSERT INTO billing.invoices (number, ban, customer_id, period_start, period_end, zone, currency, "
    "charges_nanos, taxes_nanos, rounding_nanos, carried_nanos, total_nanos, usage_cut, credit_out_nanos, "
    "rollover) "
    "VALUES ('draft ' || gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
    "$14::jsonb) "
    "RETURNING id"};
constexpr pg::Query kClosingLines{
    "store.closing.lines",
    "INSERT INTO billing.invoice_lines (invoice_id, customer_id, position, kind, sku, description, items, "
    "units, unit, "
    "base_nanos, rate_e9, amount_nanos, ledger_entry) SELECT $1, $2, t.place, t.kind, t.sku, t.about, "
    "t.items, "
    "t.units, t.unit, t.base, t.rate, t.amount, t.entry FROM unnest($3::text[], $4::text[], $5::text[], "
    "$6::bigint[], $7::bigint[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[]) WITH "
    "ORDINALITY AS t(kind, sku, about, items, units, unit, base, rate, amount, entry, place)",
    60s};
constexpr pg::Query kIssue{"store.closing.issue", "SELECT billing.issue_invoice($1)", 60s};
constexpr pg::Query kMove{
    "store.closing.move",
    "UPDATE billing.bans SET period_start = next_close, next_close = $2 WHERE ban = $1"};
constexpr pg::Query kRead{"store.closing.read",
                          "SELECT " INVOICE_COLUMNS " FROM billing.invoices i WHERE i.id = $1"};

void read_closing(pg::RowReader& row, Closing& out) {
  row.next(out.ban);
  row.next(out.customer);
  row.next(out.is_default);
  next_named(row, out.cycle.kind, billing::parse_cycle_kind);
  row.next(out.cycle.anchor);
  row.next(out.cycle.zone);
  row.next(out.period.start);
  row.next(out.period.end);
  row.next(out.currency);
  row.next(out.decimals);
  next_named(row, out.rounding, parse_rounding);
  row.next(out.tax_region);
}

// The period of an invoice in place of the one that runs, as it was cut then.
void read_past(pg::RowReader& row, Closing& out) {
  row.next(out.period.start);
  row.next(out.period.end);
  row.next(out.cycle.zone);
  row.next(out.cut);
}

template <class T>
void put(ArrayText& out, const std::optional<T>& value) {
  if (!value)
    out.null();
  else if constexpr (std::is_same_v<T, Money>)
    out.number(value->nanos());
  else
    out.number(*value);
}

pg::Params line_params(const Uuid& invoice, const Closing& closing, const std::vector<billing::Line>& lines) {
  ArrayText kind, sku, about, items, units, unit, base, rate, amount, entry;
  for (const auto& line : lines) {
    kind.quoted(to_string(line.kind));
    sku.text(line.sku);
    about.text(line.description);
    items.number(line.items);
    units.number(line.units);
    unit.text(line.unit);
    put(base, line.base);
    put(rate, line.rate_e9);
    amount.number(line.amount.nanos());
    put(entry, line.ledger_entry);
  }
  auto params = pg::Params::of(invoice, closing.customer);
  for (auto* array : {&kind, &sku, &about, &items, &units, &unit, &base, &rate, &amount, &entry})
    params.add(std::move(*array).finish());
  return params;
}

std::string rollover_text(const billing::Draft& draft) {
  std::string out = "{";
  for (const auto& [sku, units] : draft.rollover) {
    if (out.size() > 1) out += ',';
    append_string(out, sku);
    out += ':' + std::to_string(units);
  }
  return out + "}";
}

pg::Params invoice_params(const Closing& closing, const billing::Draft& draft) {
  return pg::Params::of(closing.ban, closing.customer, closing.period.start, closing.period.end,
                        closing.cycle.zone, closing.currency, draft.charges, draft.taxes, draft.rounding,
                        draft.carried, draft.total, closing.cut, draft.credit_out, rollover_text(draft));
}

Error cannot(const Closing& closing, std::string_view why) {
  return {ErrorKind::Internal, "the invoice of " + closing.ban + " cannot be made: " + std::string(why), {}};
}

// Composes, stores, books.
Task<Invoice> issue(pg::Transaction& transaction, const Closing& closing) {
  const auto material = co_await load_material(transaction, closing);
  if (!material) co_return material.error();
  const auto draft = billing::compose(material->terms, material->skus, material->usage, material->recurring,
                                      material->taxes);
  if (!draft) co_return cannot(closing, to_string(draft.error()));
  const auto made = co_await transaction.query(kInsert, invoice_params(closing, *draft));
  if (!made) co_return error_of(made.error());
  const auto id = pg::RowReader((*made)[0]).next<Uuid>();
  const auto lines = co_await transaction.query(kClosingLines, line_params(id, closing, draft->lines));
  if (!lines) co_return error_of(lines.error());
  const auto issued = co_await transaction.query(kIssue, pg::Params::of(id));
  if (!issued) co_return error_of(issued.error());
  const auto rows = co_await transaction.query(kRead, pg::Params::of(id));
  if (!rows) co_return error_of(rows.error());
  co_return read_one<Invoice>(*rows, read_invoice, kRead.name);
}

// Whether this transaction may close anything of the account.
Task<bool> locked(pg::Transaction& transaction, std::string ban) {
  const auto rows = co_await transaction.query(kLockClosing, pg::Params::of(ban));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return bad_row(kLockClosing.name);
  co_return pg::RowReader((*rows)[0]).next<bool>();
}

}  // namespace

Task<std::optional<Invoice>> InvoiceRepository::close(std::string ban, WallTime edge, WallTime cut) {
  auto begun = co_await pool_.begin(pg::Scope::operators().by("warpd", ""));
  if (!begun) co_return error_of(begun.error());
  auto transaction = std::move(*begun);
  const auto mine = co_await locked(transaction, ban);
  if (!mine) co_return mine.error();
  if (!*mine) co_return std::optional<Invoice>();
  const auto rows = co_await transaction.query(kTakeClosing, pg::Params::of(ban, edge));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return std::optional<Invoice>();
  auto closing = read_one<Closing>(*rows, read_closing, kTakeClosing.name);
  if (!closing) co_return closing.error();
  closing->cut = cut;
  const auto next = billing::next_edge(closing->cycle, closing->period.end, closing->period.end);
  if (!next) co_return cannot(*closing, "its cycle has no next edge");
  auto invoice = co_await issue(transaction, *closing);
  if (!invoice) co_return std::move(invoice).error();
  const auto moved = co_await transaction.query(kMove, pg::Params::of(ban, *next));
  if (!moved) co_return error_of(moved.error());
  const auto committed = co_await transaction.commit();
  if (!committed) co_return error_of(committed.error());
  co_return std::optional<Invoice>(std::move(*invoice));
}

Task<Invoice> InvoiceRepository::make_anew(Actor actor, Uuid id) {
  auto begun = co_await pool_.begin(scope_of(actor));
  if (!begun) co_return error_of(begun.error());
  auto transaction = std::move(*begun);
  const auto account = co_await transaction.query(kOfClosing, pg::Params::of(id));
  if (!account) co_return error_of(account.error());
  auto closing = read_one<Closing>(*account, read_closing, kOfClosing.name);
  if (!closing) co_return closing.error();
  const auto voided = co_await transaction.query(kVoid, pg::Params::of(id));
  if (!voided) co_return error_of(voided.error());
  if (voided->empty() || !pg::RowReader((*voided)[0]).next<bool>())
    co_return Error{ErrorKind::Invalid, "the invoice is void", "invoice_void"};
  const auto past = co_await transaction.query(kPast, pg::Params::of(id));
  if (!past) co_return error_of(past.error());
  if (past->empty()) co_return not_found();
  pg::RowReader reader((*past)[0]);
  read_past(reader, *closing);
  if (!reader.ok()) co_return bad_row(kPast.name);
  auto invoice = co_await issue(transaction, *closing);
  if (!invoice) co_return std::move(invoice).error();
  const auto committed = co_await transaction.commit();
  if (!committed) co_return error_of(committed.error());
  co_return invoice;
}

}  // namespace warp::store
