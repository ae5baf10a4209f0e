#include "quality/look.h"

#include <algorithm>
#include <utility>

namespace warp::media {
namespace {

// Fewer packets than these (half a second at 20 ms) are no ground for a score.
constexpr std::uint64_t kEnoughPackets = 25;
// Whoever was heard so recently is heard.
constexpr std::chrono::seconds kStillHeard{2};

std::uint64_t ms_between(Monotonic from, Monotonic to) {
  return to <= from ? 0
                    : static_cast<std::uint64_t>(
                          std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count());
}

ReceivedTotals totals_now(const Side& side) {
  return {side.received.expected(), side.received.missing() + side.received.late()};
}

ReceivedTotals since(const ReceivedTotals& before, const ReceivedTotals& now) {
  return {now.expected - std::min(now.expected, before.expected),
          now.unplayed - std::min(now.unplayed, before.unplayed)};
}

void note_score(std::optional<std::uint16_t> score, std::uint64_t& sum, std::uint32_t& count,
                SideFigure& least, SideFigure& mean) {
  if (!score) return;
  sum += *score;
  mean.set(sum / ++count);
  least.set_least(*score);
}

void score_stretch(SessionState& session, std::array<Side, 2>& sides, Monotonic now) {
  std::array<WayIn, 2> in;
  for (std::size_t i = 0; i < 2; ++i) {
    auto& watch = sides[i].quality;
    const auto totals = totals_now(sides[i]);
    in[i] = way_in(sides[i], session.codecs[i]);
    in[i].totals = since(watch.stretch_before, totals);
    if (in[i].totals.expected < kEnoughPackets) in[i].totals = {};
    watch.stretch_before = totals;
    watch.stretch_from = now;
    note_score(score_in(in[i]), watch.mos_sum, watch.mos_count, watch.figures.mos_min_e2,
               watch.figures.mos_mean_e2);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    auto& watch = sides[i].quality;
    auto out = way_out(sides[i], session.codecs[i]);
    out.loss_e6 = watch.remote_fraction * 1'000'000u / 256u;
    note_score(score_heard(in[1 - i], out), watch.heard_mos_sum, watch.heard_mos_count,
               watch.figures.heard_mos_min_e2, watch.figures.heard_mos_mean_e2);
  }
}

void tell(const Side& side, domain::MediaEventKind kind, std::uint64_t ms = 0) {
  const auto& sides = side.session->sides[0];
  domain::MediaEvent event;
  event.kind = kind;
  event.side = &side == &sides[0] ? domain::MediaSide::A : domain::MediaSide::B;
  event.duration = std::chrono::milliseconds(ms);
  EventGate::post(side.session->events, event);
}

// Something that has lasted; its end is told when the side is `heard` again, and not when it may be silent.
struct Lasting {
  bool& told;
  std::uint64_t& before_ms;
  SideFigure& figure;
  domain::MediaEventKind kind;
  bool heard;
};
void follow(const Side& side, Lasting lasting, std::uint64_t ms, std::chrono::milliseconds threshold) {
  if (ms != 0 && ms >= static_cast<std::uint64_t>(threshold.count())) {
    lasting.figure.set(lasting.before_ms + ms);
    if (!std::exchange(lasting.told, true)) tell(side, lasting.kind, ms);
    return;
  }
  if (!std::exchange(lasting.told, false)) return;
  const auto whole = std::uint64_t{lasting.figure.value().value_or(0)};
  if (lasting.heard)
    tell(side, domain::MediaEventKind::HeardAgain, whole - std::min(whole, lasting.before_ms));
  lasting.before_ms = whole;
}

bool should_talk(const SessionState& session, const Side& side) {
  return session.judged_from != Monotonic{} && side.in_use && side.peer->in_use && side.expect_rtp &&
         side.peer->expect_rtp && !side.opaque && !side.peer->opaque;
}

bool heard_lately(const Side& side, Monotonic now) {
  return side.last_rtp != Monotonic{} && now - side.last_rtp < kStillHeard;
}

void look_for_one_way(const SessionState& session, Side& side, std::chrono::milliseconds threshold,
                      Monotonic now) {
  const bool counts = should_talk(session, side) && heard_lately(*side.peer, now) && threshold.count() != 0;
  auto& watch = side.quality;
  if (!counts)
    watch.missed_from = {};
  else if (watch.missed_from == Monotonic{})
    watch.missed_from = now;
  const auto from = std::max({watch.missed_from, session.judged_from, session.quiet_from, side.last_rtp});
  follow(side,
         {watch.told_unheard, watch.one_way_before_ms, watch.figures.one_way_ms,
          domain::MediaEventKind::Unheard, heard_lately(side, now)},
         counts ? ms_between(from, now) : 0, threshold);
}

void look_for_silence(const SessionState& session, Side& side, std::chrono::milliseconds threshold) {
  auto& watch = side.quality;
  const bool quiet = watch.quiet_since != Monotonic{};
  const bool counts = quiet && should_talk(session, side) && threshold.count() != 0;
  const auto from = std::max({watch.quiet_since, session.judged_from, session.quiet_from});
  follow(side,
         {watch.told_silent, watch.silent_before_ms, watch.figures.silent_ms, domain::MediaEventKind::Silent,
          !quiet},
         counts ? ms_between(from, side.last_rtp) : 0, threshold);
}

}  // namespace

void listen(Side& side, Heard heard, Monotonic at) {
  auto& since = side.quality.quiet_since;
  if (heard != Heard::Silence)
    since = {};
  else if (since == Monotonic{})
    since = at;
}

WayIn way_in(const Side& side, const Codec& codec) {
  const auto& counters = side.counters;
  const auto missing = counters.missing.value();
  const auto came = counters.packets_received.value() -
                    std::min(counters.packets_received.value(), counters.duplicates.value());
  WayIn in;
  in.codec = codec;
  in.totals = {came == 0 ? 0 : came + missing, missing + counters.late.value()};
  in.jitter_us = static_cast<std::uint32_t>(counters.jitter_us.value());
  if (const auto rtt = counters.rtt_us.value(); rtt != SideCounters::kUnknown)
    in.rtt_us = static_cast<std::uint32_t>(rtt);
  return in;
}

WayOut way_out(const Side& side, const Codec& codec) {
  const auto& figures = side.quality.figures;
  WayOut out;
  out.codec = codec;
  out.loss_e6 = figures.remote_loss_e6.value().value_or(0);
  out.of_ours_alone = side.quality.reports_end_here;
  out.discarded_e4 = figures.xr_discard_e4.value().value_or(0);
  out.jitter_us = figures.remote_jitter_us.value().value_or(0);
  out.end_system_ms = figures.xr_end_system_ms.value().value_or(0);
  out.conceals = side.quality.conceals;
  if (const auto rtt = side.counters.rtt_us.value(); rtt != SideCounters::kUnknown)
    out.rtt_us = static_cast<std::uint32_t>(rtt);
  return out;
}

void look_at_quality(SessionState& session, const QualitySettings& settings, Monotonic now) {
  auto& sides = session.sides[0];
  for (auto& side : sides) {
    if (side.received.valid()) {
      side.quality.figures.jitter_mean_us.set(side.received.jitter_mean_us());
      side.quality.figures.jitter_max_us.set(side.received.jitter_max_us());
    }
    look_for_one_way(session, side, settings.one_way_after, now);
    look_for_silence(session, side, settings.silent_after);
  }
  if (session.judged_from == Monotonic{}) return;
  if (now - std::max(sides[0].quality.stretch_from, session.judged_from) >= settings.stretch)
    score_stretch(session, sides, now);
}

}  // namespace warp::media
