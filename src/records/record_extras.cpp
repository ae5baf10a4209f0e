#include "record_extras.h"

#include <algorithm>

namespace warp::records {
namespace {

using domain::CallNumbers;
using domain::CallRecord;
using domain::Charge;
using domain::DecisionNote;
using domain::DippedNumber;
using domain::PricedSide;

enum Extra : std::uint8_t {
  kNumbers = 1,
  kCharge = 2,
  kDecision = 4,
  kCostBase = 8,
  kBan = 16,
  kPriceTerms = 32,
  kCostTerms = 64,
  kMos = 128,
};
constexpr std::size_t kMaxRejected = 16;

bool charged_at_all(const Charge& charge) {
  const Charge none;
  return charge.lease != none.lease || charge.reserved != none.reserved || charge.charged != none.charged ||
         charge.currency != none.currency || charge.fx_pico != none.fx_pico ||
         charge.covered_seconds != none.covered_seconds || charge.cut_off != none.cut_off;
}

bool has_terms(const std::optional<PricedSide>& side) {
  if (!side) return false;
  return side->jurisdiction != domain::Jurisdiction::Unknown || side->attempt_fee != Money{} ||
         side->surcharge != Money{} || side->free_seconds != 0 || side->schedule != 0;
}

std::uint8_t extras_of(const CallRecord& record) {
  unsigned set = 0;
  const auto put = [&set](Extra extra, bool there) {
    if (there) set |= extra;
  };
  put(kNumbers, record.numbers.made());
  put(kCharge, charged_at_all(record.charge));
  put(kDecision, record.decision.made());
  put(kCostBase, record.cost_base.has_value());
  put(kBan, !record.ban.empty());
  put(kPriceTerms, has_terms(record.price));
  put(kCostTerms, has_terms(record.cost));
  put(kMos, record.caller_media.mos_e2 || record.callee_media.mos_e2);
  return static_cast<std::uint8_t>(set);
}

void write_number(FieldWriter& out, const DippedNumber& number) {
  out.text(number.lrn);
  out.text(number.spid);
  out.octet(number.dipped ? 1 : 0);
  out.octet(number.ported ? 1 : 0);
  const auto& place = number.place;
  for (const auto* text : {&place.country, &place.state, &place.ocn, &place.rate_centre})
    out.text(*text);
  out.number(place.lata);
  out.octet(static_cast<std::uint8_t>(place.kind));
}

void read_number(FieldReader& in, DippedNumber& number) {
  number.lrn = in.text();
  number.spid = in.text();
  number.dipped = in.flag();
  number.ported = in.flag();
  auto& place = number.place;
  for (auto* text : {&place.country, &place.state, &place.ocn, &place.rate_centre})
    *text = in.text();
  place.lata = in.number<std::uint16_t>();
  place.kind = in.one_of(domain::LineKind::Special);
}

void write_numbers(FieldWriter& out, const CallNumbers& numbers) {
  write_number(out, numbers.caller);
  write_number(out, numbers.called);
  out.octet(static_cast<std::uint8_t>(numbers.jurisdiction));
  for (const auto* text :
       {&numbers.routing, &numbers.rated, &numbers.cnam, &numbers.toll_free_cic, &numbers.note})
    out.text(*text);
  out.octet(numbers.do_not_originate ? 1 : 0);
}

void read_numbers(FieldReader& in, CallNumbers& numbers) {
  read_number(in, numbers.caller);
  read_number(in, numbers.called);
  numbers.jurisdiction = in.one_of(domain::Jurisdiction::TollFree);
  for (auto* text : {&numbers.routing, &numbers.rated, &numbers.cnam, &numbers.toll_free_cic, &numbers.note})
    *text = in.text();
  numbers.do_not_originate = in.flag();
}

void write_charge(FieldWriter& out, const Charge& charge) {
  out.id(charge.lease);
  out.money(charge.reserved);
  out.money(charge.charged);
  out.currency(charge.currency);
  out.integer(charge.fx_pico);
  out.number(charge.covered_seconds);
  out.octet(charge.cut_off ? 1 : 0);
}

void read_charge(FieldReader& in, Charge& charge) {
  charge.lease = in.uuid();
  charge.reserved = in.money();
  charge.charged = in.money();
  charge.currency = in.currency();
  charge.fx_pico = in.integer();
  charge.covered_seconds = in.number<std::uint32_t>();
  charge.cut_off = in.flag();
  if (!charged_at_all(charge)) in.fail();
}

void write_decision(FieldWriter& out, const DecisionNote& note) {
  const auto count = std::min(note.rejected.size(), kMaxRejected);
  out.octet(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    out.id(note.rejected[i].provider);
    out.id(note.rejected[i].route);
    out.number(note.rejected[i].reason);
  }
  out.octet(note.considered);
  out.text(note.rule);
}

void read_decision(FieldReader& in, DecisionNote& note) {
  const auto count = in.octet();
  if (count > kMaxRejected) in.fail();
  for (unsigned i = 0; i < count && !in.error(); ++i) {
    auto& line = note.rejected.emplace_back();
    line.provider = in.id<ProviderId>();
    line.route = in.id<RouteId>();
    line.reason = in.number<std::uint16_t>();
  }
  note.considered = in.octet();
  note.rule = in.text();
}

void write_terms(FieldWriter& out, const PricedSide& side) {
  out.octet(static_cast<std::uint8_t>(side.jurisdiction));
  out.money(side.attempt_fee);
  out.money(side.surcharge);
  out.number(side.free_seconds);
  out.number(side.schedule);
}

// A side that is not there has no terms.
void read_terms(FieldReader& in, std::optional<PricedSide>& side) {
  PricedSide nowhere;
  auto& to = side ? *side : nowhere;
  to.jurisdiction = in.one_of(domain::Jurisdiction::TollFree);
  to.attempt_fee = in.money();
  to.surcharge = in.money();
  to.free_seconds = in.number<std::uint32_t>();
  to.schedule = in.number<std::uint16_t>();
  if (!has_terms(side)) in.fail();
}

}  // namespace

void write_extras(FieldWriter& out, const CallRecord& record) {
  const auto extras = extras_of(record);
  out.octet(extras);
  if (extras & kNumbers) write_numbers(out, record.numbers.read());
  if (extras & kCharge) write_charge(out, record.charge);
  if (extras & kDecision) write_decision(out, record.decision.read());
  if (extras & kCostBase) out.money(*record.cost_base);
  if (extras & kBan) out.text(record.ban);
  if (extras & kPriceTerms) write_terms(out, *record.price);
  if (extras & kCostTerms) write_terms(out, *record.cost);
  if (extras & kMos)
    for (const auto* media : {&record.caller_media, &record.callee_media})
      out.maybe(media->mos_e2, [&](auto value) { out.number(value); });
}

void read_extras(FieldReader& in, CallRecord& record) {
  const auto extras = in.octet();
  if (extras & kNumbers) read_numbers(in, record.numbers.write());
  if (extras & kCharge) read_charge(in, record.charge);
  if (extras & kDecision) read_decision(in, record.decision.write());
  if (extras & kCostBase) record.cost_base = in.money();
  if (extras & kBan) record.ban = in.text();
  if (extras & kBan && record.ban.empty()) in.fail();
  if (extras & kPriceTerms) read_terms(in, record.price);
  if (extras & kCostTerms) read_terms(in, record.cost);
  if (!(extras & kMos)) return;
  for (auto* media : {&record.caller_media, &record.callee_media})
    if (in.flag()) media->mos_e2 = in.number<std::uint16_t>();
  if (!record.caller_media.mos_e2 && !record.callee_media.mos_e2) in.fail();
}

void write_quality(FieldWriter& out, const Boxed<domain::MediaQuality>& quality) {
  std::uint8_t count = 0;
  domain::each_figure(quality.read(), [&](const char*, const auto& figure) { count += figure.has_value(); });
  out.octet(count);
  std::uint8_t place = 0;
  domain::each_figure(quality.read(), [&](const char*, const auto& figure) {
    const auto at = place++;
    if (!figure) return;
    out.octet(at);
    out.number(*figure);
  });
}

void read_quality(FieldReader& in, Boxed<domain::MediaQuality>& quality) {
  const auto count = in.octet();
  unsigned least = 0;
  for (unsigned i = 0; i < count && !in.error(); ++i) {
    const auto at = in.octet();
    if (at < least) in.fail();
    least = at + 1u;
    bool known = false;
    std::uint8_t place = 0;
    domain::each_figure(quality.write(), [&](const char*, auto& figure) {
      if (place++ != at) return;
      known = true;
      figure = in.number<std::uint32_t>();
    });
    if (!known) in.fail();
  }
}

}  // namespace warp::records
