#include "record.h"

#include <algorithm>
#include <utility>

#include "charge.h"

namespace warp::calls {

namespace {

std::chrono::microseconds micros(Monotonic::duration span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span);
}

constexpr std::size_t kMostRejected = 16;  // that a record keeps

void log_end(Context& context, const domain::CallRecord& record) {
  if (!context.log.enabled(log::Level::Info)) return;
  context.log.info(record.answered_at ? "calls.ended" : "calls.failed",
                   {{"call", record.call},
                    {"direction", domain::to_string(record.direction)},
                    {"ani", record.ani},
                    {"dni", record.dni},
                    {"customer", record.customer},
                    {"provider", record.provider},
                    {"reason", domain::to_string(record.reason)},
                    {"status", record.sip_status},
                    {"released_by", domain::to_string(record.release_side)},
                    {"duration_ms", record.duration_us / 1000},
                    {"attempts", record.attempts.size()},
                    {"source", record.source_address},
                    {"sip_call_id", record.sip_call_id}});
}

void note_payer_account(Call& call) {
  const routing::Decision& decision = call.setup->decision;
  const bool inbound = call.record.direction == domain::Direction::Inbound;
  const domain::Number* number = inbound ? call.setup->snapshot->number(call.record.dni_e164) : nullptr;
  if (number != nullptr && !number->ban.empty())
    call.record.ban = number->ban;
  else if (decision.trunk != nullptr)
    call.record.ban = decision.trunk->ban;
}

}  // namespace

std::string clipped(std::string_view text, std::size_t octets) {
  return std::string(text.substr(0, octets));
}

void begin_record(Context& context, Call& call, const Owed& invite) {
  domain::CallRecord& record = call.record;
  record.setup_at = context.clock.wall();
  record.call = {context.ids.uuid7(record.setup_at)};
  record.id = {context.ids.uuid7(record.setup_at)};
  record.sip_call_id = clipped(invite.request.call_id(), 256);
  record.source_address = invite.flow.remote.to_string();
  record.facts->transport_in = domain::to_string(invite.flow.transport);
}

void count_call(Context& context, Call& call) {
  const std::size_t direction = CallMetrics::index(call.record.direction);
  context.metrics.attempts[direction]->add();
  context.metrics.active[direction]->add(1);
  call.counted_active = true;
}

WallTime wall_at(const Call& call, Monotonic moment) {
  return call.record.setup_at + micros(moment - call.setup_at);
}

void note_progress(Context& context, Call& call) {
  if (call.record.pdd_ms) return;
  const auto delay = micros(context.clock.now() - call.setup_at);
  call.record.pdd_ms = static_cast<std::uint32_t>(delay.count() / 1000);
  context.metrics.post_dial_delay.observe(static_cast<double>(delay.count()) * 1e-6);
}

void note_skipped(Call& call, const routing::Candidate& candidate, domain::Reason reason) {
  domain::RouteAttempt& line = call.record.attempts.emplace_back();
  if (candidate.provider != nullptr) line.provider = candidate.provider->id;
  if (candidate.route != nullptr) line.route = candidate.route->id;
  if (candidate.endpoint != nullptr) {
    line.endpoint = candidate.endpoint->id;
    line.address = candidate.endpoint->where();
  }
  line.reason = reason;
}

void note_attempt(Context& context, Call& call, std::uint16_t status, domain::Reason reason) {
  const Attempt& attempt = call.setup->attempt;
  if (attempt.candidate == nullptr) return;
  note_skipped(call, *attempt.candidate, reason);
  domain::RouteAttempt& line = call.record.attempts.back();
  line.address = attempt.flow.remote.to_string();
  line.sip_status = status;
  line.elapsed_ms = static_cast<std::uint32_t>(micros(context.clock.now() - attempt.started).count() / 1000);
}

void note_statistics(const domain::MediaStatistics& statistics, domain::LegMedia& caller,
                     domain::LegMedia& callee) {
  const auto keep_codec = [](domain::LegMedia& kept, const domain::LegMedia& counted) {
    std::string codec = std::move(kept.codec);
    kept = counted;
    if (kept.codec.empty()) kept.codec = std::move(codec);
  };
  keep_codec(caller, statistics.sides[0]);
  keep_codec(callee, statistics.sides[1]);
}

void note_media(Call& call) {
  if (!call.media) return;
  note_statistics(call.media->statistics(), call.record.caller_media, call.record.callee_media);
}

void note_decision(Context& context, Call& call) {
  const routing::Decision& decision = call.setup->decision;
  note_payer_account(call);
  if (decision.reason == domain::Reason::MarginTooLow)
    context.log.warning("calls.margin_alarm", {{"call", call.record.call},
                                               {"customer", call.record.customer},
                                               {"dni", call.record.dni_e164},
                                               {"rejected", decision.rejections.size()}});
  call.record.decision = {};
  if (decision.rejections.empty() && decision.rule.empty()) return;
  domain::DecisionNote& note = call.record.decision.write();
  note.rule = decision.rule;
  if (decision.callee != nullptr) note.rule += " " + decision.callee->id.to_string();
  note.considered = static_cast<std::uint8_t>(
      std::min<std::size_t>(255, decision.candidates.size() + decision.rejections.size()));
  for (const routing::Rejection& rejection : decision.rejections) {
    if (note.rejected.size() == kMostRejected) break;
    auto& line = note.rejected.emplace_back();
    if (rejection.provider != nullptr) line.provider = rejection.provider->id;
    if (rejection.route != nullptr) line.route = rejection.route->id;
    line.reason = static_cast<std::uint16_t>(rejection.reason);
  }
}

void write_record(Context& context, Call& call, const Verdict& verdict) {
  domain::CallRecord& record = call.record;
  const Monotonic now = context.clock.now();
  const bool answered = record.answered_at.has_value();
  record.state = domain::RecordState::Final;
  record.ended_at = wall_at(call, now);
  record.reason = verdict.reason;
  record.disposition = verdict.disposition;
  record.release_side = verdict.side;
  record.sip_status = verdict.status;
  record.q850 = verdict.q850 != 0 ? verdict.q850 : domain::info(verdict.reason).q850;
  std::optional<std::chrono::microseconds> duration;
  if (answered) {
    duration = micros(now - call.answered_at);
    record.duration_us = static_cast<std::uint64_t>(duration->count());
    context.metrics.duration.observe(static_cast<double>(duration->count()) * 1e-6);
    context.metrics.ended(verdict.reason);
  } else {
    context.metrics.refused(verdict.reason);
  }
  price_record(context, record,
               duration ? std::optional(chargeable(record.charge, *duration)) : std::nullopt);
  note_media(call);
  if (answered) context.metrics.media.observe(record);
  charge_ended(context, call);
  log_end(context, record);
  if (std::exchange(call.counted_active, false)) {
    context.active.fetch_sub(1, std::memory_order_relaxed);
    context.metrics.active[CallMetrics::index(record.direction)]->add(-1);
  }
  if (context.capture != nullptr) context.capture->ended(record);
  context.records.finished(std::move(record));
}

}  // namespace warp::calls
