// What providers bill us: their cycles, their invoices with their records judged against ours, disputes.
// Operators only.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/billing/cycle.h"
#include "warp/billing/reconcile.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct VendorCycle {
  ProviderId provider;
  billing::Cycle cycle;
  billing::Period period;  // that runs
  billing::Tolerance tolerance;
};

enum class VendorInvoiceStatus : std::uint8_t { Open, Matched, Disputed, Settled };
std::string_view to_string(VendorInvoiceStatus status);  // OPEN, MATCHED, DISPUTED, SETTLED
std::optional<VendorInvoiceStatus> parse_vendor_invoice_status(std::string_view text);

struct VendorInvoice {
  Uuid id;
  ProviderId provider;
  std::string number;
  billing::Period period;
  Currency currency;
  Money claimed, expected;
  VendorInvoiceStatus status = VendorInvoiceStatus::Open;
  std::string details = "{}";  // JSON: totals of the last reconciliation
  WallTime created_at{};
};

struct VendorRecord {
  billing::VendorCall call;
  std::string verdict;  // OPEN: not judged yet
  std::optional<RecordId> record;
};

enum class DisputeState : std::uint8_t { Open, Accepted, Refused };
std::string_view to_string(DisputeState state);  // OPEN, ACCEPTED, REFUSED
std::optional<DisputeState> parse_dispute_state(std::string_view text);

struct Dispute {
  Uuid id, invoice;
  DisputeState state = DisputeState::Open;
  Money claimed;
  std::optional<Money> granted;
  std::string note;
  WallTime created_at{}, updated_at{};
};

class VendorBillingRepository {
 public:
  explicit VendorBillingRepository(pg::Pool& pool) : pool_(pool) {}
  Task<VendorCycle> cycle(Actor actor, ProviderId provider);
  Task<VendorCycle> put_cycle(Actor actor, VendorCycle cycle);  // InUse: no such provider
  // Cycles that ended before `edge`.
  Task<std::vector<VendorCycle>> due(WallTime edge);
  // Opens the invoice that is expected of the period, under the number "EXPECTED <first day>", and moves the
  // cycle on to `next`. nullopt: another node did.
  Task<std::optional<VendorInvoice>> close(VendorCycle cycle, WallTime next);

  // What our records say that calls over the provider cost in the period, in `currency`.
  Task<Money> expected(Actor actor, ProviderId provider, billing::Period period, Currency currency);
  Task<Paged<VendorInvoice>> list(Actor actor, std::optional<ProviderId> provider,
                                  Page page);  // newest period first
  Task<VendorInvoice> get(Actor actor, Uuid id);
  Task<VendorInvoice> create(Actor actor, VendorInvoice invoice);  // `expected` is worked out
  Task<VendorInvoice> update(Actor actor, VendorInvoice invoice);  // number, claimed, status

  Task<std::vector<billing::OurCall>> calls(Actor actor, VendorInvoice invoice);
  // Replaces the invoice's records by these, judged; its status becomes MATCHED, or OPEN when something
  // disagrees.
  Task<VendorInvoice> store_records(Actor actor, VendorInvoice invoice,
                                    std::vector<billing::VendorCall> theirs, billing::Reconciliation judged);
  Task<Paged<VendorRecord>> records(Actor actor, Uuid invoice, std::string verdict, Page page);  // empty: all

  Task<std::vector<Dispute>> disputes(Actor actor, Uuid invoice);
  Task<Dispute> open_dispute(Actor actor, Dispute dispute);  // the invoice becomes DISPUTED
  // Ends an open one; the last one of an invoice makes it SETTLED. NotFound: there is none that is open.
  Task<Dispute> end_dispute(Actor actor, Dispute dispute);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
