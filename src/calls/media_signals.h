// What the media of one side say that concerns the other side, or the call: digits between media and INFO,
// handshakes that failed.
#pragma once

#include <string_view>

#include "call.h"
#include "context.h"
#include "dtmf_info.h"

namespace warp::calls {

// A digit in the media of `from`, told when the other side's terms say INFO.
void on_heard_digit(Context& context, Call& call, Side from, const InfoDigit& digit);
// A digit that `from` sent by INFO: to the other side as that wants it. False: there is no digit in it, or
// neither INFO nor the media engine takes it there.
bool pass_info_digit(Context& context, Call& call, Side from, std::string_view type, std::string_view body);

// The keys of a side could not be agreed: the call ends.
void on_security_failed(Context& context, Call& call);

}  // namespace warp::calls
