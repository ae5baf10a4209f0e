// The Error that a failed libpq result stands for.
#pragma once

#include "warp/pg/error.h"

struct pg_result;

namespace warp::pg {

Error error_of(const pg_result* result);

}  // namespace warp::pg
