// Authenticity: STIR/SHAKEN of one call. On entry its Identity is verified as the caller's side wants it; on
// exit it goes on, or the call is signed, as the far side wants it. Without the port, and for a call without
// an Identity whose sides ask for nothing, this costs a branch.
#pragma once

#include <string>
#include <string_view>

#include "warp/sip/message/writer.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

// Before the first attempt. True: the call was refused, or waits in Trying and goes on by itself.
bool hold_for_verification(Context& context, Call& call);

// Before the INVITE of an attempt that is described leaves. True: it waits for its signature, and
// resume_attempt() (attempts.h) is called with what was given here.
bool hold_for_signature(Context& context, Call& call, std::string_view called, std::string_view body);

// ";verstat=…" behind `user` in a URI of the running attempt; empty: this side is not told, or the number is
// not the one that was verified.
std::string_view verstat_of(const Setup& setup, std::string_view user);
// Identity headers of the running attempt, and what a customer is told of the one that came.
void add_authenticity(sip::Writer& writer, const Setup& setup);

}  // namespace warp::calls
