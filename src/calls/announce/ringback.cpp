#include "announce/ringback.h"

#include <utility>

#include "announce/announcing.h"
#include "announce/own_answer.h"
#include "capabilities.h"
#include "negotiation/exchange.h"

namespace warp::calls {

namespace {

constexpr std::uint16_t kRinging = 180, kSessionProgress = 183;

// May this caller be told something of ours before the answer? The first attempt's early media are not.
bool hears_ringback(const Call& call) {
  const Setup& setup = *call.setup;
  return !call.transfer && !call.delayed_offer && call.media && setup.offer && listens(*setup.offer) &&
         setup.attempt.early_tag == 0 && policy_of(setup, Side::Caller).provisional.early_media;
}

// The description for the caller, who hears the clip from now on; empty: it cannot be.
std::string begin_ringing(Context& context, Call& call, const std::string& name) {
  const auto clip = clip_of(context, name);
  if (!clip) return {};
  std::string body = answer_ourselves(context, call, Side::Caller, *call.setup->offer);
  if (body.empty() || !play_to(context, call, Side::Caller, clip, Announcement::Ringback)) return {};
  return body;
}

bool rings_here(const Call& call) {
  return call.announcing && call.announcing->rings_on;
}

domain::SocketAddress port_for_caller(const Call& call) {
  return call.media->local(domain::MediaSide::A, 0).rtp;
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
  std::string body = begin_ringing(context, call, policy.ringback);
  if (body.empty()) return;
  announcing_of(call).rings_on = port_for_caller(call);
  speak_for_ourselves(context, call);
  progress.body = std::move(body);
  progress.tag = call.leg(Side::Caller).tag;
  progress.status = kSessionProgress;
}

void keep_ringing(Context& context, Call& call) {
  if (!rings_here(call)) return;
  const domain::MediaPolicy& policy = policy_of(*call.setup, Side::Caller).media;
  // Keys would be others than those that it was told.
  const bool goes_on = call.media && policy.security == domain::MediaSecurity::Off &&
                       port_for_caller(call) == *call.announcing->rings_on &&
                       !begin_ringing(context, call, policy.ringback).empty();
  // Ports that the caller was not told of: the next 180 begins anew.
  if (!goes_on) call.announcing->rings_on.reset();
}

void end_ringback(Call& call) {
  if (!rings_here(call)) return;
  call.announcing->rings_on.reset();
  if (call.media) call.media->stop_clip(domain::MediaSide::A);
}

}  // namespace warp::calls
