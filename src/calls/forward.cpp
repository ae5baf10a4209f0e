#include "forward.h"

namespace warp::calls {

bool next_destination(Context&, Call&, const Failure&) {
  return false;
}

}  // namespace warp::calls
