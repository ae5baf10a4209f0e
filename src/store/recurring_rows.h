// What is charged by time or once, as rows: sku, object, quantity, amount_nanos, prorate, starts_at, ends_at.
#pragma once

#include "warp/billing/invoice.h"
#include "warp/pg/rows.h"

namespace warp::store {

inline void read_recurring(pg::RowReader& row, billing::RecurringItem& out) {
  row.next(out.sku);
  row.next(out.object);
  row.next(out.quantity);
  row.next(out.amount);
  row.next(out.prorate);
  row.next(out.starts_at);
  row.next(out.ends_at);
}

}  // namespace warp::store
