// Charge: the money of one call: held before it is tried, extended while it lasts, taken with its record.
#pragma once

#include <chrono>

#include "warp/domain/text_fields.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

// After the decision, before the first attempt. True: the call was refused, or waits in Trying, and then
// verify_and_go() (stages.h) takes it up again.
bool hold_for_charge(Context& context, Call& call);
// It is up: what is held covers it for a time, and is extended ahead of its end. Also when it came to this
// shard or this process in the midst.
void charge_answered(Context& context, Call& call);
// The record has its prices; the final one is about to be written. Once a call, answered or not.
void charge_ended(Context& context, Call& call);
// The same of a call that an earlier process answered and nobody goes on with.
void charge_orphan(Context& context, domain::CallRecord& record);

// A call is never priced for longer than what was held for it covers.
std::chrono::microseconds chargeable(const domain::Charge& charge, std::chrono::microseconds lasted);

// The hold of a call in its state text.
void charge_saved(domain::TextFieldWriter& out, const Call& call);
domain::Hold charge_restored(domain::TextFieldReader& in);

}  // namespace warp::calls
