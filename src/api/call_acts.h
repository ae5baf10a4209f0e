// What acts on single calls share: the call as it is, and the note of who did what to it.
#pragma once

#include "services.h"

namespace warp::api {

// The call of the path, when the caller may see it.
boost::asio::awaitable<Outcome<ActiveCall>> find_call(Services& services, const Call& call);
// The same for who is about to do `event` to it: noted in the audit trail, or refused when it cannot be.
boost::asio::awaitable<Outcome<ActiveCall>> claim_call(Services& services, const Call& call,
                                                       const char* event);
void add_call_recordings(EndpointTable& table, Services& services);

}  // namespace warp::api
