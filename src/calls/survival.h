// Survival: an answered call is written down such that the process after this one can go on with it.
//
// The state is in the journal from the answer on, and again whenever it changes in a way that matters: a new
// offer and answer, a target refresh, a session refresh. Reviving takes the same media ports, counts the
// charge by the wall clock over the gap, leaves out CSeq numbers that the dead process may have used, and
// asks both far ends by OPTIONS whether they are still in the call.
#pragma once

#include <string>
#include <string_view>

#include "warp/calls/survival.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

// Tells the journal how the call stands now; nothing before the answer is durable.
void persist(Context& context, Call& call);
// Once symmetric media had the time to show where it comes from.
void persist_when_settled(Context& context, Call& call);

// Both dialogs of any state that was ever written; empty when it cannot be read.
struct Legs {
  std::optional<sip::Dialog> caller, callee;
};
Legs restore_legs(std::string_view state);

// Goes on with the call of an orphan. False: it is too old, or cannot be gone on with, and nothing was done.
bool revive(Context& context, Orphan& orphan);
// Nobody waits for what was asked for the call any more, and it is not sent again.
void settle_probes(Context& context, Call& call);
void probe_sent_again(Call& call, sip::TransactionId before, sip::TransactionId now);
void on_probe_response(Context& context, Call& call, Side side, sip::TransactionId id,
                       const sip::Message& response);
void on_probe_failed(Context& context, Call& call, Side side, sip::TransactionId id);

}  // namespace warp::calls
