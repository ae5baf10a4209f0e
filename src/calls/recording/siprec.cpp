#include "recording/siprec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "announce/recording.h"
#include "media_setup.h"
#include "recording/requests.h"
#include "recording/stream.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::chrono::milliseconds kBetweenReports{5000};  // RFC 3550 §6.2

void arm_reports(Context& context, Call& call) {
  Siprec& siprec = *call.recorded->siprec;
  siprec.next_report = context.wheel.arm(kBetweenReports, [&context, &call] {
    call.recorded->siprec->next_report = {};
    call.recorded->siprec->copier->report(context.clock.now(), context.clock.wall());
    arm_reports(context, call);
  });
}

void draw_keys(Context& context, RecorderSdp& sdp) {
  for (auto& key : sdp.keys)
    for (std::size_t at = 0; at < key.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t bits = context.ids.next64();
      std::memcpy(key.data() + at, &bits, std::min(sizeof bits, key.size() - at));
    }
}

recording::Copier::Start fresh_streams(Context& context) {
  recording::Copier::Start start;
  for (std::size_t side = 0; side < 2; ++side) {
    start.ssrcs[side] = static_cast<std::uint32_t>(context.ids.next64());
    // Far from the wrap, as receivers of SRTP like it (RFC 3711 §3.3.1).
    start.sequences[side] = static_cast<std::uint16_t>(context.ids.next64() & 0x7fff);
    start.timestamps[side] = static_cast<std::uint32_t>(context.ids.next64());
  }
  start.cname = context.ids.hex(16);
  return start;
}

// Ports, keys and ids for one attempt.
Reason prepare(Context& context, Call& call, const sip::Flow& flow) {
  Siprec& siprec = *call.recorded->siprec;
  const auto stream = recorded_stream(call);
  auto picture = picture_of(context, call, nullptr);
  if (!stream || !picture) return Reason::MediaUnsupported;
  domain::MediaSessionRequest request;
  request.call = call.record.call;
  for (auto& side : request.sides)
    side = {flow.local.ip.v6, false, network_of(context, flow)};
  request.timeout = {};
  auto outlet = context.media.open(request, context.executor, [] {});
  if (!outlet) return Reason::MediaPortsExhausted;
  siprec.copier = std::make_shared<recording::Copier>(std::move(*outlet), *stream, fresh_streams(context));
  siprec.sdp = {};
  siprec.sdp.local = {siprec.copier->local(domain::MediaSide::A), siprec.copier->local(domain::MediaSide::B)};
  siprec.sdp.origin = {context.ids.next64() >> 2, 1, 0};
  siprec.sdp.srtp = siprec.target->srtp;
  siprec.sdp.events = !siprec.mask_digits;
  draw_keys(context, siprec.sdp);
  for (Uuid& id : siprec.sdp.streams)
    id = context.ids.uuid7(context.clock.wall());
  siprec.told = std::move(*picture);
  siprec.whole = false;
  siprec.began = context.clock.wall();
  return Reason::NormalClearing;
}

// Takes the tap away and counts what went through it.
void stop_copying(Context& context, Call& call) {
  Siprec& siprec = *call.recorded->siprec;
  context.wheel.cancel(siprec.next_report);
  siprec.question = 0;
  siprec.up = false;
  if (!siprec.copier) return;
  if (call.media) call.media->remove_tap(siprec.copier.get());
  call.recorded->tap.reset();
  siprec.copier->close(context.clock.now(), context.clock.wall());
  const auto totals = siprec.copier->totals();
  context.recorders.packets.add(totals.sent);
  context.recorders.lost.add(totals.lost);
  context.recorders.masked.add(totals.masked);
  siprec.copier.reset();
}

void note_failure(Context& context, const Call& call, Reason reason, std::uint16_t status) {
  context.recorders.failed(reason);
  const RecorderTarget& target = *call.recorded->siprec->target;
  context.log.warning("calls.recorder_failed", {{"call", call.record.call},
                                                {"recorder", target.recorder},
                                                {"host", target.destination.host},
                                                {"reason", domain::to_string(reason)},
                                                {"status", status}});
}

