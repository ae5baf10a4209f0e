// The ladder of a call: who sent what to whom, a line a message.
#pragma once

#include <string>

#include "ctl/session.h"

namespace warp::ctl {

// `trace`: what GET /calls/{id}/trace answers: `messages`, each with its time (`at`), whether the platform
// `sent` it, the other side (`remote`) and its `text`. Parties stand in the order they first appear.
std::string ladder_of(const Json& trace);

}  // namespace warp::ctl
