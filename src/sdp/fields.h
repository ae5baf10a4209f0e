// Pieces that reading and writing of session descriptions share. Private to this room.
#pragma once

#include <optional>
#include <string_view>

#include "warp/sdp/session.h"

namespace warp::sdp {

// Takes the next field of `rest`, blanks around it dropped; empty at the end.
std::string_view next_field(std::string_view& rest);

// "IN IP4 224.2.1.1/127/3": the value of c=, or the tail of a=rtcp.
std::optional<Connection> read_connection(std::string_view value);

// Where a line of that type stands among those that this codec does not interpret (RFC 8866 §5); ranks below
// kAfterConnection come before c=, b= and t=.
constexpr int kAfterConnection = 4;
int rank_of(char type);
// v=, o=, s=, c=, b=, t=, a= and m=: never among the others.
bool is_interpreted(char type);

}  // namespace warp::sdp
