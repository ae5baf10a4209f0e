// Attended transfer: REFER with Replaces (RFC 3891, RFC 5589), where both calls of the transferor are ours.
//
// The party of the first call gets a re-INVITE with what the party of the second said last, that one a
// re-INVITE with the answer. Then the first party's dialog takes the transferor's place in the second call,
// whose media session serves it from now on; the first call is left with its record, and ends with the second
// (docs/adr/0027). Who refuses leaves all as it was: a first party that had accepted gets its former session
// back by one more re-INVITE.
#pragma once

#include "call.h"
#include "context.h"
#include "transfer/replaces.h"

namespace warp::calls {

// The policy was asked, and `call` is not busy. The named call may have to come from another shard.
void refer_attended(Context& context, Call& call, Side side, sip::TransactionId id,
                    const sip::Message& request, const sip::Flow& from, const DialogName& name);

// The call that the Replaces names was asked for on its shard. `call`: null when it ended meanwhile; not
// `available`: the named one is busy.
void refer_fetched(Context& context, Call* call, Side side, const Owed& refer, const DialogName& name,
                   bool available);

// Answers to re-INVITEs of Purpose::Merge.
void on_merge_response(Context& context, Call& call, Side side, sip::TransactionId id,
                       const sip::Message& response);
void on_merge_failed(Context& context, Call& call, Side side, sip::TransactionId id);

// One of the two calls ended before they were joined: `gone` was its tie.
void part_attended(Context& context, Call& left, const Transfer& gone);

}  // namespace warp::calls
