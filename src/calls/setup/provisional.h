// Provisional: 18x on their way to the caller, reliable where it and its policy want that (RFC 3262 §3), and
// the PRACKs for them.
//
// One reliable response is open at a time, the next wait for its PRACK; so does a 2xx when the open one has a
// description. Without PRACK for 64*T1 the call fails with 504.
#pragma once

#include "early.h"

namespace warp::calls {

// What the caller's INVITE says of it: extensions, UPDATE, 100rel.
void note_caller(Call& call);
// The same of the far end that is to be tried: what we offer it. Before its INVITE is written.
void choose_far_options(Call& call);

// Sends a far end's 18x on. `far_reliable`: it came reliably.
void send_progress(Context& context, Call& call, Progress progress, bool far_reliable);

// Must the 2xx wait for a PRACK? It is then sent by that.
bool hold_answer(Call& call);

// A PRACK or UPDATE in an early dialog, of either side. False: it is none.
bool on_early_request(Context& context, Call& call, Side side, sip::TransactionId id,
                      const sip::Message& request, const sip::Flow& from);
// A PRACK after our 2xx, for the response that this overtook.
void on_late_prack(Context& context, Call& call, Side side, sip::TransactionId id,
                   const sip::Message& request, const sip::Flow& from);

}  // namespace warp::calls
