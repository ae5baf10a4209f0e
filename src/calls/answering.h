// Answering: from the far end's 2xx to a call that is up on both sides.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// The first 2xx of the attempt: takes it, writes the durable draft; the caller's 200 follows when that is
// done.
void on_answer(Context& context, Call& call, const sip::Message& response, const sip::Flow& from);
// Any further 2xx of the INVITE that was answered: the same again, or another fork.
void on_answer_again(Context& context, Call& call, const sip::Message& response, const sip::Flow& from);
void on_journalled(Context& context, Call& call, bool durable);
// The caller's ACK to our 200.
void on_caller_ack(Context& context, Call& call, const sip::Message& ack);

// Ends the call when so much time is over.
void arm_max_duration(Context& context, Call& call, std::chrono::milliseconds left);

}  // namespace warp::calls