Reason attempt(Context& context, Call& call, const sip::LocatedTarget& address) {
  Siprec& siprec = *call.recorded->siprec;
  auto dialog = dial_recorder(context, call, *siprec.target, address);
  if (!dialog) return Reason::FarEndUnreachable;
  if (const Reason reason = prepare(context, call, dialog->flow); reason != Reason::NormalClearing)
    return reason;
  const RecorderBody body =
      update_for(context, call, whole_metadata(call, siprec.told, siprec.sdp, siprec.began));
  if (!invite_recorder(context, *dialog, body)) return Reason::FarEndUnreachable;
  const Tag tag = siprec.dialog = dialog->tag;
  context.table.bind(tag, {nullptr, Side::Callee});
  dialog->timer = context.wheel.arm(context.settings.recorders.timeout, [&context, tag] {
    RecorderDialog* late = context.recorders.find(tag);
    if (late == nullptr) return;
    late->timer = {};
    on_recorder_failed(context, *late, Reason::FarEndTimeout);
  });
  context.recorders.live.emplace(tag, std::move(dialog));
  return Reason::NormalClearing;
}

void recorder_located(Context& context, std::uint64_t serial, std::uint32_t question, sip::Located located) {
  Call* call = context.table.find(serial);
  if (call == nullptr || !call->recorded || !call->recorded->siprec) return;
  Siprec& siprec = *call->recorded->siprec;
  if (siprec.question != question) return;
  siprec.question = 0;
  siprec.located = std::move(located.targets);
  siprec.next_located = 0;
  if (siprec.located.empty()) note_failure(context, *call, Reason::NameUnresolved, 0);
  try_next_recorder(context, *call);
}

// False: the answer comes later.
bool locate_recorder(Context& context, Call& call) {
  Siprec& siprec = *call.recorded->siprec;
  const sip::Destination& destination = siprec.target->destination;
  siprec.located.clear();
  siprec.next_located = 0;
  if (const auto ip = domain::IpAddress::parse(destination.host)) {
    const auto transport = destination.transport.value_or(sip::SipTransport::Udp);
    const auto port = destination.port != 0 ? destination.port : sip::default_port(transport);
    siprec.located.push_back({{*ip, port}, transport});
    return true;
  }
  if (context.locator == nullptr) {
    note_failure(context, call, Reason::NameUnresolved, 0);
    return true;
  }
  if (!context.reach) context.reach = sip::Reach::of(context.sender);
  const auto question = siprec.question = static_cast<std::uint32_t>(context.ids.next64() | 1);
  auto answered = [&context, alive = std::weak_ptr(context.alive), serial = call.serial,
                   question](sip::Located located) {
    if (!alive.expired()) recorder_located(context, serial, question, std::move(located));
  };
  context.wheel.arm(context.settings.name_timeout, [answered] { answered({{}, true, false}); });
  context.locator->locate(destination, *context.reach, context.ids.next64(), context.executor, answered);
  return false;
}

// No target takes the call: a file does, or nothing.
void fall_back(Context& context, Call& call) {
  const bool tone = call.recorded->tone;
  static_cast<void>(end_recording(context, call, domain::RecordingStop::Asked));
  const auto& fallback = context.settings.recorders.fallback;
  (fallback ? context.recorders.fallbacks : context.recorders.exhausted).add();
  context.log.warning("calls.not_recorded", {{"call", call.record.call},
                                             {"reason", "recorders_failed"},
                                             {"fallback", fallback ? to_string(*fallback) : "none"}});
  if (!fallback) return;
  RecordingWish wish;
  wish.form = *fallback;
  wish.tone = tone;
  static_cast<void>(begin_recording(context, call, wish));
}

}  // namespace

