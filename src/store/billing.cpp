#include "warp/store/billing.h"

#include <array>

#include "support.h"

#define ENTRY_COLUMNS                                                                               \
  "id, customer_id, number, kind, source, amount_nanos, balance_after_nanos, currency, reference, " \
  "description, items, created_by, created_at"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr std::array kKinds{EntryKind::Charge, EntryKind::Payment, EntryKind::Adjustment, EntryKind::Refund,
                            EntryKind::Reversal};

constexpr pg::Query kBalance{
    "store.billing.balance",
    "SELECT b.customer_id, a.status, a.billing_mode, b.currency, b.balance_nanos, b.held_nanos, "
    "a.credit_limit_nanos, CASE WHEN a.billing_mode = 'PREPAID' OR a.credit_limit_nanos > 0 "
    "THEN b.balance_nanos - b.held_nanos + a.credit_limit_nanos END, b.updated_at "
    "FROM billing.balances b JOIN customers.accounts a ON a.id = b.customer_id WHERE b.customer_id = $1"};
constexpr pg::Query kLedger{"store.billing.ledger", "SELECT " ENTRY_COLUMNS
                                                    " FROM billing.ledger WHERE customer_id = $1 "
                                                    "ORDER BY number DESC LIMIT $2"};
// A reference that is posted twice at once ends in a violation of its index: asked again, the first is found.
constexpr pg::Query kPost{
    "store.billing.post",
    "WITH earlier AS MATERIALIZED (SELECT " ENTRY_COLUMNS
    " FROM billing.ledger WHERE customer_id = $1 AND kind = $2 AND reference = $4), "
    "paid AS (UPDATE billing.balances SET balance_nanos = balance_nanos + $3::bigint, entries = entries + 1, "
    "updated_at = now() WHERE customer_id = $1 AND NOT EXISTS (SELECT FROM earlier) "
    "RETURNING customer_id, entries, balance_nanos, currency), "
    "entry AS (INSERT INTO billing.ledger (customer_id, number, kind, source, amount_nanos, "
    "balance_after_nanos, currency, reference, description) SELECT customer_id, entries, $2, 'operator', $3, "
    "balance_nanos, currency, $4, $5 FROM paid RETURNING " ENTRY_COLUMNS ") SELECT " ENTRY_COLUMNS
    ", false FROM entry UNION ALL SELECT " ENTRY_COLUMNS ", true FROM earlier"};
constexpr pg::Query kApplyAccount{"store.billing.apply", "SELECT billing.apply_payments($1)"};
constexpr pg::Query kStatement{
    "store.billing.statement",
    "SELECT o.opening, b.currency, l.* FROM billing.balances b CROSS JOIN LATERAL (SELECT "
    "coalesce(sum(x.amount_nanos), 0)::bigint AS opening FROM billing.ledger x WHERE x.customer_id = "
    "b.customer_id AND x.created_at < $2) o LEFT JOIN LATERAL (SELECT " ENTRY_COLUMNS
    " FROM billing.ledger y WHERE y.customer_id = b.customer_id AND y.created_at >= $2 AND y.created_at < $3 "
    "ORDER BY y.number LIMIT $4) l ON true WHERE b.customer_id = $1 ORDER BY l.number",
    30s};
constexpr pg::Query kAccrue{"store.billing.accrue",
                            "SELECT billing.accrue_vendors(($1::timestamptz AT TIME ZONE 'UTC')::date, $2)",
                            60s};
constexpr pg::Query kAuditAccount{
    "store.billing.audit",
    "SELECT rule, customer_id, entry, expected_nanos::bigint, found_nanos::bigint "
    "FROM billing.check_all(coalesce($1, '-infinity'::timestamptz)) LIMIT 1000",
    60s};

void read_balance(pg::RowReader& row, Balance& out) {
  row.next(out.customer);
  row.next(out.status);
  next_named(row, out.billing_mode, domain::parse_billing_mode);
  row.next(out.currency);
  row.next(out.balance);
  row.next(out.held);
  row.next(out.credit_limit);
  row.next(out.available);
  row.next(out.updated_at);
}

void read_entry(pg::RowReader& row, LedgerEntry& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.number);
  next_named(row, out.kind, parse_entry_kind);
  row.next(out.source);
  row.next(out.amount);
  row.next(out.balance_after);
  row.next(out.currency);
  row.next(out.reference);
  row.next(out.description);
  row.next(out.items);
  row.next(out.created_by);
  row.next(out.created_at);
}

