// What the driver says, in the repositories' words.
#pragma once

#include "warp/pg/error.h"
#include "warp/store/common.h"

namespace warp::store {

Error translate(const pg::Error& error);

}  // namespace warp::store
