// Stages: what a call goes through between its screening and its first attempt: look-up, decision, charge,
// verification. Each may refuse it, or let it wait in Trying; whoever let it wait calls the stage after its
// own. At the end of each the call is tried, waits, or is over.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

void look_up_and_go(Context& context, Call& call);
void decide_and_go(Context& context, Call& call);
void verify_and_go(Context& context, Call& call);  // emergency calls begin here

}  // namespace warp::calls
