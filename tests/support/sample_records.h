// Call records for tests: small ones, full ones, random ones.
#pragma once

#include <string>

#include "warp/base/random.h"
#include "warp/domain/call_record.h"

namespace warp::test {

inline RecordId record_id(std::uint64_t number) {
  RecordId id;
  for (unsigned i = 0; i < 8; ++i)
    id.value.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

inline domain::CallRecord small_record(std::uint64_t number, domain::RecordState state) {
  domain::CallRecord record;
  record.id = record_id(number);
  record.state = state;
  record.sip_call_id = "call-" + std::to_string(number);
  record.setup_at = WallTime(std::chrono::seconds(1'700'000'000 + static_cast<std::int64_t>(number)));
  return record;
}

class RandomRecords {
 public:
  explicit RandomRecords(std::uint64_t seed) : random_(seed) {}

  domain::CallRecord next() {
    domain::CallRecord r;
    for (auto* uuid : {&r.id.value, &r.call.value, &r.customer.value, &r.trunk.value, &r.provider.value})
      *uuid = random_.uuid7(time());
    r.state = coin() ? domain::RecordState::Final : domain::RecordState::Answered;
    r.direction = coin() ? domain::Direction::Inbound : domain::Direction::Outbound;
    for (auto* text :
         {&r.sip_call_id, &r.far_sip_call_id, &r.source_address, &r.ani, &r.dni, &r.ani_e164, &r.dni_e164})
      *text = word();
    r.setup_at = time();
    if (coin()) r.ringing_at = time();
    if (coin()) r.answered_at = time();
    r.ended_at = time();
    r.duration_us = random_.next64() >> below(64);
    if (coin()) r.pdd_ms = small();
    r.disposition = static_cast<domain::Disposition>(below(5));
    r.reason = reason();
    r.sip_status = static_cast<std::uint16_t>(below(700));
    r.q850 = static_cast<std::uint8_t>(below(128));
    r.release_side = static_cast<domain::ReleaseSide>(below(3));
    if (coin()) r.price = side();
    if (coin()) r.cost = side();
    if (coin()) r.margin = money();
    r.caller_media = media();
    r.callee_media = media();
    for (auto attempts = below(5); attempts > 0; --attempts)
      r.attempts.push_back(attempt());
    if (below(2) == 1) {
      r.facts->emergency = below(2) == 1;
      r.facts->transport_in = "TLS";
      r.facts->refreshes = below(1000);
    }
    put_extras(r);
    return r;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_.next64() % bound; }
  bool coin() { return below(2) == 0; }
  std::uint32_t small() { return static_cast<std::uint32_t>(random_.next64() >> (32 + below(32))); }
  Money money() { return Money::from_nanos(static_cast<std::int64_t>(random_.next64())); }
  WallTime time() {
    return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(random_.next64() >> below(64))));
  }
  std::string word() {
    std::string text(below(60), '\0');
    for (auto& c : text)
      c = static_cast<char>(random_.next64());
    return text;
  }
  void put_extras(domain::CallRecord& r) {
    if (coin()) {
      auto& numbers = r.numbers.write();
      for (auto* number : {&numbers.caller, &numbers.called})
        put_number(*number);
      numbers.jurisdiction = jurisdiction();
      for (auto* text :
           {&numbers.routing, &numbers.rated, &numbers.cnam, &numbers.toll_free_cic, &numbers.note})
        *text = word();
      numbers.do_not_originate = coin();
    }
    if (coin()) {
      r.charge.lease = random_.uuid7(time());
      r.charge.reserved = money();
      r.charge.charged = money();
      r.charge.currency = currency();
      r.charge.fx_pico = static_cast<std::int64_t>(random_.next64());
      r.charge.covered_seconds = small();
      r.charge.cut_off = coin();
    }
    if (coin()) {
      auto& note = r.decision.write();
      for (auto lines = below(17); lines > 0; --lines)
        note.rejected.push_back(
            {{random_.uuid7({})}, {random_.uuid7({})}, static_cast<std::uint16_t>(small())});
      note.considered = static_cast<std::uint8_t>(below(256));
      note.rule = word();
    }
    if (coin()) r.cost_base = money();
    if (coin()) r.ban = word();
    for (auto* side : {&r.price, &r.cost})
      if (*side && coin()) put_terms(**side);
    for (auto* leg : {&r.caller_media, &r.callee_media})
      if (coin()) leg->mos_e2 = static_cast<std::uint16_t>(below(451));
    for (auto* leg : {&r.caller_media, &r.callee_media})
      if (coin())
        domain::each_figure(leg->quality.write(), [this](const char*, auto& figure) {
          if (coin()) figure = static_cast<std::uint32_t>(small());
        });
  }
  void put_number(domain::DippedNumber& number) {
    number.lrn = word();
    number.spid = word();
    number.dipped = coin();
    number.ported = coin();
    auto& place = number.place;
    for (auto* text : {&place.country, &place.state, &place.ocn, &place.rate_centre})
      *text = word();
    place.lata = static_cast<std::uint16_t>(below(1000));
    place.kind = static_cast<domain::LineKind>(below(7));
  }
  void put_terms(domain::PricedSide& side) {
    side.jurisdiction = jurisdiction();
    side.attempt_fee = money();
    side.surcharge = money();
    side.free_seconds = small();
    side.schedule = static_cast<std::uint16_t>(below(65536));
  }
  domain::Jurisdiction jurisdiction() { return static_cast<domain::Jurisdiction>(below(7)); }
  Currency currency() {
    Currency made;
    for (auto& c : made.code)
      c = static_cast<char>('A' + below(26));
    return made;
  }
  domain::Reason reason() {
    const auto all = domain::all_reasons();
    return all[below(all.size())].reason;
  }
  domain::PricedSide side() {
    domain::PricedSide side;
    side.plan.value = random_.uuid7({});
    side.plan_version = random_.next64() >> below(64);
    side.prefix = word();
    side.per_minute = money();
    side.setup_fee = money();
    side.amount = money();
    side.currency = currency();
    side.initial_increment = small();
    side.increment = small();
    side.minimum_seconds = small();
    side.billed_seconds = small();
    side.rounding = static_cast<Rounding>(below(4));
    side.decimals = static_cast<std::uint8_t>(below(10));
    return side;
  }
  domain::LegMedia media() {
    domain::LegMedia media;
    media.codec = word();
    for (auto* count : {&media.packets_received, &media.octets_received, &media.packets_sent,
                        &media.octets_sent, &media.packets_lost})
      *count = random_.next64() >> below(64);
    media.jitter_us = small();
    if (coin()) media.rtt_us = small();
    if (coin()) media.remote_loss_percent = static_cast<std::uint8_t>(below(256));
    return media;
  }
  domain::RouteAttempt attempt() {
    domain::RouteAttempt attempt;
    attempt.provider.value = random_.uuid7({});
    attempt.route.value = random_.uuid7({});
    attempt.endpoint = static_cast<std::int64_t>(random_.next64());
    attempt.address = word();
    attempt.sip_status = static_cast<std::uint16_t>(below(700));
    attempt.reason = reason();
    attempt.elapsed_ms = small();
    return attempt;
  }

  SeededIdSource random_;
};

}  // namespace warp::test
