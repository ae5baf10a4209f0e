// The allocator of the process (ADR 47): jemalloc in warpd, but for builds with sanitizers or without the
// option WARP_JEMALLOC.
#pragma once

#include <string>

namespace warp::app {

// For people: "jemalloc 5.3.0", or "libc".
std::string allocator();

}  // namespace warp::app
