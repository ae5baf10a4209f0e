#include "early.h"

#include <algorithm>

#include "warp/base/text.h"

#include "responses.h"
#include "update.h"

namespace warp::calls {

namespace {

// A call that ended with a reliable response open: its PRACK gets 200 for as long as one may come.
void await_late_prack(Context& context, Tag tag) {
  context.table.bind(tag, {nullptr, Side::Caller});
  context.wheel.arm(64 * context.settings.t1, [alive = std::weak_ptr(context.alive), &context, tag] {
    if (!alive.expired()) context.table.unbind(tag);
  });
}

}  // namespace

void EarlyDeleter::operator()(Early* early) const {
  delete early;
}

Early& early_of(Call& call) {
  Setup& setup = *call.setup;
  if (!setup.early) setup.early.reset(new Early);
  return *setup.early;
}

std::uint64_t far_key(const Attempt& attempt, std::string_view far_tag) {
  return (stable_hash(far_tag) ^ stable_hash(attempt.far_call_id)) | 1;
}

Fork* find_fork(Call& call, std::uint64_t key) {
  if (!call.setup || !call.setup->early) return nullptr;
  for (Fork& fork : call.setup->early->forks)
    if (fork.key == key) return &fork;
  return nullptr;
}

CallerDialog* find_caller_dialog(Call& call, Tag tag) {
  if (!call.setup || !call.setup->early) return nullptr;
  for (CallerDialog& dialog : call.setup->early->callers)
    if (dialog.tag == tag) return &dialog;
  return nullptr;
}

CallerDialog& caller_dialog(Call& call, Tag tag) {
  if (CallerDialog* known = find_caller_dialog(call, tag)) return *known;
  CallerDialog& made = early_of(call).callers.emplace_back();
  made.tag = tag;
  if (tag == call.leg(Side::Caller).tag) made.key = call.setup->described_tag;
  return made;
}

sip::Dialog* dialog_with_caller(Call& call, Tag tag) {
  Leg& leg = call.leg(Side::Caller);
  if (leg.tag == tag && leg.dialog) return &*leg.dialog;
  CallerDialog* early = find_caller_dialog(call, tag);
  return early != nullptr && early->dialog ? &*early->dialog : nullptr;
}

void speak_as(Context& context, Call& call, std::uint64_t key) {
  Setup& setup = *call.setup;
  Leg& leg = call.leg(Side::Caller);
  if (setup.described_tag == key) return;
  if (setup.described_tag == 0) {
    setup.described_tag = key;
    if (CallerDialog* present = find_caller_dialog(call, leg.tag)) present->key = key;
    return;
  }
  caller_dialog(call, leg.tag);
  auto& callers = setup.early->callers;
  setup.described_tag = key;
  const auto known =
      std::find_if(callers.begin(), callers.end(), [key](const CallerDialog& d) { return d.key == key; });
  if (known != callers.end()) {
    leg.tag = known->tag;
    return;
  }
  if (callers.size() >= kMostCallerDialogs) {
    const auto oldest = std::find_if(callers.begin(), callers.end(),
                                     [&](const CallerDialog& d) { return d.tag != setup.early->open_tag; });
    context.table.unbind(oldest->tag);
    callers.erase(oldest);
  }
  leg.tag = new_tag(context.ids);
  context.table.bind(leg.tag, {&call, Side::Caller});
  CallerDialog& made = callers.emplace_back();
  made.tag = leg.tag;
  made.key = key;
}

sip::Dialog far_dialog(const Context& context, const Call& call, const sip::Message& response,
                       const sip::Flow& from) {
  const Attempt& attempt = call.setup->attempt;
  sip::Flow flow = attempt.flow;
  if (!flow.reliable()) flow.remote = from.remote;
  return sip::Dialog::as_uac(response, attempt.from_uri, attempt.to_uri, contact_of(context, flow),
                             call.leg(Side::Callee).invite_cseq, flow);
}

void forget_forks(Context& context, Call& call) {
  if (call.update && call.update->fork != 0) settle_update(context, call);
  if (call.setup->early) call.setup->early->forks.clear();
}

void keep_fork(Context& context, Call& call, std::uint64_t key) {
  if (call.update && call.update->fork != key) settle_update(context, call);
  call.setup->early->forks.clear();
}

void leave_early(Context& context, Call& call, Leaving how) {
  if (!call.setup || !call.setup->early) return;
  const auto early = std::move(call.setup->early);
  const Tag tag = call.leg(Side::Caller).tag;
  for (const CallerDialog& dialog : early->callers)
    if (dialog.tag != tag) context.table.unbind(dialog.tag);
  if (!early->open) return;
  if (how == Leaving::Failed)
    await_late_prack(context, early->open_tag);
  else if (early->open_tag == tag)
    call.open_rseq = early->open_rseq;
}

}  // namespace warp::calls
