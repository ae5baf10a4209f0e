#include "treat/treatment.h"

#include <utility>

#include "treat/ears.h"

namespace warp::media {
namespace {

// How long a stream that needs no treatment keeps it: another clip may follow.
constexpr std::chrono::seconds kIdle{5};
constexpr std::size_t kNarrowBlock = 160;  // 20 ms at 8000 Hz

// CN has the clock of the codec that it stands for (RFC 3389 §4).
bool takes_noise(const Half& half) {
  constexpr std::uint32_t kNoiseClock = 8000;
  return half.speaker != nullptr && half.terms != nullptr && half.terms->comfort_noise &&
         !half.terms->formats.empty() && !half.terms->fax_audio &&
         half.terms->formats.front().clock_rate == kNoiseClock;
}

}  // namespace

Treatment::Treatment(Beginning beginning)
    : halves_{Half(beginning.ssrcs[0]), Half(beginning.ssrcs[1])},
      cname_(std::move(beginning.cname)),
      plan_(plan_of({}, {})) {
  for (std::size_t i = 0; i < 2; ++i)
    halves_[i].terms = std::move(beginning.terms[i]);
}

Treatment::~Treatment() {
  if (counted_) metrics_->streams[static_cast<std::size_t>(*counted_)]->add(-1);
}

void Treatment::join(std::array<Side, 2>& sides, std::size_t stream, Ticker& ticker, StreamWire& wire,
                     TreatMetrics& metrics) {
  stream_ = stream;
  ticker_ = &ticker;
  metrics_ = &metrics;
  for (std::size_t i = 0; i < 2; ++i) {
    halves_[i].side = &sides[i];
    halves_[i].wire = &wire;
    halves_[i].metrics = &metrics;
    halves_[i].which = static_cast<domain::MediaSide>(i);
    halves_[i].stream = stream;
    halves_[i].set_clock();
    sides[i].treatment = this;
  }
  count_kind();
}

void Treatment::want_ticks(Monotonic now) {
  if (!place.placed() && clocked()) ticker_->add(*this, now);
}

void Treatment::count_kind() {
  const auto counted = kind();
  if (counted == counted_) return;
  if (counted_) metrics_->streams[static_cast<std::size_t>(*counted_)]->add(-1);
  metrics_->streams[static_cast<std::size_t>(counted)]->add(1);
  counted_ = counted;
}

TreatKind Treatment::kind() const {
  if (plan_.fax_side) return TreatKind::Fax;
  if (plan_.from[0].way == Way::Recode || plan_.from[1].way == Way::Recode) return TreatKind::Recode;
  if (plan_.secure[0] || plan_.secure[1]) return TreatKind::Secure;
  return plan_.plain() ? TreatKind::Pass : TreatKind::Map;
}

void Treatment::wear(Outfit& outfit, Monotonic now) {
  plan_ = outfit.plan;
  if (outfit.fax.made) {
    fax_ = std::move(outfit.fax.value);
    fax_quiet_ticks_ = kFaxPatienceTicks;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    Half& half = halves_[i];
    auto& part = outfit.parts[i];
    const bool new_terms = half.terms != part.terms;
    half.terms = std::move(part.terms);
    if (part.listener.made) half.listener = std::move(part.listener.value);
    if (part.speaker.made) half.speaker = std::move(part.speaker.value);
    half.set_clock();
    if (half.clip != nullptr && half.speaker != nullptr && !half.clip->retune(half.speaker->sample_rate()))
      half.clip.reset();
    if (new_terms) {
      half.events.reset();
      half.fax_told = false;
    }
    if (!half.events && half.terms != nullptr && half.terms->events)
      half.events.emplace(half.terms->events_clock);
    wear_secure(half, part, now);
    if (new_terms) tell_taps(half);
  }
  busy_at_ = now;
  count_kind();
  want_ticks(now);
}

void Treatment::tap_joins(domain::MediaTap& tap) const {
  for (const Half& half : halves_)
    tap.terms(half.which, stream_, half.terms);
}

void Treatment::tell_taps(const Half& half) const {
  for (const auto& tap : half.side->session->taps)
    tap->terms(half.which, stream_, half.terms);
}

bool Treatment::clocked() const {
  if (fax_ != nullptr) return true;
  for (const Half& half : halves_) {
    if (half.withheld()) return true;
    if (half.secure != nullptr && half.secure->handshaking()) return true;
  }
  return plan_.from[0].way == Way::Recode || plan_.from[1].way == Way::Recode;
}

bool Treatment::tick(Monotonic now) {
  for (Half& half : halves_)
    tick_handshake(half, now);
  if (fax_ != nullptr) {
    tick_fax(now);
  } else {
    for (Half& half : halves_)
      tick_towards(half, now);
  }
  return clocked();
}

void Treatment::tick_towards(Half& to, Monotonic now) {
  Half& from = beyond(to);
  const bool made = plan_from(from).way == Way::Recode && from.listener != nullptr;
  std::array<audio::Sample, audio::kMostSamples> samples;
  const auto block = std::span(samples).first(to.speaker != nullptr ? to.speaker->block() : kNarrowBlock);
  // Also when it is not wanted now: the buffer keeps its pace.
  TreatmentEars ears(*this, from);
  bool say = made && from.listener->pull(block, ears, now);
  const auto rests = made && takes_noise(to) ? from.listener->resting() : std::nullopt;
  if (rests && !to.withheld() && !to.event_sounds(now)) return send_noise(to, *rests, now);
  to.noise.reset();
  if (to.digits.busy() && to.digit_way() == DigitWay::Events) {
    if (to.speaker != nullptr) to.speaker->pause(to.outlet, to, now);
    to.digits.send_event(*to.terms->events, to.terms->events_clock, to.outlet, to, now);
    return;
  }
  if (to.speaker == nullptr) return to.digits.clear();
  if (to.digits.busy()) {
    to.digits.fill(block, to.speaker->sample_rate());
    say = true;
  } else if (to.clip != nullptr) {
    say = to.clip->fill(block);
    if (!say) {
      to.clip.reset();
      to.tell(domain::MediaEventKind::ClipEnded);
    }
  } else if (to.event_sounds(now)) {
    say = false;
  }
  if (say) return to.speaker->say(block, to.outlet, to, now);
  to.speaker->pause(to.outlet, to, now);
}

void Treatment::sweep(Monotonic now) {
  for (Half& half : halves_) {
    if (half.events) take_silence(half, now);
    tell_state(half);
    const IceLite* ice = half.secure != nullptr ? half.secure->ice() : nullptr;
    half.withdrawn = ice != nullptr && half.nominated && !ice->consent(now);
    if (ends_rtcp() && half.reports.due(now)) report(half, false, now);
    count_jitter(half);
  }
}

bool Treatment::idle(Monotonic now) {
  const bool needed = !plan_.plain() || clocked() || !halves_[0].side->session->taps.empty() ||
                      !halves_[0].outlet.replaceable() || !halves_[1].outlet.replaceable();
  if (needed) busy_at_ = now;
  return now - busy_at_ >= kIdle;
}

void Treatment::count_jitter(Half& half) {
  const auto* counts = half.listener != nullptr ? half.listener->jitter() : nullptr;
  if (counts == nullptr) return;
  // A new listener counts from zero.
  if (counts->late < half.late_told) half.late_told = 0;
  if (counts->lost < half.lost_told) half.lost_told = 0;
  metrics_->jitter_late.add(counts->late - std::exchange(half.late_told, counts->late));
  metrics_->jitter_lost.add(counts->lost - std::exchange(half.lost_told, counts->lost));
}

void Treatment::play(domain::MediaSide towards, std::unique_ptr<ClipPlayer> clip,
                     std::unique_ptr<Speaker> speaker, Monotonic now) {
  Half& half = halves_[static_cast<std::size_t>(towards)];
  busy_at_ = now;
  if (half.speaker == nullptr) half.speaker = std::move(speaker);
  if (half.speaker == nullptr || !clip->retune(half.speaker->sample_rate()))
    return half.tell(domain::MediaEventKind::ClipEnded);
  half.clip = std::move(clip);
  metrics_->clips.add();
  want_ticks(now);
}

void Treatment::stop_clip(domain::MediaSide towards, Monotonic now) {
  Half& half = halves_[static_cast<std::size_t>(towards)];
  half.clip.reset();
  if (half.speaker != nullptr && plan_from(beyond(half)).way != Way::Recode)
    half.speaker->pause(half.outlet, half, now);
}

void Treatment::send_digit(domain::MediaSide towards, char digit, std::chrono::milliseconds length,
                           std::unique_ptr<Speaker> speaker, Monotonic now) {
  Half& half = halves_[static_cast<std::size_t>(towards)];
  busy_at_ = now;
  if (half.speaker == nullptr) half.speaker = std::move(speaker);
  const auto way = half.digit_way();
  if (way != DigitWay::Events && way != DigitWay::Tones) return;
  if (!half.digits.push(digit, length)) return metrics_->digits_lost.add();
  (way == DigitWay::Events ? metrics_->digits_events : metrics_->digits_tones).add();
  want_ticks(now);
}

}  // namespace warp::media
