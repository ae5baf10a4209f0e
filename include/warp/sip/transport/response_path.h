// How responses travel back: RFC 3261 §18.2 with RFC 3581, and answers without a transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/sip/message/brief.h"
#include "warp/sip/message/message.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

// From the listener that the request came to; to the address and port that it came from when its Via asks
// for rport, else to that address and the port of Via's sent-by (the default one when absent). Over a stream:
// by the connection of the request.
Flow reply_flow(const Via& top, const Flow& from);
inline Flow reply_flow(const Message& request, const Flow& from) {
  return reply_flow(request.via(), from);
}

// What Writer::response_to puts into the top Via. Both are set when rport is asked for; `received` alone
// when sent-by is not the address that the request came from.
struct ViaStamp {
  std::string received;
  std::uint16_t rport = 0;
};
ViaStamp via_stamp(const Via& top, const Flow& from);
inline ViaStamp via_stamp(const Message& request, const Flow& from) {
  return via_stamp(request.via(), from);
}

// A To tag that is the same for every retransmission of a request (RFC 3261 §8.2.7). It is no secret.
std::string stateless_tag(const Message& request);
std::string stateless_tag(const Brief& request);

// Writes a whole response without a body into `out`; `extra` is one more header when its name is not empty;
// an empty `to_tag` means stateless_tag(). False when the request is an ACK, or cannot be answered: then
// nothing must be sent.
struct ExtraHeader {
  std::string_view name, value;
};
bool write_stateless(std::string& out, const Message& request, const Flow& from, std::uint16_t status,
                     std::string_view phrase, ExtraHeader extra = {}, std::string_view to_tag = {});

}  // namespace warp::sip
