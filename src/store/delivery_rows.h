// Rows of sms.deliveries.
#pragma once

#include "warp/domain/message_store.h"
#include "warp/pg/rows.h"

namespace warp::store {

#define DELIVERY_COLUMNS \
  "id, message_id, customer_id, esme_id, url, kind, payload, created_at, next_try, tries"

inline void read_delivery(pg::RowReader& row, domain::Delivery& out) {
  row.next(out.id);
  row.next(out.message);
  row.next(out.customer);
  row.next(out.esme);
  row.next(out.url);
  const auto kind = row.next<unsigned>();
  if (kind > static_cast<unsigned>(domain::DeliveryKind::Inbound)) row.fail();
  out.kind = static_cast<domain::DeliveryKind>(kind);
  row.next(out.payload);
  row.next(out.created_at);
  row.next(out.next_try);
  row.next(out.tries);
}

}  // namespace warp::store
