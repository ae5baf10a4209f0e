// Diversion: where a call had gone before it came here (RFC 5806, RFC 7044). Read with caps, written anew:
// the number under our own host, reason, counter and privacy of Diversion; index, cause and the link of
// History-Info.
#pragma once

#include <string_view>

#include "warp/sip/message/body_parts.h"
#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"

#include "call.h"

namespace warp::calls {

using sip::param_of;

// The number that the call was diverted from last, into the record's facts.
void read_diverted(Call& call);

// What `request` brought, towards a side that may see it.
void add_diversion(sip::Writer& writer, const sip::Message& request, std::string_view own);
void add_history(sip::Writer& writer, const sip::Message& request, std::string_view own);

}  // namespace warp::calls
