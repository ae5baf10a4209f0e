// Flows as the kernel's maps have them.
#pragma once

#include "path.h"
#include "relay_map.h"
#include "routes.h"

namespace warp::media {

relay_key key_of(const domain::SocketAddress& local);
relay_flow value_of(const KernelFlow& flow, const Route& route, std::uint32_t counter);
// Back again; the route is not asked for.
KernelFlow flow_of(const relay_key& key, const relay_flow& value);
KernelCounters counters_of(const relay_count& count);

}  // namespace warp::media
