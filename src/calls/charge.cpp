#include "charge.h"

#include <algorithm>
#include <utility>

#include "announce/cut_off.h"
#include "ending.h"
#include "stages.h"
#include "survival.h"

namespace warp::calls {

using domain::ChargeRequest;
using domain::ChargeVerdict;
using domain::Hold;
using domain::Reason;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t kOne = 1'000'000'000'000;
// A refused extension is asked for again: there may have been a payment.
constexpr milliseconds kAskAgain{1000};

ChargeRequest request_of(const Context& context, const Call& call) {
  const domain::CallRecord& record = call.record;
  ChargeRequest request;
  request.call = record.call;
  request.customer = record.customer;
  request.trunk = record.trunk;
  request.direction = record.direction;
  request.ani = record.ani_e164;
  request.dni = record.dni_e164;
  if (record.price) request.price = *record.price;
  request.longest = call.max_duration;
  request.at = context.clock.wall();
  return request;
}

void keep(Call& call, const ChargeVerdict& verdict) {
  call.hold = verdict.hold;
  domain::Charge& charge = call.record.charge;
  charge.lease = verdict.hold.lease.value;
  charge.reserved = verdict.hold.reserved;
  charge.currency = verdict.hold.currency;
  charge.fx_pico = verdict.hold.fx_pico;
  charge.covered_seconds =
      verdict.hold.unlimited ? 0 : static_cast<std::uint32_t>(verdict.hold.covered.count());
  if (!verdict.note.empty()) call.record.decision.write().rule = verdict.note;
}

// True: the call is over.
bool refused(Context& context, Call& call, const ChargeVerdict& verdict) {
  if (verdict.refusal == Reason::NormalClearing) return false;
  if (!verdict.note.empty()) call.record.decision.write().rule = verdict.note;
  fail(context, call, {.reason = verdict.refusal});
  return true;
}

void on_held(Context& context, std::uint64_t serial, const ChargeVerdict& verdict) {
  Call* call = context.table.find(serial);
  // It was cancelled meanwhile: what was held for it is free again.
  if (call == nullptr || (call->state != State::Trying && call->state != State::Ringing) || !call->setup ||
      call->setup->attempt.candidate != nullptr) {
    if (verdict.refusal == Reason::NormalClearing) context.charging->release(verdict.hold);
    return;
  }
  if (refused(context, *call, verdict)) return;
  keep(*call, verdict);
  verify_and_go(context, *call);
}

milliseconds left_of(const Context& context, const Call& call) {
  return std::chrono::duration_cast<milliseconds>(call.answered_at + call.hold.covered - context.clock.now());
}

void on_charge_timer(Context& context, Call& call);

void arm(Context& context, Call& call, milliseconds delay) {
  context.wheel.cancel(call.charge_timer);
  call.charge_timer = context.wheel.arm(std::max(delay, milliseconds{1}), [&context, &call] {
    call.charge_timer = {};
    on_charge_timer(context, call);
  });
}

// Of a short cover the second half, so that there is time for an answer.
milliseconds ahead_of(const Context& context, const Call& call) {
  const milliseconds wanted = std::max(context.settings.renew_before, cut_off_lead(context, call));
  return std::min<milliseconds>(wanted, milliseconds(call.hold.covered) / 2);
}

void arm_renewal(Context& context, Call& call) {
  // Its longest duration ends it first.
  if (call.max_duration.count() > 0 && call.hold.covered >= call.max_duration) return;
  arm(context, call, left_of(context, call) - ahead_of(context, call));
}

// What the extension has added, of a call that does not need it any more.
void return_extension(Context& context, const Hold& before, const Hold& after) {
  Hold surplus = after;
  if (after.lease == before.lease)
    surplus.reserved = Money::from_nanos(after.reserved.nanos() - before.reserved.nanos());
  context.charging->release(surplus);
}

void extended(Context& context, Call& call, const ChargeVerdict& verdict) {
  call_off_cut_off(context, call);
  const Hold before = call.hold;
  keep(call, verdict);
  if (before.lease != call.hold.lease) context.charging->release(before);
  persist(context, call);
  if (!call.hold.unlimited) arm_renewal(context, call);
}

void tell_end(Context& context, const Call& call, Reason reason, milliseconds left) {
  context.log.info("calls.credit_ends", {{"call", call.record.call},
                                         {"customer", call.record.customer},
                                         {"reason", domain::to_string(reason)},
                                         {"left_ms", left.count()}});
}

void on_extension(Context& context, std::uint64_t serial, const Hold& asked_with,
                  const ChargeVerdict& verdict) {
  Call* call = context.table.find(serial);
  const bool granted = verdict.refusal == Reason::NormalClearing;
  const bool same = call != nullptr && (call->state == State::Confirming || call->state == State::Up) &&
                    call->hold.lease == asked_with.lease && call->hold.reserved == asked_with.reserved;
  if (!same) {
    if (granted) return_extension(context, asked_with, verdict.hold);
    return;
  }
  if (granted) return extended(context, *call, verdict);
  const milliseconds left = left_of(context, *call);
  // Once: at the first of the refusals.
  if (left + kAskAgain > ahead_of(context, *call)) tell_end(context, *call, verdict.refusal, left);
  plan_cut_off(context, *call, left, true);
  arm(context, *call, std::min(left, kAskAgain));
}

void cut_off(Context& context, Call& call) {
  call.record.charge.cut_off = true;
  terminate(context, call, Reason::CreditExhausted);
}

void on_charge_timer(Context& context, Call& call) {
  const milliseconds left = left_of(context, call);
  if (left <= milliseconds{0}) return cut_off(context, call);
  // Whatever becomes of the question, it does not last longer than this.
  arm(context, call, left);
  plan_cut_off(context, call, left, false);
  const Hold asked_with = call.hold;
  const auto verdict =
      context.charging->extend(request_of(context, call), asked_with, context.executor,
                               [alive = std::weak_ptr(context.alive), &context, serial = call.serial,
                                asked_with](const ChargeVerdict& late) {
                                 if (!alive.expired()) on_extension(context, serial, asked_with, late);
                               });
  if (verdict) on_extension(context, call.serial, asked_with, *verdict);
}

// The price in the account's currency.
Money charged_for(Context& context, const domain::CallRecord& record, const Hold& hold) {
  if (!record.price) return {};
  const Money amount = record.price->amount;
  if (hold.fx_pico == kOne) return amount;
  const auto converted =
      Money::add_scaled(Money{}, amount, hold.fx_pico, kOne, hold.decimals, record.price->rounding);
  if (!converted)
    context.log.error("calls.charge_overflow", {{"call", record.call}, {"amount", amount.to_string()}});
  return converted.value_or(hold.reserved);
}

}  // namespace

