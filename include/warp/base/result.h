// Result: a value or an error, for everything that can fail at run time.
//
// Errors are enums or small structs of the room that returns them. Exceptions stay inside drivers and
// start-up code; none crosses a room (ADR 0002). Test first, then take with `*result`; `value()`, which
// would throw, does not compile for our error types.
#pragma once

#include <boost/system/result.hpp>

namespace warp {

template <class T, class E>
using Result = boost::system::result<T, E>;

}  // namespace warp
