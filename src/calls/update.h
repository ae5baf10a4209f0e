// UPDATE (RFC 3311): a session changed without an INVITE, in early dialogs and confirmed ones.
//
// One with a description is carried end to end: as UPDATE to a peer that allows it, as re-INVITE to one that
// does not once the call is up, else refused (488). One without is answered here: a target or session
// refresh is the business of one leg. Glare as §5.2 says: 491 when an offer of ours to that peer is open, 500
// with Retry-After when one of its own is.
#pragma once

#include "call.h"
#include "context.h"
#include "outgoing.h"

namespace warp::calls {

// Has the leg's peer listed UPDATE in an Allow?
inline bool peer_allows_update(const Leg& leg) {
  return leg.allows_update;
}
// Learns that from any request or response of the leg's peer that has an Allow.
void note_allowed(Leg& leg, const sip::Message& message);

// Sends an UPDATE of our own in the leg's confirmed dialog (a session refresh: `parts` without body, with
// the timer's headers as `extra`). Whoever calls says what it is for: CallTable::expect with a purpose of its
// own. 0: there is no dialog, or it could not be written.
sip::TransactionId send_update(Context& context, Call& call, Side side, const RequestParts& parts);

// An UPDATE in a confirmed dialog. (For early dialogs: setup/provisional.h finds them.)
void on_update(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
               const sip::Flow& from);
// The same in an early dialog: with the caller under `tag`, or with the fork that sent the request.
void on_early_update(Context& context, Call& call, Side side, Tag tag, sip::TransactionId id,
                     const sip::Message& request, const sip::Flow& from);
// An offer in such a dialog, by UPDATE or in a PRACK: carried to the other side's early dialog, or refused.
void carry_early_offer(Context& context, Call& call, Side side, Tag tag, sip::TransactionId id,
                       const sip::Message& request, const sip::Flow& from);
// Answers to one that was carried through (Purpose::Update), as UPDATE or as re-INVITE.
void on_update_response(Context& context, Call& call, sip::TransactionId id, const sip::Message& response);
void on_update_failed(Context& context, Call& call, sip::TransactionId id);
// It was challenged and went out again, as `next`, on that side's leg.
void update_sent_again(Call& call, Side side, sip::TransactionId id, sip::TransactionId next,
                       std::uint32_t cseq);

// Is an offer on its way by UPDATE? Then a re-INVITE meets 491 (or 500, from the same side).
bool update_pending(const Call& call);
// The call ends: the asker is told, the answer not awaited.
void settle_update(Context& context, Call& call);

}  // namespace warp::calls
