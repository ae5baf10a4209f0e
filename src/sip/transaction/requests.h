// The two requests that the INVITE client transaction writes by itself, from the INVITE that was sent.
#pragma once

#include <string>
#include <string_view>

#include "warp/sip/message/message.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

// ACK to a final answer other than 2xx (RFC 3261 §17.1.1.3); empty when `invite` is no message.
std::string build_ack(std::string_view invite, const Message& response);
// CANCEL (§9.1), with a Reason header when `reason` is not empty; empty when `invite` is no message.
std::string build_cancel(std::string_view invite, std::string_view reason);
// The branch of a request's top Via; empty when it is no message.
std::string branch_of(std::string_view request);

// Another transport and sent-by in the top Via of a request that Writer wrote; the branch stays. False when
// there is no such Via.
bool readdress(std::string& request, SipTransport transport, std::string_view sent_by);

}  // namespace warp::sip
