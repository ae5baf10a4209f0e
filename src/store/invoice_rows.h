// Invoices as rows.
#pragma once

#include "warp/store/invoices.h"

#include "support.h"

#define INVOICE_COLUMNS                                                                                 \
  "i.id, i.number, i.ban, i.customer_id, i.period_start, i.period_end, i.zone, i.currency, i.status, "  \
  "i.charges_nanos, i.taxes_nanos, i.rounding_nanos, i.carried_nanos, i.total_nanos, i.applied_nanos, " \
  "i.issued_at, i.due_at, i.voided_at, i.created_at"

namespace warp::store {

void read_invoice(pg::RowReader& row, Invoice& out);

}  // namespace warp::store
