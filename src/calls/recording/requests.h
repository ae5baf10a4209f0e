// What we send to recorders, and what comes back.
#pragma once

#include "call.h"
#include "context.h"
#include "recording/siprec.h"

namespace warp::calls {

// A dialog towards `target`, not yet begun. Null: nothing leads there.
std::unique_ptr<RecorderDialog> dial_recorder(Context& context, const Call& call,
                                              const RecorderTarget& target,
                                              const sip::LocatedTarget& address);
// Its INVITE. False: it could not be written or sent.
bool invite_recorder(Context& context, RecorderDialog& dialog, const RecorderBody& body);
bool reinvite_recorder(Context& context, RecorderDialog& dialog, const RecorderBody& body);
// CANCEL or BYE; the dialog is gone then.
void leave_recorder(Context& context, RecorderDialog& dialog, domain::Reason reason);

// The call of a dialog, as long as it is recorded by it; null: it is over.
Call* recorded_call(Context& context, const RecorderDialog& dialog);
RecorderBody update_for(Context& context, Call& call, const siprec::Metadata& metadata);

void on_recorder_response(Context& context, Tag tag, sip::TransactionId id, const sip::Message& response,
                          const sip::Flow& from);
void on_recorder_lost(Context& context, Tag tag, sip::TransactionId id, domain::Reason reason);
// The request was challenged, and went out again.
void recorder_asked_again(Context& context, Tag tag, sip::TransactionId next, sip::Method method,
                          std::uint32_t cseq);

// A request, or an ACK, within such a dialog. False: it is none.
bool on_recorder_request(Context& context, sip::TransactionId id, const sip::Message& request,
                         const sip::Flow& from);
bool on_recorder_ack(Context& context, const sip::Message& ack);

}  // namespace warp::calls
