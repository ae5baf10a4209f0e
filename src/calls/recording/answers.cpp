#include <utility>

#include "announce/recording.h"
#include "multipart.h"
#include "outgoing.h"
#include "recording/requests.h"
#include "responses.h"
#include "status.h"
#include "survival.h"

namespace warp::calls {

using domain::Reason;
using std::chrono::milliseconds;

namespace {

constexpr std::uint16_t kProxyWantsCredentials = 407;
constexpr milliseconds kGlareLeast{2100};  // RFC 3261 §14.1: who made the Call-ID
constexpr std::uint64_t kGlareSpread = 1900;

void acknowledge(Context& context, RecorderDialog& dialog, std::uint32_t cseq) {
  dialog.acked = cseq;
  Leg leg;  // of what it sends alone
  leg.dialog = *dialog.dialog;
  leg.invite_cseq = cseq;
  send_ack(context, leg);
}

Reason reason_of(const sip::Message& response) {
  const auto status = response.status();
  if (status == kUnauthorized || status == kProxyWantsCredentials) return Reason::FarEndChallenged;
  return status == kTimedOut ? Reason::FarEndTimeout : Reason::FarEndRejected;
}

void on_recorder_answer(Context& context, RecorderDialog& dialog, const sip::Message& response,
                        const sip::Flow& from) {
  context.wheel.cancel(dialog.timer);
  dialog.dialog = sip::Dialog::as_uac(response, dialog.own_uri, dialog.uri, dialog.contact,
                                      response.cseq().number, dialog.flow.reliable() ? from : dialog.flow);
  acknowledge(context, dialog, response.cseq().number);
  Call* call = recorded_call(context, dialog);
  if (call == nullptr) return leave_recorder(context, dialog, Reason::NormalClearing);
  const auto description = sdp::parse(description_of(response));
  if (!description) return on_recorder_failed(context, dialog, Reason::FarEndMalformed);
  if (!follow_recorder(context, *call, *description))
    return on_recorder_failed(context, dialog, Reason::MediaUnsupported);
  Siprec& siprec = *call->recorded->siprec;
  siprec.saved = dialog.dialog->serialize();
  recorder_accepted(context, *call);
  context.log.info("calls.recorder_took_call", {{"call", call->record.call},
                                                {"recorder", siprec.recorder},
                                                {"host", siprec.target->destination.host}});
  // And tells what has changed since the INVITE left.
  persist(context, *call);
}

void catch_up(Context& context, Tag tag) {
  RecorderDialog* dialog = context.recorders.find(tag);
  Call* call = dialog != nullptr ? recorded_call(context, *dialog) : nullptr;
  if (call != nullptr) tell_recorder(context, *call);
}

void on_update_answered(Context& context, RecorderDialog& dialog, const sip::Message& response) {
  dialog.dialog->refresh_target(response);
  acknowledge(context, dialog, response.cseq().number);
  Call* call = recorded_call(context, dialog);
  if (call == nullptr) return leave_recorder(context, dialog, Reason::NormalClearing);
  const auto description = sdp::parse(description_of(response));
  if (description && !follow_recorder(context, *call, *description))
    return on_recorder_failed(context, dialog, Reason::MediaUnsupported);
  call->recorded->siprec->saved = dialog.dialog->serialize();
  persist(context, *call);
}

void on_update_refused(Context& context, RecorderDialog& dialog, const sip::Message& response) {
  const std::uint16_t status = response.status();
  if (status == kUnknownDialog || status == kTimedOut)
    return on_recorder_failed(context, dialog, Reason::FarEndCallGone, status);
  Call* call = recorded_call(context, dialog);
  if (call == nullptr) return;
  call->recorded->siprec->whole = true;
  if (status != kRequestPending) {
    context.log.warning("calls.recorder_refused_update", {{"call", call->record.call}, {"status", status}});
    return;
  }
  const milliseconds wait = kGlareLeast + milliseconds(context.ids.next64() % kGlareSpread);
  dialog.timer = context.wheel.arm(wait, [&context, tag = dialog.tag] {
    if (RecorderDialog* live = context.recorders.find(tag)) live->timer = {};
    catch_up(context, tag);
  });
}

}  // namespace

void on_recorder_response(Context& context, Tag tag, sip::TransactionId id, const sip::Message& response,
                          const sip::Flow& from) {
  if (response.status() < 200) return;
  RecorderDialog* dialog = context.recorders.find(tag);
  if (dialog == nullptr || response.cseq().method != sip::Method::Invite) return context.table.forget(id);
  const bool good = response.status() < 300;
  const std::uint32_t cseq = response.cseq().number;
  if (!dialog->asking) {
    // A copy of a 2xx whose ACK was lost.
    if (good && dialog->dialog && dialog->dialog->matches(response) && cseq == dialog->acked)
      acknowledge(context, *dialog, cseq);
    return;
  }
  dialog->asking = false;
  if (!good) context.table.forget(id);
  if (!dialog->dialog)
    return good ? on_recorder_answer(context, *dialog, response, from)
                : on_recorder_failed(context, *dialog, reason_of(response), response.status());
  if (good)
    on_update_answered(context, *dialog, response);
  else
    on_update_refused(context, *dialog, response);
  if (RecorderDialog* live = context.recorders.find(tag); live != nullptr && live->behind)
    catch_up(context, tag);
}

void on_recorder_lost(Context& context, Tag tag, sip::TransactionId id, Reason reason) {
  context.table.forget(id);
  RecorderDialog* dialog = context.recorders.find(tag);
  // After an answer only the end of its copies is told.
  if (dialog == nullptr || dialog->invite != id || !dialog->asking) return;
  dialog->asking = false;
  on_recorder_failed(context, *dialog, reason);
}

}  // namespace warp::calls
