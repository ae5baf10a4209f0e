// What acts on single calls share: the call as it is, and the note of who did what to it.
#pragma once

#include "services.h"

namespace warp::api {

// The call of the path, when the caller may see it.
boost::asio::awaitable<Outcome<ActiveCall>> find_call(Services& services, const Call& call);
// Into the audit trail; a Failure when that cannot be.
boost::asio::awaitable<std::optional<Failure>> note_call(Services& services, const Call& call,
                                                         CustomerId whose, const char* event);
void add_call_recordings(EndpointTable& table, Services& services);

}  // namespace warp::api
