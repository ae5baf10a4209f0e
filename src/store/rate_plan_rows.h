// The columns of a rate plan, for the two sources that ask for them. `p` is the table.
#pragma once

#include "warp/store/rate_plans.h"

#define RATE_PLAN_COLUMNS                                                                                    \
  "p.id, p.name, p.description, p.kind, p.currency, p.rounding, p.decimals, p.allow_below_cost, p.version, " \
  "p.deck_id, p.created_at, p.updated_at, p.unknown_as, p.match_lrn, p.toll_free_by, "                       \
  "p.minimum_margin_nanos, p.minimum_margin_e9, p.cloned_from"

namespace warp::store {

void read_rate_plan(pg::RowReader& row, RatePlan& out);

}  // namespace warp::store
