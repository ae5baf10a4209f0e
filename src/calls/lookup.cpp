#include "lookup.h"

namespace warp::calls {

bool hold_for_lookup(Context&, Call&) {
  return false;
}

}  // namespace warp::calls
