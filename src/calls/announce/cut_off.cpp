#include "announce/cut_off.h"

#include <utility>

#include "announce/announcing.h"
#include "announce/hold_music.h"

namespace warp::calls {

using std::chrono::milliseconds;

namespace {

std::optional<Side> payer_of(const Call& call) {
  for (const Side side : {Side::Caller, Side::Callee}) {
    const Party& party = call.leg(side).party;
    if (party.kind == Party::Kind::Trunk && party.id == call.record.trunk.value) return side;
  }
  return std::nullopt;
}

std::string cut_off_clip(const Context& context, const Call& call, Side side) {
  return PolicyView(context.snapshots, call.leg(side).party)->media.cut_off_clip;
}

milliseconds clip_length(const Context& context, const Call& call) {
  const auto payer = call.media && context.clips != nullptr ? payer_of(call) : std::nullopt;
  if (!payer) return {};
  const auto clip = context.clips->find(cut_off_clip(context, call, *payer));
  return clip ? length_of(*clip) : milliseconds{0};
}

void begin_cut_off(Context& context, Call& call) {
  const auto payer = payer_of(call);
  const auto clip = payer ? clip_of(context, cut_off_clip(context, call, *payer)) : nullptr;
  if (clip && play_to(context, call, *payer, clip, Announcement::CutOff)) announcing_of(call).cutting = payer;
}

}  // namespace

milliseconds cut_off_lead(const Context& context, const Call& call) {
  constexpr milliseconds kForTheAnswer{1000};
  const milliseconds length = clip_length(context, call);
  return length.count() > 0 ? length + kForTheAnswer : length;
}

void plan_cut_off(Context& context, Call& call, milliseconds left, bool refused) {
  if (call.announcing && (call.announcing->cutting || call.announcing->cut_off)) return;
  const milliseconds length = clip_length(context, call);
  if (length.count() == 0) {
    // A clip that is wanted and missing is told of once it would have been heard.
    if (refused && call.media && payer_of(call)) begin_cut_off(context, call);
    return;
  }
  if (left <= length) {
    if (refused) begin_cut_off(context, call);
    return;
  }
  announcing_of(call).cut_off = context.wheel.arm(left - length, [&context, &call] {
    call.announcing->cut_off = {};
    begin_cut_off(context, call);
  });
}

void call_off_cut_off(Context& context, Call& call) {
  if (!call.announcing) return;
  context.wheel.cancel(call.announcing->cut_off);
  if (!call.announcing->cutting) return;
  const Side side = *std::exchange(call.announcing->cutting, std::nullopt);
  if (call.media) call.media->stop_clip(media_side(side));
  resume_music(context, call, side);
}

}  // namespace warp::calls