Expected<Statement> read_statement(const pg::Rows& rows, std::uint32_t limit) {
  Statement out;
  for (const auto row : rows) {
    pg::RowReader reader(row);
    reader.next(out.opening);
    reader.next(out.currency);
    if (reader.peek_null()) break;
    if (out.entries.size() == limit) {
      out.complete = false;
      break;
    }
    read_entry(reader, out.entries.emplace_back());
    if (!reader.ok()) return bad_row(kStatement.name);
  }
  out.closing = out.opening;
  for (const auto& entry : out.entries) {
    const auto sum = Money::add(out.closing, entry.amount);
    if (!sum) return bad_row(kStatement.name);
    out.closing = *sum;
  }
  return out;
}

void read_posted(pg::RowReader& row, Posted& out) {
  read_entry(row, out.entry);
  row.next(out.repeated);
}

void read_disagreement(pg::RowReader& row, Disagreement& out) {
  row.next(out.rule);
  row.next(out.customer);
  row.next(out.entry);
  row.next(out.expected);
  row.next(out.found);
}

}  // namespace

std::string_view to_string(EntryKind kind) {
  switch (kind) {
    case EntryKind::Charge:
      return "charge";
    case EntryKind::Payment:
      return "payment";
    case EntryKind::Adjustment:
      return "adjustment";
    case EntryKind::Refund:
      return "refund";
    case EntryKind::Reversal:
      return "reversal";
  }
  return "";
}

std::optional<EntryKind> parse_entry_kind(std::string_view text) {
  for (const auto kind : kKinds)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

namespace {

const Keyset& ledger_keyset() {
  static const Keyset made({.name = "store.billing.ledger_walk",
                            .columns = ENTRY_COLUMNS,
                            .matching = " FROM billing.ledger WHERE customer_id = $1",
                            .params = 1,
                            .id = {"id", "id", "bigint"},
                            .keys = {{"number", "number", "bigint"}}});
  return made;
}

}  // namespace

Task<Balance> BillingRepository::balance(Actor actor, CustomerId customer) {
  return ask_one<Balance>(pool_, scope_of(actor), kBalance, pg::Params::of(customer), read_balance);
}

Task<std::vector<LedgerEntry>> BillingRepository::ledger(Actor actor, CustomerId customer,
                                                         std::uint32_t limit) {
  return ask_all<LedgerEntry>(pool_, scope_of(actor), kLedger, pg::Params::of(customer, limit), read_entry);
}

Task<Paged<LedgerEntry>> BillingRepository::ledger(Actor actor, CustomerId customer, Page page) {
  return ask_keyset<LedgerEntry>(pool_, scope_of(actor), ledger_keyset(), pg::Params::of(customer), page,
                                 read_entry);
}

Task<Statement> BillingRepository::statement(Actor actor, CustomerId customer, WallTime from, WallTime to,
                                             std::uint32_t limit) {
  auto params = pg::Params::of(customer, from, to, std::uint64_t{limit} + 1);
  const auto rows = co_await pool_.query(scope_of(actor), kStatement, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return read_statement(*rows, limit);
}

Task<Posted> BillingRepository::post_once(Actor actor, Posting posting) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kPost, pg::Params::of(posting.customer, to_string(posting.kind), posting.amount,
                                               posting.reference, posting.description)});
  if (posting.kind == EntryKind::Payment)
    statements.push_back({&kApplyAccount, pg::Params::of(posting.customer)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<Posted>((*answers)[0], read_posted, kPost.name);
}

Task<Posted> BillingRepository::post(Actor actor, Posting posting) {
  auto posted = co_await post_once(actor, posting);
  if (posted || posted.error().kind != ErrorKind::Duplicate) co_return posted;
  co_return co_await post_once(actor, posting);
}

Task<std::uint64_t> BillingRepository::accrue_vendors(WallTime before, Currency base) {
  auto scope = pg::Scope::operators().by("warpd", "");
  const auto rows = co_await pool_.query(std::move(scope), kAccrue, pg::Params::of(before, base));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return bad_row(kAccrue.name);
  co_return pg::RowReader((*rows)[0]).next<std::uint64_t>();
}

Task<std::vector<Disagreement>> BillingRepository::audit(Actor actor, std::optional<WallTime> since) {
  return ask_all<Disagreement>(pool_, scope_of(actor), kAuditAccount, pg::Params::of(since),
                               read_disagreement);
}

}  // namespace warp::store
