#include "warp/calls/call_engine.h"

#include <utility>

#include "warp/sip/message/uri.h"

#include "announce/announcing.h"
#include "announce/recording.h"
#include "answering.h"
#include "attempts.h"
#include "capabilities.h"
#include "challenges.h"
#include "channels.h"
#include "context.h"
#include "ending.h"
#include "fax/switching.h"
#include "front_door.h"
#include "in_dialog.h"
#include "intake.h"
#include "live_view.h"
#include "outgoing.h"
#include "recording/requests.h"
#include "recovery.h"
#include "reinvite.h"
#include "responses.h"
#include "session_timer.h"
#include "survival.h"
#include "transfer.h"
#include "transfer/attended.h"
#include "transfer/handover.h"
#include "transfer/replacing.h"
#include "update.h"

namespace warp::calls {

using domain::Reason;

namespace {

// An OPTIONS outside of dialogs is asked of us whatever its Request-URI says, as long as that is an address.
void take_options(Context& context, sip::TransactionId id, const sip::Message& request,
                  const sip::Flow& from) {
  if (context.admission.load(std::memory_order_relaxed) == Admission::Draining)
    return refuse(context, id, request, from, Reason::NotReady, 503);
  if (!sip::Uri::parse(request.request_uri()))
    return refuse(context, id, request, from, Reason::MessageMalformed, 416);
  if (const auto missing = unsupported_options(request, kAllOptions); !missing.empty())
    return refuse_required(context, id, request, from, missing);
  respond(context, id, request, from, {.capabilities = true});
}

}  // namespace

struct CallEngine::Impl {
  Impl(const Dependencies& dependencies, unsigned shard, Settings settings)
      : context(dependencies, shard, std::move(settings)) {}
  ~Impl() {
    // The wheel outlives us, and knows calls by address.
    context.table.each([this](Call& call) {
      context.wheel.cancel(call.max_duration_timer);
      context.wheel.cancel(call.charge_timer);
      context.wheel.cancel(call.settle_timer);
      stop_announcements(context, call);
      forget_recording(context, call);
      drop_fax(context, call);
      for (Leg& leg : call.legs)
        if (leg.timer) context.wheel.cancel(leg.timer->due);
      if (!call.setup) return;
      context.wheel.cancel(call.setup->attempt.no_reply);
      context.wheel.cancel(call.setup->attempt.no_answer);
    });
    for (const auto& [tag, dialog] : context.recorders.live)
      context.wheel.cancel(dialog->timer);
  }

  void on_new_request(sip::TransactionId id, const sip::Message& request, const sip::Flow& from);
  void on_far_invite(Call& call, const sip::Message& response, const sip::Flow& from);
  void on_lost(sip::TransactionId id, Reason reason);

