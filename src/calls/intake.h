// Intake: from an INVITE on the wire to a call that is being tried, or a refusal.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

void take_invite(Context& context, sip::TransactionId id, const sip::Message& request, const sip::Flow& from);

}  // namespace warp::calls
