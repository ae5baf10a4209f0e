// Switching: a fax that is heard in the audio of a call is carried as the policies of its sides want it
// (docs/media/fax.md), by re-INVITEs of our own: T.38 to each side that is to have it, then G.711 to each
// side that is left with what compresses. One offer at a time; a side that refuses keeps what it has. T.38 on
// one side alone meets the gateway of the media engine.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

void on_fax_tone(Context& context, Call& call);
// Answers to our offers, retransmitted 2xx included.
void on_fax_response(Context& context, Call& call, Side side, sip::TransactionId id,
                     const sip::Message& response);
void on_fax_failed(Context& context, Call& call, sip::TransactionId id);
// An offer of ours runs: offers of others must wait.
bool offers_fax(const Call& call);
// The call ends, or leaves this shard.
void drop_fax(Context& context, Call& call);

}  // namespace warp::calls
