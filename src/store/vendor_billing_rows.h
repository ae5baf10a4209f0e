// Vendors' cycles, invoices and disputes as rows.
#pragma once

#include "warp/store/vendor_billing.h"

#include "support.h"

#define CYCLE_COLUMNS                                                                                   \
  "v.provider_id, v.cycle, v.anchor, v.zone, v.period_start, v.next_close, v.start_tolerance_seconds, " \
  "v.tolerance_seconds, v.tolerance_e9"
#define VENDOR_INVOICE_COLUMNS                                                                 \
  "i.id, i.provider_id, i.number, i.period_start, i.period_end, i.currency, i.claimed_nanos, " \
  "i.expected_nanos, "                                                                         \
  "i.status, i.details::text, i.created_at"
#define DISPUTE_COLUMNS \
  "d.id, d.invoice_id, d.state, d.claimed_nanos, d.granted_nanos, d.note, d.created_at, d.updated_at"
// What calls over provider $1 that began in [$2, $3) cost in currency $4.
#define EXPECTED_COST                                                                                \
  "(SELECT coalesce(sum(r.cost_nanos), 0)::bigint FROM records.cdrs r WHERE r.provider_id = $1 AND " \
  "r.setup_at >= $2 "                                                                                \
  "AND r.setup_at < $3 AND r.cost_currency = $4)"

namespace warp::store {

void read_cycle(pg::RowReader& row, VendorCycle& out);
void read_vendor_invoice(pg::RowReader& row, VendorInvoice& out);
void read_dispute(pg::RowReader& row, Dispute& out);

}  // namespace warp::store
