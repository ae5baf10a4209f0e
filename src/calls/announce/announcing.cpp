#include "announce/announcing.h"

#include <utility>

#include "announce/refusal.h"
#include "context.h"

namespace warp::calls {

namespace {

constexpr std::chrono::minutes kTellAgain{1};
constexpr std::size_t kMostTold = 64;  // names remembered; beyond them all are forgotten

constexpr std::array<std::string_view, kAnnouncements> kKinds{"ringback", "refusal", "cut_off", "hold_music"};

metrics::Counter& unheard(metrics::Registry& registry, const char* reason) {
  return registry.counter("warp_calls_announcements_unheard_total",
                          "Clips that were to be played and were not.", {{"reason", reason}});
}

metrics::Counter& recordings(metrics::Registry& registry, const char* result) {
  return registry.counter("warp_calls_recordings_total", "Recordings of calls that were asked for.",
                          {{"result", result}});
}

void tell_missing(Context& context, std::string_view name) {
  AnnouncementDesk& desk = context.announcements;
  desk.missing.add();
  const Monotonic now = context.clock.now();
  const auto known = desk.told.find(std::string(name));
  if (known != desk.told.end() && now - known->second < kTellAgain) return;
  if (desk.told.size() >= kMostTold) desk.told.clear();
  desk.told[std::string(name)] = now;
  context.log.warning("calls.clip_missing",
                      {{"clip", name}, {"cure", "put it into the folder of media.clips"}});
}

}  // namespace

void AnnouncingDeleter::operator()(Announcing* announcing) const {
  delete announcing;
}

Announcing& announcing_of(Call& call) {
  if (!call.announcing) call.announcing.reset(new Announcing);
  return *call.announcing;
}

AnnouncementDesk::AnnouncementDesk(metrics::Registry& registry)
    : missing(unheard(registry, "missing")),
      unplayable(unheard(registry, "unplayable")),
      too_many(unheard(registry, "too_many")),
      recorded(recordings(registry, "started")),
      not_recorded(recordings(registry, "refused")) {
  for (std::size_t i = 0; i < kAnnouncements; ++i)
    played[i] = &registry.counter("warp_calls_announcements_total", "Clips that calls began to play.",
                                  {{"kind", std::string(kKinds[i])}});
}

std::shared_ptr<const domain::MediaClip> clip_of(Context& context, std::string_view name) {
  if (name.empty()) return nullptr;
  auto clip = context.clips != nullptr ? context.clips->find(name) : nullptr;
  if (!clip) tell_missing(context, name);
  return clip;
}

std::chrono::milliseconds length_of(const domain::MediaClip& clip) {
  if (clip.sample_rate == 0) return {};
  return std::chrono::milliseconds(clip.samples.size() * 1000 / clip.sample_rate);
}

bool play_to(Context& context, Call& call, Side side, std::shared_ptr<const domain::MediaClip> clip,
             Announcement kind) {
  const bool looped = kind == Announcement::Ringback || kind == Announcement::HoldMusic;
  if (!call.media || !call.media->play(media_side(side), std::move(clip), looped)) {
    context.announcements.unplayable.add();
    return false;
  }
  context.announcements.played[static_cast<std::size_t>(kind)]->add();
  return true;
}

void on_clip_ended(Context& context, Call& call, Side side) {
  if (!call.announcing) return;
  if (side == Side::Caller && call.announcing->refusal) finish_refusal(context, call);
}

void stop_announcements(Context& context, Call& call) {
  if (!call.announcing) return;
  context.wheel.cancel(call.announcing->ends);
  context.wheel.cancel(call.announcing->cut_off);
  call.announcing->cutting.reset();
  if (call.announcing->refusal) --context.announcements.refusals;
  call.announcing->refusal.reset();
}

}  // namespace warp::calls
