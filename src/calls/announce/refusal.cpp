#include "announce/refusal.h"

#include <algorithm>
#include <utility>

#include "announce/announcing.h"
#include "announce/own_answer.h"
#include "capabilities.h"
#include "channels.h"
#include "media_setup.h"
#include "multipart.h"
#include "negotiation/exchange.h"
#include "setup/provisional.h"
#include "status.h"

namespace warp::calls {

using domain::Reason;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLongestRefusal{30'000};
constexpr milliseconds kAfterItsEnd{1000};  // the end is told by media; this is when it was not

// What the caller itself, or whoever pays, can do something about. Far ends speak for themselves, attackers
// are told nothing, and what is short is not spent on telling so.
bool worth_telling(Reason reason) {
  switch (reason) {
    case Reason::TrunkDisabled:
    case Reason::AccountSuspended:
    case Reason::NumberInvalid:
    case Reason::CallerIdNotAllowed:
    case Reason::DestinationNotAllowed:
    case Reason::TrunkChannelsExceeded:
    case Reason::AccountChannelsExceeded:
    case Reason::DirectionDisabled:
    case Reason::NoRoute:
    case Reason::DestinationUnrated:
    case Reason::AllRoutesFailed:
    case Reason::NumberUnassigned:
    case Reason::TrunkHasNoEndpoint:
    case Reason::InsufficientFunds:
    case Reason::NotRegistered:
    case Reason::DestinationBlocked:
    case Reason::SpendLimitReached:
    case Reason::ScheduleClosed:
      return true;
    default:
      return false;
  }
}

bool may_be_told(const Call& call, const Refusal& refusal) {
  const bool early = call.state == State::Trying || call.state == State::Ringing;
  return early && call.setup && call.setup->attempt.candidate == nullptr && !call.transfer &&
         !call.emergency && !call.delayed_offer && !(call.announcing && call.announcing->refusal) &&
         worth_telling(refusal.reason) && policy_of(*call.setup, Side::Caller).provisional.early_media;
}

// Those who were refused before anybody looked at their offer have one, too.
const sdp::Session* offer_of(const Context& context, Call& call) {
  Setup& setup = *call.setup;
  if (!setup.offer) {
    auto offer = sdp::parse(description_of(setup.invite.request));
    if (offer && admit(context, call, Side::Caller, *offer) == Reason::NormalClearing)
      setup.offer = std::move(*offer);
  }
  return setup.offer && listens(*setup.offer) ? &*setup.offer : nullptr;
}

bool begin_telling(Context& context, Call& call, const domain::MediaPolicy& policy) {
  const sdp::Session* offer = offer_of(context, call);
  const auto clip = offer != nullptr ? clip_of(context, policy.refusal_clip) : nullptr;
  if (!clip || !open_towards_caller(context, call, *offer)) return false;
  std::string body = answer_ourselves(context, call, Side::Caller, *offer);
  if (body.empty() || !play_to(context, call, Side::Caller, clip, Announcement::Refusal)) return false;
  note_caller(call);
  Progress progress;
  progress.status = 183;
  speak_for_ourselves(context, call);
  progress.body = std::move(body);
  progress.tag = call.leg(Side::Caller).tag;
  send_progress(context, call, std::move(progress), false);
  announcing_of(call).ends =
      context.wheel.arm(std::min(length_of(*clip) + kAfterItsEnd, kLongestRefusal), [&context, &call] {
        call.announcing->ends = {};
        finish_refusal(context, call);
      });
  return true;
}

}  // namespace

bool announce_refusal(Context& context, Call& call, const Refusal& refusal) {
  if (!may_be_told(call, refusal)) return false;
  const domain::MediaPolicy& policy = policy_of(*call.setup, Side::Caller).media;
  if (policy.refusal_clip.empty()) return false;
  AnnouncementDesk& desk = context.announcements;
  if (desk.refusals >= context.settings.refusal_clips_per_shard) {
    desk.too_many.add();
    return false;
  }
  if (!begin_telling(context, call, policy)) return false;
  announcing_of(call).refusal = refusal;
  ++desk.refusals;
  if (call.state == State::Trying) enter(context, call, State::Ringing);
  release_channels(call);
  if (context.charging != nullptr && call.hold.made())
    context.charging->release(std::exchange(call.hold, {}));
  return true;
}

void finish_refusal(Context& context, Call& call) {
  const Refusal refusal = *call.announcing->refusal;
  fail(context, call, refusal);
}

bool cancel_refusal(Context& context, Call& call) {
  if (!call.announcing || !call.announcing->refusal) return false;
  Refusal refusal = *call.announcing->refusal;
  refusal.status = kRequestTerminated;
  fail(context, call, refusal);
  return true;
}

}  // namespace warp::calls
