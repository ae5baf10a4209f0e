// Attempts: the candidates of a call, one after the other, until one answers or none is left.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// The next candidate that can be tried; refuses the caller when none is left.
void try_next(Context& context, Call& call);

// The INVITE of an attempt that was held (authenticity.h) leaves.
void resume_attempt(Context& context, Call& call, std::string_view called, std::string_view body);

// Answers of the attempt that runs.
void on_provisional(Context& context, Call& call, const sip::Message& response, const sip::Flow& from);
void on_rejected(Context& context, Call& call, const sip::Message& response);
void on_attempt_failed(Context& context, Call& call, const Failure& failure);

// What a final answer of a far end (300..699) means.
Failure failure_of(const sip::Message& response);
// Is the next target worth trying after it? After 3xx, 401 and 407 it always is, since neither a redirect nor
// a challenge of a carrier is the caller's business; else as the failover codes of its policy say.
bool tries_next(const Setup& setup, const Failure& failure);

}  // namespace warp::calls