bool hold_for_charge(Context& context, Call& call) {
  if (context.charging == nullptr || call.emergency) return false;
  // Another destination of the same call: at another price, perhaps of another account.
  if (call.hold.made()) context.charging->release(std::exchange(call.hold, {}));
  call.record.charge = {};
  const auto verdict =
      context.charging->reserve(request_of(context, call), context.executor,
                                [alive = std::weak_ptr(context.alive), charging = context.charging, &context,
                                 serial = call.serial](const ChargeVerdict& late) {
                                  if (!alive.expired()) return on_held(context, serial, late);
                                  charging->release(late.hold);
                                });
  if (!verdict) return true;
  if (refused(context, call, *verdict)) return true;
  keep(call, *verdict);
  return false;
}

void charge_answered(Context& context, Call& call) {
  if (context.charging == nullptr || !call.hold.made()) return;
  // Of an earlier process, once: a call that came from another shard is counted already.
  if (call.revival && !call.counted_active) {
    domain::Charge charge = call.record.charge;
    charge.lease = call.hold.lease.value;
    charge.reserved = call.hold.reserved;
    static_cast<void>(context.charging->adopt(charge, call.record.customer));
    charge.currency = call.hold.currency;
    charge.fx_pico = call.hold.fx_pico;
    charge.covered_seconds = call.hold.unlimited ? 0 : static_cast<std::uint32_t>(call.hold.covered.count());
    call.record.charge = charge;
  }
  if (!call.hold.unlimited) arm_renewal(context, call);
}

void charge_ended(Context& context, Call& call) {
  if (context.charging == nullptr || !call.hold.made()) return;
  const Hold hold = std::exchange(call.hold, {});
  domain::CallRecord& record = call.record;
  record.charge.charged = charged_for(context, record, hold);
  // Nothing of it was ever in the journal.
  const bool never_up = call.answered_at == Monotonic{};
  if (never_up && record.charge.charged == Money{}) return context.charging->release(hold);
  context.charging->settled(hold, record.charge.charged, record);
}

void charge_orphan(Context& context, domain::CallRecord& record) {
  const bool held = !record.charge.lease.is_nil() || record.charge.reserved != Money{};
  if (context.charging == nullptr || (!held && !record.price)) return;
  const Hold hold = context.charging->adopt(record.charge, record.customer);
  record.charge.charged = charged_for(context, record, hold);
  context.charging->settled(hold, record.charge.charged, record);
}

std::chrono::microseconds chargeable(const domain::Charge& charge, std::chrono::microseconds lasted) {
  if (charge.covered_seconds == 0) return lasted;
  return std::min(lasted, std::chrono::microseconds(std::chrono::seconds(charge.covered_seconds)));
}

void charge_saved(domain::TextFieldWriter& out, const Call& call) {
  out.text(call.hold.lease.value.to_string());
  out.number(call.hold.reserved.nanos());
  out.number(call.hold.covered.count());
  out.flag(call.hold.unlimited);
  out.text(call.hold.currency.view());
  out.number(call.hold.fx_pico);
  out.number(unsigned{call.hold.decimals});
}

domain::Hold charge_restored(domain::TextFieldReader& in) {
  domain::Hold hold;
  hold.lease = domain::LeaseId::parse(in.text()).value_or(domain::LeaseId{});
  hold.reserved = Money::from_nanos(in.number<std::int64_t>());
  hold.covered = std::chrono::seconds(in.number<std::int64_t>());
  hold.unlimited = in.flag();
  hold.currency = Currency::parse(in.text()).value_or(Currency{});
  hold.fx_pico = in.number<std::int64_t>();
  hold.decimals = in.number<std::uint8_t>();
  return hold;
}

}  // namespace warp::calls
