// SKUs as rows.
#pragma once

#include "warp/billing/invoice.h"
#include "warp/pg/rows.h"

#define SKU_COLUMNS                                                                                        \
  "code, kind, unit, tax_code, description, position, coalesce(match ->> 'kind', ''), coalesce(match ->> " \
  "'direction', ''), coalesce(match ->> 'jurisdiction', ''), coalesce(match ->> 'prefix', '')"

namespace warp::store {

void read_sku(pg::RowReader& row, billing::Sku& out);

}  // namespace warp::store
