// Invoices: closing a period, what stands on it, taking it back, paying it. A tenant reads its own.
//
// close() is one transaction: it reads the period, composes the invoice (billing::compose), draws its number
// and books what is in no ledger yet. Two nodes may ask at once: one closes, the other has nothing to do.
// What had ended by the end of the period and was stored before the cut is on this invoice; what comes later
// is on the next one: nothing is billed twice and nothing is lost.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/billing/invoice.h"
#include "warp/billing/render.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Invoice {
  Uuid id;
  std::string number, ban;
  CustomerId customer;
  billing::Period period;
  std::string zone;
  Currency currency;
  std::string status;  // DRAFT, ISSUED, PAID, VOID
  Money charges, taxes, rounding, carried, total, applied;
  std::optional<WallTime> issued_at, due_at, voided_at;
  WallTime created_at{};

  Money due() const;  // 0 of a void one
};

struct PaymentUse {
  std::int64_t entry = 0;  // of the ledger
  std::string reference;
  Money amount;
  WallTime applied_at{};
};

struct InvoiceDetail {
  Invoice invoice;
  std::string customer_name, address;
  std::vector<billing::Line> lines;
  std::vector<PaymentUse> payments;
};
billing::Document document_of(const InvoiceDetail& detail);

class InvoiceRepository {
 public:
  explicit InvoiceRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Invoice>> list(Actor actor, std::optional<CustomerId> customer,
                            Page page);  // newest period first
  Task<InvoiceDetail> get(Actor actor, Uuid id);

  // Accounts whose period ended before `edge`, longest ago first.
  Task<std::vector<std::string>> due(WallTime edge, std::uint32_t limit);
  // Closes the period of `ban` that ended before `edge`; `cut` is what is complete by now. nullopt: another
  // did it, or is at it. Internal with a sentence when it cannot be composed.
  Task<std::optional<Invoice>> close(std::string ban, WallTime edge, WallTime cut);
  // Takes back the last invoice of its account (it is VOID then, its payments are free) and composes the same
  // period anew, under the next number: that invoice is answered. Invalid: a later one stands on it, or it is
  // void.
  Task<Invoice> make_anew(Actor actor, Uuid id);

  // Invalid: the payment has less left, or the invoice less due.
  Task<Invoice> apply(Actor actor, Uuid id, std::int64_t entry, Money amount);
  Task<Invoice> free_payment(Actor actor, Uuid id, std::int64_t entry);

 private:
  Task<Invoice> brief(Actor actor, Uuid id);
  pg::Pool& pool_;
};

}  // namespace warp::store
