// The ladder of a call: who sent what to whom, a line a message.
#pragma once

#include <string>

#include "ctl/session.h"

namespace warp::ctl {

// `trace`: a list of messages, or an object with `messages`; each has a time (`at`), `from`, `to` and its
// text
// (`text`, or `first_line`). Parties stand in the order they first appear.
std::string ladder_of(const Json& trace);

}  // namespace warp::ctl
