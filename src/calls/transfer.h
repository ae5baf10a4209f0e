// Transfer: REFER (RFC 3515) carried out here, for a party whose policy says so.
//
// Blind: the transferor's trunk (or provider) calls the new party like any other call: screened, limited,
// routed, priced, with a record of its own. When it answers, the party that stays is joined to it by a
// re-INVITE and the transferor gets a BYE. The first call goes on being charged, to whom it was, and ends
// with the second one. With Replaces in the Refer-To the second call is one that is answered already:
// transfer/attended.h.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

inline constexpr std::string_view kReferredBy = "Referred-By";  // RFC 3892

void on_refer(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
              const sip::Flow& from);

// What the new call has to say on its way; nothing for a call that no transfer made.
void tell_progress(Context& context, Call& made, std::uint16_t status, std::string_view description);
void tell_failure(Context& context, Call& made, std::uint16_t status);
// The new party answered and its draft is durable. False: no transfer made this call.
bool join_transferred(Context& context, Call& made);
void on_join_response(Context& context, Call& made, sip::TransactionId id, const sip::Message& response);
void on_join_failed(Context& context, Call& made, sip::TransactionId id);

// The transferor leaves before the new party answered: the other side is kept. False: no transfer runs.
bool leave_transfer(Context& context, Call& call, Side side);
// A call that is released takes along the one that a transfer tied to it.
void part_transfer(Context& context, Call& call);

// Parties are being joined, or one is being replaced: offers of others must wait.
bool joining(const Call& call);

// What a side said last of its media, kept while a side may refer the other elsewhere.
void note_heard(Call& call, Side side, std::string_view description);
void note_heard_at_answer(Call& call, const sip::Message& response);

}  // namespace warp::calls
