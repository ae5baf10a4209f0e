// Recovery: what an earlier process left behind is ended at both far ends and recorded.
#pragma once

#include "context.h"

namespace warp::calls {

void recover_orphan(Context& context, Orphan orphan);

}  // namespace warp::calls
