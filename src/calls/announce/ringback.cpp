#include "announce/ringback.h"

#include <utility>

#include "announce/announcing.h"
#include "announce/own_answer.h"
#include "capabilities.h"

namespace warp::calls {

namespace {

constexpr std::uint16_t kRinging = 180, kSessionProgress = 183;

// May this caller be told something of ours before the answer? The first attempt's early media are not.
bool hears_ringback(const Call& call) {
  const Setup& setup = *call.setup;
  return !call.transfer && !call.delayed_offer && call.media && setup.offer && setup.attempt.early_tag == 0 &&
         policy_of(setup, Side::Caller).provisional.early_media;
}

bool begin_ringing(Context& context, Call& call, OwnAnswer& answer, const std::string& name) {
  const auto clip = clip_of(context, name);
  if (!clip) return false;
  tell_caller_side(context, call, answer);
  return play_to(context, call, Side::Caller, clip, Announcement::Ringback);
}

bool rings_here(const Call& call) {
  return call.announcing && call.announcing->rings_on;
}

bool same_session(const Call& call, std::size_t stream) {
  return call.media->local(domain::MediaSide::A, stream).rtp == *call.announcing->rings_on;
}

}  // namespace

void ring_back(Context& context, Call& call, Progress& progress) {
  if (!progress.body.empty()) return end_ringback(call);
  if (rings_here(call)) {
    // A 180 would have some play a tone of their own.
    progress.status = kSessionProgress;
    return;
  }
  if (progress.status != kRinging || !hears_ringback(call)) return;
  const domain::MediaPolicy& policy = policy_of(*call.setup, Side::Caller).media;
  if (policy.ringback.empty()) return;
  auto answer = own_answer(*call.setup->offer, policy);
  if (!answer || !begin_ringing(context, call, *answer, policy.ringback)) return;
  announcing_of(call).rings_on = call.media->local(domain::MediaSide::A, answer->stream).rtp;
  progress.body = speak_for_ourselves(context, call, std::move(*answer));
  progress.tag = call.leg(Side::Caller).tag;
  progress.status = kSessionProgress;
}

void keep_ringing(Context& context, Call& call) {
  if (!rings_here(call)) return;
  const domain::MediaPolicy& policy = policy_of(*call.setup, Side::Caller).media;
  auto answer = own_answer(*call.setup->offer, policy);
  const bool goes_on = call.media && answer && same_session(call, answer->stream) &&
                       begin_ringing(context, call, *answer, policy.ringback);
  // Ports that the caller was not told of: the next 180 begins anew.
  if (!goes_on) call.announcing->rings_on.reset();
}

void end_ringback(Call& call) {
  if (!rings_here(call)) return;
  call.announcing->rings_on.reset();
  if (call.media) call.media->stop_clip(domain::MediaSide::A);
}

}  // namespace warp::calls
