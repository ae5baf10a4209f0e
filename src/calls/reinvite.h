// Re-INVITE: a new offer and answer carried from one side to the other (hold, resume, codec change, refresh).
//
// One at a time a call: another from the other side meets 491, another from the same side 500 (RFC 3261
// §14.2). Nothing changes until the other side said 2xx; a refusal leaves the session as it was.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

void on_reinvite(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
                 const sip::Flow& from);
// Answers to the one that we sent on, retransmitted 2xx included.
void on_reinvite_response(Context& context, Call& call, Side answerer, sip::TransactionId id,
                          const sip::Message& response);
void on_reinvite_failed(Context& context, Call& call, sip::TransactionId id);
// The asker gave it up: so do we, and what the other side says to that is its answer.
void cancel_reinvite(Context& context, Call& call, const sip::Message& cancel);
// The asker's ACK. False: no re-INVITE waits for one on this side.
bool on_reinvite_ack(Context& context, Call& call, Side side, const sip::Message& ack);

}  // namespace warp::calls
