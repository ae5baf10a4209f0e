// The session description of a message, alone or beside other parts.
#pragma once

#include <string_view>

#include "warp/sip/message/body_parts.h"
#include "warp/sip/message/message.h"

namespace warp::calls {

using sip::find_part;

// The body, or the part of it; empty when there is none.
std::string_view description_of(const sip::Message& message);

}  // namespace warp::calls
