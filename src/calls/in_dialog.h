// In-dialog: requests within an established call, from either side: answered here or carried to the other.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// A request with a To tag.
void on_in_dialog(Context& context, sip::TransactionId id, const sip::Message& request,
                  const sip::Flow& from);
// Answers of what was carried through with it.
void on_relayed_response(Context& context, Call& call, sip::TransactionId id, const sip::Message& response);
// The other side said nothing, or could not be reached.
void on_relayed_failed(Context& context, Call& call, sip::TransactionId id);

}  // namespace warp::calls
