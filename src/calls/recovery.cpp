#include "recovery.h"

#include <algorithm>
#include <utility>

#include "charge.h"
#include "outgoing.h"
#include "record.h"
#include "recording/siprec.h"
#include "state_text.h"
#include "survival.h"

namespace warp::calls {

using domain::Reason;

namespace {

void end_leg(Context& context, std::optional<sip::Dialog> dialog, Side side) {
  if (!dialog) return;
  Leg leg;
  leg.tag = parse_tag(dialog->local_tag()).value_or(0);
  leg.dialog = std::move(dialog);
  send_recovered_bye(context, leg, side, {Reason::DaemonRestarted});
}

}  // namespace

void recover_orphan(Context& context, Orphan orphan) {
  if (revive(context, orphan)) return;
  Legs legs = restore_legs(orphan.state);
  end_leg(context, std::move(legs.caller), Side::Caller);
  end_leg(context, std::move(legs.callee), Side::Callee);
  if (const auto saved = read_state(orphan.state))
    end_saved_siprec(context, read_saved_siprec(saved->siprec));

  domain::CallRecord& record = orphan.draft;
  record.state = domain::RecordState::Final;
  record.disposition = domain::Disposition::Answered;
  record.reason = Reason::DaemonRestarted;
  record.q850 = domain::info(Reason::DaemonRestarted).q850;
  record.release_side = domain::ReleaseSide::Platform;
  const WallTime answered = record.answered_at.value_or(record.setup_at);
  record.ended_at = std::max(orphan.last_alive, answered);
  const auto duration = record.ended_at - answered;
  record.duration_us = static_cast<std::uint64_t>(duration.count());
  price_record(context, record, chargeable(record.charge, duration));
  charge_orphan(context, record);
  context.metrics.recovered.add();
  context.metrics.ended(record.reason);
  context.log.warning("calls.recovered", {{"call", record.call},
                                          {"duration_ms", record.duration_us / 1000},
                                          {"reason", domain::to_string(record.reason)}});
  context.records.finished(std::move(record));
}

}  // namespace warp::calls
