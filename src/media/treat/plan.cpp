#include "treat/plan.h"

#include <algorithm>
#include <numeric>

#include "secure/secure_side.h"

namespace warp::media {
namespace {

using domain::AudioCodec;
using domain::MediaFormat;
using domain::MediaTerms;

// Of all that `from` may send.
bool identity(const DirectionPlan& plan, const MediaTerms& from) {
  const auto same = [&plan](std::uint8_t type) { return plan.types[type & 0x7f] == type; };
  return std::all_of(from.formats.begin(), from.formats.end(),
                     [&same](const auto& format) { return same(format.payload_type); }) &&
         (!from.events || same(*from.events)) && (!from.comfort_noise || same(*from.comfort_noise));
}

void set_all(DirectionPlan& plan) {
  std::iota(plan.types.begin(), plan.types.end(), std::uint8_t{0});
}

const MediaFormat* partner(const MediaFormat& format, const MediaTerms& to) {
  // Of two that fit, the one with the same number needs no work.
  const MediaFormat* found = nullptr;
  for (const auto& candidate : to.formats) {
    if (!same_coding(format, candidate)) continue;
    if (candidate.payload_type == format.payload_type) return &candidate;
    if (found == nullptr) found = &candidate;
  }
  return found;
}

bool every_format_passes(const MediaTerms& from, const MediaTerms& to) {
  const bool all = std::all_of(from.formats.begin(), from.formats.end(),
                               [&to](const auto& format) { return partner(format, to) != nullptr; });
  return all && (!to.fixed_ptime || from.formats.front().ptime_ms == to.formats.front().ptime_ms);
}

// Types that mean something to `to` are reached by what means the same alone.
void map_types(DirectionPlan& plan, const MediaTerms& from, const MediaTerms& to) {
  set_all(plan);
  const auto drop = [&plan](std::uint8_t type) { plan.types[type & 0x7f] = DirectionPlan::kDropped; };
  for (const auto& format : to.formats)
    drop(format.payload_type);
  if (to.events) drop(*to.events);
  if (to.comfort_noise) drop(*to.comfort_noise);
  if (from.comfort_noise)
    plan.types[*from.comfort_noise & 0x7f] = to.comfort_noise.value_or(DirectionPlan::kDropped);
  if (from.events) plan.types[*from.events & 0x7f] = plan.events_pass ? *to.events : DirectionPlan::kDropped;
  for (const auto& format : from.formats)
    if (const auto* target = partner(format, to))
      plan.types[format.payload_type & 0x7f] = target->payload_type;
}

void plan_digits(DirectionPlan& plan, const MediaTerms& from, const MediaTerms& to) {
  plan.gives = digits_of(from);
  plan.takes = digits_of(to);
  plan.events_pass = from.events && to.events && plan.takes == DigitWay::Events;
  plan.take_events = from.events && !plan.events_pass && plan.takes != DigitWay::None;
  plan.hear_digits =
      plan.gives == DigitWay::Tones && (plan.takes == DigitWay::Events || plan.takes == DigitWay::Info);
  // Who gives tones gives every digit so: its events would be the same digits again.
  if (plan.gives == DigitWay::Tones && from.events) plan.events_pass = plan.take_events = false;
}

bool is_g711(const MediaFormat& format) {
  return format.codec == AudioCodec::Pcmu || format.codec == AudioCodec::Pcma;
}

// Does anything follow from a fax that is heard? T.38 is offered, or G.711 in place of what compresses.
bool acts_on_fax(const MediaTerms& from, const MediaTerms& to) {
  if (from.fax_audio || to.fax_audio) return false;
  const auto any = [&](domain::FaxMode mode) { return from.fax == mode || to.fax == mode; };
  if (any(domain::FaxMode::T38)) return true;
  return any(domain::FaxMode::Audio) && !(is_g711(from.formats.front()) && is_g711(to.formats.front()));
}

DirectionPlan direction(const MediaTerms& from, const MediaTerms& to) {
  DirectionPlan plan;
  if (from.formats.empty() || to.formats.empty()) {
    set_all(plan);
    return plan;
  }
  plan_digits(plan, from, to);
  map_types(plan, from, to);
  if (!every_format_passes(from, to)) {
    plan.way = Way::Recode;
  } else {
    const bool same_clock = !plan.events_pass || from.events_clock == to.events_clock;
    plan.way = identity(plan, from) && same_clock ? Way::Pass : Way::Map;
    if (plan.way == Way::Pass) set_all(plan);
  }
  plan.hear_fax = acts_on_fax(from, to);
  const bool makes_tones = plan.take_events && plan.takes == DigitWay::Tones;
  plan.speak = plan.way == Way::Recode || makes_tones;
  return plan;
}

bool secured(const MediaTerms* terms) {
  return terms != nullptr && SecureSide::wanted(*terms);
}

bool bridges_fax(const PlanSide& fax, const PlanSide& audio) {
  if (!fax.opaque || audio.opaque || audio.terms == nullptr || audio.terms->formats.empty()) return false;
  return audio.terms->fax != domain::FaxMode::Pass ||
         (fax.terms != nullptr && fax.terms->fax != domain::FaxMode::Pass);
}

}  // namespace

bool same_coding(const MediaFormat& from, const MediaFormat& to) {
  if (from.codec != to.codec || from.clock_rate != to.clock_rate) return false;
  if (from.codec != AudioCodec::Amr) return from.codec == AudioCodec::Opus || from.channels == to.channels;
  const unsigned modes = from.mode_set == 0 ? 0xffu : from.mode_set;
  return from.octet_aligned == to.octet_aligned && (to.mode_set == 0 || (modes & ~to.mode_set) == 0);
}

DigitWay digits_of(const MediaTerms& terms) {
  if (terms.formats.empty()) return DigitWay::None;
  switch (terms.dtmf) {
    case domain::DtmfMode::Info:
      return DigitWay::Info;
    case domain::DtmfMode::Inband:
      return DigitWay::Tones;
    case domain::DtmfMode::Auto:
    case domain::DtmfMode::Rfc4733:
      break;
  }
  return terms.events ? DigitWay::Events : DigitWay::Tones;
}

bool DirectionPlan::plain() const {
  return way == Way::Pass && !listen() && !speak && !take_events;
}

bool StreamPlan::plain() const {
  return from[0].plain() && from[1].plain() && !secure[0] && !secure[1] && !fax_side;
}

StreamPlan plan_of(const PlanSide& a, const PlanSide& b) {
  StreamPlan plan;
  plan.secure = {secured(a.terms), secured(b.terms)};
  for (auto& each : plan.from)
    set_all(each);
  if (bridges_fax(a, b)) plan.fax_side = 0;
  if (bridges_fax(b, a)) plan.fax_side = 1;
  if (a.terms == nullptr || b.terms == nullptr || a.opaque || b.opaque) return plan;
  plan.from[0] = direction(*a.terms, *b.terms);
  plan.from[1] = direction(*b.terms, *a.terms);
  return plan;
}

}  // namespace warp::media
