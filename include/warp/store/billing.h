// Balances and the ledger. A tenant reads its own; operators post what is not charged by traffic.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Balance {
  CustomerId customer;
  std::string status;  // of the account: ACTIVE, SUSPENDED, CLOSED
  domain::BillingMode billing_mode = domain::BillingMode::Postpaid;
  Currency currency;
  Money balance, held, credit_limit;
  std::optional<Money> available;  // balance - held + credit limit; nullopt: no limit
  WallTime updated_at{};
};

enum class EntryKind : std::uint8_t { Charge, Payment, Adjustment, Refund, Reversal };
std::string_view to_string(EntryKind kind);  // charge, payment, adjustment, refund, reversal
std::optional<EntryKind> parse_entry_kind(std::string_view text);

struct LedgerEntry {
  std::int64_t id = 0;
  CustomerId customer;
  std::uint64_t number = 0;  // in the customer's ledger, from 1, without gaps
  EntryKind kind = EntryKind::Charge;
  std::string source;  // messages, calls, operator, rerate, billing
  Money amount;        // what it does to the balance: charges are below zero
  Money balance_after;
  Currency currency;
  std::string reference, description;
  std::uint32_t items = 1;  // messages or calls that it sums up
  std::string created_by;
  WallTime created_at{};
};

struct Posting {
  CustomerId customer;
  EntryKind kind = EntryKind::Payment;
  Money amount;
  std::string reference;  // one entry a customer, kind and reference
  std::string description;
};
struct Posted {
  LedgerEntry entry;
  bool repeated = false;  // the reference was posted before: that entry, and nothing was done
};

// What an account did in [from, to): opening + the sum of the entries = closing, always.
struct Statement {
  Currency currency;
  Money opening, closing;
  std::vector<LedgerEntry> entries;  // by number
  bool complete = true;              // false: there are more; closing is that of those given
};

// What does not agree, as billing.check_all() found it.
struct Disagreement {
  std::string rule;  // balance, chain, held, charges, call_charges, double_entry, invoice_total, …
  std::optional<CustomerId> customer;
  std::optional<std::int64_t> entry;
  Money expected, found;
};

class BillingRepository {
 public:
  explicit BillingRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Balance> balance(Actor actor, CustomerId customer);
  // Newest first.
  Task<std::vector<LedgerEntry>> ledger(Actor actor, CustomerId customer, std::uint32_t limit);
  // By keys: by `number`.
  Task<Paged<LedgerEntry>> ledger(Actor actor, CustomerId customer, Page page);
  // At most `limit` entries.
  Task<Statement> statement(Actor actor, CustomerId customer, WallTime from, WallTime to,
                            std::uint32_t limit);
  // Operators only. In the account's currency. A payment goes to the oldest open invoices in the same
  // transaction.
  Task<Posted> post(Actor actor, Posting posting);
  // Operators only. Empty: everything agrees. Records and charges older than `since` are left alone.
  Task<std::vector<Disagreement>> audit(Actor actor, std::optional<WallTime> since);
  // Books what the providers' calls of the days before `before` (of UTC) cost, in `base`, as far as it is not
  // booked yet. How many entries that were.
  Task<std::uint64_t> accrue_vendors(WallTime before, Currency base);

 private:
  Task<Posted> post_once(Actor actor, Posting posting);
  pg::Pool& pool_;
};

}  // namespace warp::store
