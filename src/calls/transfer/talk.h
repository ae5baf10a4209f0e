// Talk: what both kinds of transfer say: NOTIFYs to the transferor, descriptions for parties that have not
// heard each other yet.
#pragma once

#include <cstdint>
#include <string>

#include "call.h"
#include "context.h"

namespace warp::calls {

// The call at the other end of the tie; null: none.
Call* tied(Context& context, const Call& call);
// Nothing else may change the call now.
bool busy(const Call& call);
// message/sipfrag for the transferor; nothing when it left.
void notify(Context& context, Call& call, Side side, std::uint16_t status);
// The transferor goes: its BYE, and no timer looks for it any more.
void dismiss(Context& context, Call& call, Side side);
// The same without a BYE: it said so itself.
void let_go(Context& context, Call& call, Side side);

// As an offer: whoever was on hold, the new talk is not.
std::string fresh_offer(const std::string& heard);
// An offer: what `said` (of `speaker`, in a call whose media are those of `through`) becomes for who is at
// the other side of it, whose leg is `told` and own last description `known`: m-lines never become fewer.
// Empty: it cannot be carried.
std::string carried_description(Context& context, Call& through, Side speaker, const std::string& said,
                                const std::string& known, Leg& told);

// A re-INVITE of our own with that offer; what comes back goes to on_merge_response(). 0: it could not be
// sent.
sip::TransactionId send_offer(Context& context, Call& call, Side side, const std::string& offer);

}  // namespace warp::calls
