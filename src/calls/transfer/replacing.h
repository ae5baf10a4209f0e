// INVITE with Replaces (RFC 3891): its sender takes the place of the leg that it names. The side that stays
// gets its offer by a re-INVITE; its answer makes the 200, and the leg that was replaced gets a BYE. The call
// keeps its record. A refusal of the side that stays leaves the call as it was.
#pragma once

#include "authentication.h"
#include "call.h"
#include "context.h"
#include "transfer/replaces.h"

namespace warp::calls {

bool replaces(const sip::Message& invite);
// Of a sender that is known. Its policy decides.
void take_replacing(Context& context, sip::TransactionId id, const sip::Message& request,
                    const sip::Flow& from, const Sender& sender);
// The call that it names was asked for on its shard; not `available`: that one is busy.
void replace_fetched(Context& context, const Owed& invite, const Party& sender, const DialogName& name,
                     bool available);
void cancel_replacing(Context& context, Call& call, const sip::Message& cancel);

void on_replacing_response(Context& context, Call& call, Side side, sip::TransactionId id,
                           const sip::Message& response);
void on_replacing_failed(Context& context, Call& call, Side side, sip::TransactionId id);
// False: no new leg waits for one.
bool on_replacing_ack(Call& call, Side side, const sip::Message& ack);
// The call ends: the asker is told.
void settle_replacing(Context& context, Call& call);

}  // namespace warp::calls
