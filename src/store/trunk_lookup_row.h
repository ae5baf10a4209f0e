// The columns of a trunk that say what it has looked up.
#pragma once

#include "warp/store/trunk_lookups.h"

namespace warp::store {

#define TRUNK_LOOKUP_COLUMNS "t.id, t.lookups, t.lookup_absent"

void read_trunk_lookups(pg::RowReader& row, TrunkLookups& out);

}  // namespace warp::store
