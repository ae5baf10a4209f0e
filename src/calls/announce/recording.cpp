#include "announce/recording.h"

#include <utility>

#include "announce/announcing.h"
#include "recording/siprec.h"
#include "survival.h"

namespace warp::calls {

using domain::RecordingForm;
using domain::RecordMode;

namespace {

constexpr std::chrono::seconds kBetweenTones{15};
constexpr std::string_view kTone = "tone:beep";
constexpr std::size_t kLongestList = 16 * 37;  // ids in a record; later ones are found by the call

RecordingWish recorder_wish(const domain::MediaPolicy& policy) {
  RecordingWish wish;
  wish.tone = policy.record_tone;
  wish.siprec = true;
  wish.recorder = policy.recorder;
  wish.mask_digits = policy.record_digits == domain::RecordedDigits::Masked;
  return wish;
}

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
    case RecordMode::Siprec:
      return recorder_wish(policy);
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

void begin_tone(Context& context, Call& call) {
  if (!call.recorded || !call.recorded->tone) return;
  sound_tone(context, call);
  arm_tone(context, call);
}

void tell_refused(Context& context, const Call& call, std::string_view why) {
  context.announcements.not_recorded.add();
  context.log.warning("calls.not_recorded", {{"call", call.record.call}, {"reason", why}});
}

RecordingBegun begin_with_recorder(Context& context, Call& call, const RecordingWish& wish) {
  const auto id = domain::RecordingId{context.ids.uuid7(context.clock.wall())};
  call.recorded.reset(new Recorded{id, nullptr, wish.tone});
  if (!begin_siprec(context, call, wish)) {
    call.recorded.reset();
    tell_refused(context, call, "no_recorder");
    return {RecordingAnswer::Refused};
  }
  context.announcements.recorded.add();
  begin_tone(context, call);
  try_next_recorder(context, call);
  persist(context, call);
  return {RecordingAnswer::Done, id};
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
  if (wish.siprec) return begin_with_recorder(context, call, wish);
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
  call.recorded.reset(new Recorded{request.id, std::move(*tap), wish.tone});
  call.media->add_tap(call.recorded->tap);
  note_recording(call, request.id);
  context.announcements.recorded.add();
  begin_tone(context, call);
  persist(context, call);
  return {RecordingAnswer::Done, request.id};
}

RecordingAnswer end_recording(Context& context, Call& call, domain::RecordingStop cause) {
  if (!call.recorded) return RecordingAnswer::NotRecorded;
  if (call.recorded->siprec) {
    end_siprec(context, call, domain::Reason::NormalClearing);
    context.wheel.cancel(call.recorded->next_tone);
    call.recorded.reset();
    return RecordingAnswer::Done;
  }
  const auto recorded = std::move(call.recorded);
  context.wheel.cancel(recorded->next_tone);
  if (call.media) call.media->remove_tap(recorded->tap.get());
  context.recordings->stop(recorded->id, cause);
  return RecordingAnswer::Done;
}

void pause_recording(Context& context, Call& call) {
  if (!call.recorded) return;
  context.wheel.cancel(call.recorded->next_tone);
  if (call.recorded->siprec) end_siprec(context, call, domain::Reason::NormalClearing);
}

void resume_recording(Context& context, Call& call) {
  if (!call.recorded) return;
  if (call.recorded->tone) arm_tone(context, call);
  if (!call.recorded->siprec) return;
  RecordingWish wish;
  wish.siprec = true;
  wish.recorder = call.recorded->siprec->recorder;
  wish.mask_digits = call.recorded->siprec->mask_digits;
  if (begin_siprec(context, call, wish)) try_next_recorder(context, call);
}

void forget_recording(Context& context, Call& call) {
  if (!call.recorded) return;
  context.wheel.cancel(call.recorded->next_tone);
  if (call.recorded->siprec) context.wheel.cancel(call.recorded->siprec->next_report);
}

}  // namespace warp::calls