void SiprecDeleter::operator()(Siprec* siprec) const {
  delete siprec;
}

bool begin_siprec(Context& context, Call& call, const RecordingWish& wish) {
  std::unique_ptr<Siprec, SiprecDeleter> siprec(new Siprec);
  siprec->recorder = wish.recorder;
  siprec->mask_digits = wish.mask_digits;
  for (const RecorderTarget& target : context.settings.recorders.targets)
    if (target.recorder == wish.recorder) siprec->targets.push_back(&target);
  if (siprec->targets.empty()) return false;
  call.recorded->siprec = std::move(siprec);
  return true;
}

void try_next_recorder(Context& context, Call& call) {
  Siprec& siprec = *call.recorded->siprec;
  for (;;) {
    while (siprec.next_located < siprec.located.size()) {
      const Reason reason = attempt(context, call, siprec.located[siprec.next_located++]);
      if (reason == Reason::NormalClearing) return;
      siprec.copier.reset();
      note_failure(context, call, reason, 0);
    }
    if (siprec.next_target >= siprec.targets.size()) return fall_back(context, call);
    siprec.target = siprec.targets[siprec.next_target++];
    if (!locate_recorder(context, call)) return;
  }
}

void recorder_accepted(Context& context, Call& call) {
  Siprec& siprec = *call.recorded->siprec;
  siprec.up = true;
  call.recorded->tap = siprec.copier;
  call.media->add_tap(siprec.copier);
  context.recorders.sessions.add();
  arm_reports(context, call);
}

void end_siprec(Context& context, Call& call, Reason reason) {
  stop_copying(context, call);
  Siprec& siprec = *call.recorded->siprec;
  if (RecorderDialog* dialog = context.recorders.find(std::exchange(siprec.dialog, 0)))
    leave_recorder(context, *dialog, reason);
}

void on_recorder_failed(Context& context, RecorderDialog& dialog, Reason reason, std::uint16_t status) {
  Call* call = recorded_call(context, dialog);
  leave_recorder(context, dialog, reason);
  if (call == nullptr) return;
  note_failure(context, *call, reason, status);
  stop_copying(context, *call);
  Siprec& siprec = *call->recorded->siprec;
  siprec.dialog = 0;
  siprec.saved.clear();
  try_next_recorder(context, *call);
}

bool follow_recorder(Context& context, Call& call, const sdp::Session& description) {
  Siprec& siprec = *call.recorded->siprec;
  bool any = false;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto way = way_towards(description, side, siprec.told, siprec.sdp);
    any = any || way.rtcp.port != 0;
    siprec.copier->lead(media_side(static_cast<Side>(side)), way);
    if (way.rtcp.port == 0)
      context.log.info("calls.recorder_refused_stream", {{"call", call.record.call}, {"side", side}});
  }
  return any;
}

void tell_recorder(Context& context, Call& call) {
  if (!call.recorded || !call.recorded->siprec || !call.recorded->siprec->up) return;
  Siprec& siprec = *call.recorded->siprec;
  RecorderDialog* dialog = context.recorders.find(siprec.dialog);
  auto now = picture_of(context, call, &siprec.told);
  if (dialog == nullptr || !dialog->dialog || !now || (*now == siprec.told && !siprec.whole)) return;
  if (dialog->asking || dialog->timer || dialog->ok) {
    dialog->behind = true;
    return;
  }
  dialog->behind = false;
  const auto metadata = siprec.whole
                            ? whole_metadata(call, *now, siprec.sdp, siprec.began)
                            : changed_metadata(call, siprec.told, *now, siprec.sdp, context.clock.wall());
  siprec.told = std::move(*now);
  siprec.whole = false;
  ++siprec.sdp.origin.version;
  if (reinvite_recorder(context, *dialog, update_for(context, call, metadata)))
    context.recorders.updates.add();
  else
    siprec.whole = true;
}

}  // namespace warp::calls
