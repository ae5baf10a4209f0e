#include "announce/recording.h"

#include <utility>

#include "announce/announcing.h"
#include "survival.h"

namespace warp::calls {

using domain::RecordingForm;
using domain::RecordMode;

namespace {

constexpr std::chrono::seconds kBetweenTones{15};
constexpr std::string_view kTone = "tone:beep";
constexpr std::size_t kLongestList = 16 * 37;  // ids in a record; later ones are found by the call

std::optional<RecordingWish> wish_of(const domain::MediaPolicy& policy) {
  switch (policy.record) {
    case RecordMode::Off:
      return std::nullopt;
    case RecordMode::Wav:
      return RecordingWish{RecordingForm::WavMono, policy.record_tone};
    case RecordMode::WavStereo:
      return RecordingWish{RecordingForm::WavStereo, policy.record_tone};
    case RecordMode::Pcap:
      return RecordingWish{RecordingForm::Pcap, policy.record_tone};
  }
  return std::nullopt;
}

// Who hears another clip just now is not disturbed.
void sound_tone(Context& context, Call& call) {
  const auto beep = clip_of(context, kTone);
  if (!beep) return;
  for (const Side side : {Side::Caller, Side::Callee}) {
    const Announcing* other_clips = call.announcing.get();
    const bool taken =
        other_clips != nullptr &&
        (other_clips->cutting == side || !other_clips->music[static_cast<std::size_t>(side)].empty());
    if (!taken) call.media->play(media_side(side), beep, false);
  }
}

void arm_tone(Context& context, Call& call) {
  call.recorded->next_tone = context.wheel.arm(kBetweenTones, [&context, &call] {
    call.recorded->next_tone = {};
    if (call.media) sound_tone(context, call);
    arm_tone(context, call);
  });
}

void note_recording(Call& call, domain::RecordingId id) {
  std::string& list = call.record.facts->recording;
  if (list.size() >= kLongestList) return;
  if (!list.empty()) list += ' ';
  list += id.to_string();
}

domain::RecordingRequest request_for(Context& context, const Call& call, RecordingForm form) {
  domain::RecordingRequest request;
  request.at = context.clock.wall();
  request.id = {context.ids.uuid7(request.at)};
  request.call = call.record.call;
  request.record = call.record.id;
  request.customer = call.record.customer;
  request.trunk = call.record.trunk;
  request.form = form;
  return request;
}

void tell_refused(Context& context, const Call& call, std::string_view why) {
  context.announcements.not_recorded.add();
  context.log.warning("calls.not_recorded", {{"call", call.record.call}, {"reason", why}});
}

}  // namespace

void RecordedDeleter::operator()(Recorded* recorded) const {
  delete recorded;
}

void record_by_policy(Context& context, Call& call) {
  for (const Side side : {Side::Caller, Side::Callee}) {
    const PolicyView policy(context.snapshots, call.leg(side).party);
    const auto wish = wish_of(policy->media);
    if (!wish) continue;
    if (!call.media) return tell_refused(context, call, "bypass");
    static_cast<void>(begin_recording(context, call, *wish));
    return;
  }
}

RecordingBegun begin_recording(Context& context, Call& call, const RecordingWish& wish) {
  if (call.state != State::Up && call.state != State::Confirming) return {RecordingAnswer::NotUp};
  if (!call.media) return {RecordingAnswer::NoMedia};
  if (call.recorded) return {RecordingAnswer::Already};
  if (context.recordings == nullptr) {
    tell_refused(context, call, to_string(domain::RecordingRefused::Off));
    return {RecordingAnswer::Refused};
  }
  const auto request = request_for(context, call, wish.form);
  auto tap = context.recordings->start(request);
  if (!tap) {
    tell_refused(context, call, to_string(tap.error()));
    return {RecordingAnswer::Refused};
  }
  call.recorded.reset(new Recorded{request.id, std::move(*tap), wish.tone, {}});
  call.media->add_tap(call.recorded->tap);
  note_recording(call, request.id);
  context.announcements.recorded.add();
  if (wish.tone) {
    sound_tone(context, call);
    arm_tone(context, call);
  }
  persist(context, call);
  return {RecordingAnswer::Done, request.id};
}

RecordingAnswer end_recording(Context& context, Call& call, domain::RecordingStop cause) {
  if (!call.recorded) return RecordingAnswer::NotRecorded;
  const auto recorded = std::move(call.recorded);
  context.wheel.cancel(recorded->next_tone);
  if (call.media) call.media->remove_tap(recorded->tap.get());
  context.recordings->stop(recorded->id, cause);
  return RecordingAnswer::Done;
}

void pause_tone(Context& context, Call& call) {
  if (call.recorded) context.wheel.cancel(call.recorded->next_tone);
}

void resume_tone(Context& context, Call& call) {
  if (call.recorded && call.recorded->tone) arm_tone(context, call);
}

}  // namespace warp::calls