  Context context;
};

CallEngine::CallEngine(const Dependencies& dependencies, unsigned shard, Settings settings)
    : impl_(std::make_unique<Impl>(dependencies, shard, std::move(settings))) {
  dependencies.transactions.set_user(*this);
}

CallEngine::~CallEngine() = default;

// A request without To tag.
void CallEngine::Impl::on_new_request(sip::TransactionId id, const sip::Message& request,
                                      const sip::Flow& from) {
  switch (request.method()) {
    case sip::Method::Invite:
      return take_invite(context, id, request, from);
    case sip::Method::Options:
      return take_options(context, id, request, from);
    case sip::Method::Bye:
    case sip::Method::Info:
    case sip::Method::Update:
    case sip::Method::Prack:
    case sip::Method::Notify:
      context.metrics.strays.add();
      return refuse(context, id, request, from, Reason::DialogUnknown, 481);
    case sip::Method::Ack:
    case sip::Method::Cancel:
      return;
    case sip::Method::Register:
    case sip::Method::Message:
    case sip::Method::Refer:
    case sip::Method::Subscribe:
    case sip::Method::Publish:
    case sip::Method::Other:
      return refuse(context, id, request, from, Reason::MethodNotAllowed, 405);
  }
}

void CallEngine::on_request(sip::TransactionId id, const sip::Message& request, const sip::Flow& from) {
  impl_->context.table.sweep();
  if (request.to().tag.empty()) return impl_->on_new_request(id, request, from);
  if (on_recorder_request(impl_->context, id, request, from)) return;
  on_in_dialog(impl_->context, id, request, from);
}

void CallEngine::on_cancel(sip::TransactionId invite, const sip::Message& cancel) {
  Context& context = impl_->context;
  context.table.sweep();
  const Transaction* transaction = context.table.find_transaction(invite);
  if (transaction == nullptr || transaction->call == nullptr) return;
  Call& call = *transaction->call;
  if (transaction->purpose == Purpose::AskedReinvite) return cancel_reinvite(context, call, cancel);
  if (transaction->purpose == Purpose::AskedReplacing) return cancel_replacing(context, call, cancel);
  if (transaction->purpose != Purpose::CallerInvite) return;
  fail_cancelled(context, call, cancel);
}

void CallEngine::on_ack(const sip::Message& ack, const sip::Flow&) {
  Context& context = impl_->context;
  context.table.sweep();
  if (on_recorder_ack(context, ack)) return;
  const LegRef* found = context.table.find_tag(ack.to().tag);
  if (found == nullptr || found->call == nullptr) return;
  Call& call = *found->call;
  const Side side = found->side;
  const Leg& leg = call.leg(side);
  if (!leg.dialog || !leg.dialog->matches(ack)) return;
  if (on_replacing_ack(call, side, ack)) return;
  if (on_reinvite_ack(context, call, side, ack)) return;
  if (side == Side::Caller) on_caller_ack(context, call, ack);
}

void CallEngine::Impl::on_far_invite(Call& call, const sip::Message& response, const sip::Flow& from) {
  switch (call.state) {
    case State::Trying:
    case State::Ringing:
      if (response.status() < 200) return on_provisional(context, call, response, from);
      if (response.status() < 300) return on_answer(context, call, response, from);
      return on_rejected(context, call, response);
    case State::Answering:
    case State::Confirming:
    case State::Up:
    case State::Closing:
      if (response.status() >= 200 && response.status() < 300) on_answer_again(context, call, response, from);
      return;
    case State::Ended:
      return;
  }
}

void CallEngine::on_response(sip::TransactionId id, const sip::Message& response, const sip::Flow& from) {
  Context& context = impl_->context;
  context.table.sweep();
  const Transaction* known = context.table.find_transaction(id);
  if (known == nullptr) {
    // Of an INVITE whose call is over, or whose first 2xx was turned down: another fork, or a copy.
    const LegRef* leg = context.table.find_tag(response.from().tag);
    const bool over = leg == nullptr || leg->call == nullptr;
    if (over && response.cseq().method == sip::Method::Invite && response.status() / 100 == 2)
      reject_answer(context, response, from, {Reason::NormalClearing});
    return;
  }
  if (context.settings.overload.ask_far_ends) hear_load(context, response, from);
  const Transaction transaction = *known;
  if (answer_challenge(context, id, transaction, response, from)) return;
  switch (transaction.purpose) {
    case Purpose::FarInvite:
      return impl_->on_far_invite(*transaction.call, response, from);
    case Purpose::Reinvite:
      return on_reinvite_response(context, *transaction.call, transaction.side, id, response);
    case Purpose::Update:
      return on_update_response(context, *transaction.call, id, response);
    case Purpose::Relayed:
      return on_relayed_response(context, *transaction.call, id, response);
    case Purpose::Refresh:
      return on_refresh_response(context, *transaction.call, transaction.side, id, response);
    case Purpose::Join:
      return on_join_response(context, *transaction.call, id, response);
    case Purpose::Merge:
      return on_merge_response(context, *transaction.call, transaction.side, id, response);
    case Purpose::Fax:
      return on_fax_response(context, *transaction.call, transaction.side, id, response);
    case Purpose::Probe:
      return on_probe_response(context, *transaction.call, transaction.side, id, response);
    case Purpose::AbandonedInvite:
      if (response.status() < 200) return;
      context.table.forget(id);
      if (response.status() < 300) reject_answer(context, response, from, {transaction.reason});
      return;
    case Purpose::Prack:
      if (response.status() >= 200) context.table.forget(id);
      return;
    case Purpose::Recorder:
      return on_recorder_response(context, transaction.tag, id, response, from);
    case Purpose::Bye:
      if (response.status() < 200) return;
      context.table.forget(id);
      return context.table.unbind(transaction.tag);
    case Purpose::CallerInvite:
    case Purpose::AskedReinvite:
    case Purpose::AskedReplacing:
      return;
  }
}

void CallEngine::Impl::on_lost(sip::TransactionId id, Reason reason) {
  context.table.sweep();
  context.sent.erase(id);
  const Transaction* known = context.table.find_transaction(id);
  if (known == nullptr) return;
  const Transaction transaction = *known;
  switch (transaction.purpose) {
    case Purpose::FarInvite:
      // After the answer only the end of its retransmissions is reported: nothing is lost.
      if (transaction.call->state == State::Trying || transaction.call->state == State::Ringing)
        return on_attempt_failed(context, *transaction.call, {0, reason});
      return;
    case Purpose::Reinvite:
      return on_reinvite_failed(context, *transaction.call, id);
    case Purpose::Update:
      return on_update_failed(context, *transaction.call, id);
    case Purpose::Relayed:
      return on_relayed_failed(context, *transaction.call, id);
    case Purpose::Refresh:
      return on_refresh_failed(context, *transaction.call, transaction.side, id);
    case Purpose::Join:
      return on_join_failed(context, *transaction.call, id);
    case Purpose::Merge:
      return on_merge_failed(context, *transaction.call, transaction.side, id);
    case Purpose::Fax:
      return on_fax_failed(context, *transaction.call, id);
    case Purpose::Probe:
      return on_probe_failed(context, *transaction.call, transaction.side, id);
    case Purpose::Recorder:
      return on_recorder_lost(context, transaction.tag, id, reason);
    case Purpose::AbandonedInvite:
    case Purpose::Prack:
      return context.table.forget(id);
    case Purpose::Bye:
      context.table.forget(id);
      return context.table.unbind(transaction.tag);
    case Purpose::CallerInvite:
    case Purpose::AskedReinvite:
    case Purpose::AskedReplacing:
      return;
  }
}

void CallEngine::on_timeout(sip::TransactionId id) {
  impl_->on_lost(id, Reason::FarEndTimeout);
}

void CallEngine::on_transport_error(sip::TransactionId id) {
  impl_->on_lost(id, Reason::FarEndUnreachable);
}

void CallEngine::on_stray_response(const sip::Message& response, const sip::Flow& from) {
  Context& context = impl_->context;
  context.table.sweep();
  context.metrics.strays.add();
  // A late copy of an answer whose call is up is ACKed again. Others are dropped: answering them would let
  // anybody have requests sent to whatever Contact a forged response names.
  const LegRef* found = context.table.find_tag(response.from().tag);
  if (found == nullptr || found->call == nullptr || response.cseq().method != sip::Method::Invite) return;
  Leg& leg = found->call->leg(found->side);
  if (leg.acked && leg.dialog && leg.dialog->matches(response) && response.cseq().number == leg.invite_cseq)
    on_answer_again(context, *found->call, response, from);
}

bool CallEngine::wants(std::string_view bytes, const sip::Flow& from) {
  return calls::wants(impl_->context, bytes, from);
}

bool CallEngine::passes(const sip::Message& message, const sip::Flow& from) {
  if (pass_on(impl_->context, message, from)) return false;
  return calls::passes(impl_->context, message, from);
}

void CallEngine::on_queue_delay(std::chrono::nanoseconds delay) {
  note_queue_delay(impl_->context, delay);
}

void CallEngine::set_admission(Admission admission) {
  impl_->context.admission.store(admission, std::memory_order_relaxed);
}

Admission CallEngine::admission() const {
  return impl_->context.admission.load(std::memory_order_relaxed);
}

void CallEngine::set_max_calls(std::size_t of_this_shard) {
  impl_->context.max_calls.store(of_this_shard, std::memory_order_relaxed);
}

std::size_t CallEngine::active_calls() const {
  return impl_->context.active.load(std::memory_order_relaxed);
}

void CallEngine::end_all(Reason reason) {
  Context& context = impl_->context;
  context.table.sweep();
  for (const std::uint64_t serial : context.table.serials())
    if (Call* call = context.table.find(serial)) terminate(context, *call, reason);
}

bool CallEngine::end(CallId call, Reason reason) {
  Context& context = impl_->context;
  context.table.sweep();
  Call* found = find_live(context.table, call);
  if (found == nullptr) return false;
  terminate(context, *found, reason);
  return true;
}

RecordingBegun CallEngine::record(CallId call, const RecordingWish& wish) {
  Context& context = impl_->context;
  context.table.sweep();
  Call* found = find_live(context.table, call);
  return found == nullptr ? RecordingBegun{} : begin_recording(context, *found, wish);
}

RecordingAnswer CallEngine::stop_recording(CallId call) {
  Context& context = impl_->context;
  context.table.sweep();
  Call* found = find_live(context.table, call);
  return found == nullptr ? RecordingAnswer::NoSuchCall
                          : end_recording(context, *found, domain::RecordingStop::Asked);
}

std::vector<LiveCall> CallEngine::live(const LiveFilter& filter) const {
  return live_calls(impl_->context.table, filter);
}

std::size_t CallEngine::audit_limits() {
  impl_->context.table.sweep();
  return audit_channels(impl_->context);
}

void CallEngine::recover(Orphan orphan) {
  impl_->context.table.sweep();
  recover_orphan(impl_->context, std::move(orphan));
}

void CallEngine::run(const std::function<void(Context&)>& work) {
  impl_->context.table.sweep();
  work(impl_->context);
}

}  // namespace warp::calls
