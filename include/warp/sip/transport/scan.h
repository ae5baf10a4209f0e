// Cheap looks at a datagram before it is parsed.
#pragma once

#include <string_view>

namespace warp::sip {

// The value of the first Call-ID header (long or compact name), trimmed; empty when there is none before the
// end of the headers. Agrees with Message::call_id() for every message that parses.
std::string_view find_call_id(std::string_view datagram);

// An ACK to an answer whose To tag is a stateless_tag(): no transaction waits for it. False whenever its To
// is written in an unusual way; never true of a message that the parser reads otherwise.
bool is_stateless_ack(std::string_view datagram);

// Nothing to parse: only CR, LF, NUL or blanks (RFC 5626 §3.5.1 and common habits), or a STUN packet.
bool is_keep_alive(std::string_view datagram);

}  // namespace warp::sip
