#include "survival.h"

#include <algorithm>
#include <utility>

#include "announce/hold_music.h"
#include "announce/recording.h"
#include "answering.h"
#include "channels.h"
#include "charge.h"
#include "ending.h"
#include "media_setup.h"
#include "media_watch.h"
#include "outgoing.h"
#include "recording/siprec.h"
#include "state_text.h"
#include "status.h"
#include "transfer/handover.h"

namespace warp::calls {

using domain::Reason;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

constexpr std::uint32_t kSurvivorCSeqLeap = 1000;
// The journal's sign of life is this old at most.
constexpr std::chrono::seconds kHeartbeat{1};
constexpr milliseconds kSettled{3000};
// After a restart: what was due meanwhile is not asked for at once, and a peer has the time to say again what
// nobody heard.
constexpr milliseconds kLeastOurs{2000}, kLeastTheirs{32'000};
constexpr std::uint64_t kProbeSpread = 2000;  // milliseconds
constexpr milliseconds kProbeAfter{300};

bool recent(const Context& context, const Orphan& orphan) {
  const auto gap = context.clock.wall() - orphan.last_alive;
  const auto most = context.settings.recovery_window + kHeartbeat;
  return context.settings.recovery_window.count() > 0 && gap <= most && gap >= -most;
}

// The clocks of the record: by the wall over the gap, by the monotonic clock from now on.
void set_clocks(const Context& context, Call& call, WallTime last_alive) {
  const domain::CallRecord& record = call.record;
  const WallTime answered = record.answered_at.value_or(record.setup_at);
  const WallTime wall = std::max({context.clock.wall(), last_alive, answered});
  call.setup_at = context.clock.now() - (wall - record.setup_at);
  call.answered_at = call.setup_at + (answered - record.setup_at);
}

void take_channels(Context& context, Call& call) {
  const Party& caller = call.leg(Side::Caller).party;
  const Party& callee = call.leg(Side::Callee).party;
  const auto trunk = [](const Party& party) {
    return party.kind == Party::Kind::Trunk ? TrunkId{party.id} : TrunkId{};
  };
  const auto provider = callee.kind == Party::Kind::Provider ? ProviderId{callee.id} : ProviderId{};
  adopt_channels(context, call, trunk(caller), trunk(callee), provider);
}

void restore_leg(Call& call, Side side, SavedLeg& saved) {
  Leg& leg = call.leg(side);
  leg.tag = parse_tag(saved.dialog->local_tag()).value_or(0);
  leg.dialog = std::move(saved.dialog);
  leg.dialog->skip_cseq(kSurvivorCSeqLeap);
  leg.invite_cseq = saved.invite_cseq;
  leg.acked = saved.acked;
  leg.ack_body = std::move(saved.ack_body);
  leg.sdp = saved.sdp;
  if (!saved.heard.empty()) leg.heard = std::make_unique<std::string>(std::move(saved.heard));
  leg.party = saved.party;
  leg.allows_update = saved.allows_update;
  leg.options = saved.options;
  if (!saved.mids.empty()) leg.mids = std::make_unique<std::vector<std::string>>(std::move(saved.mids));
}

void restore_timer(Context& context, Call& call, Side side, SavedTimer saved) {
  auto timer = std::make_unique<SessionTimer>();
  timer->interval = saved.interval;
  timer->min_se = saved.min_se;
  timer->ours = saved.ours;
  timer->description = std::move(saved.description);
  call.leg(side).timer = std::move(timer);
  const auto left =
      std::chrono::duration_cast<milliseconds>(saved.due_at - wall_at(call, context.clock.now()));
  arm_session_timer(context, call, side, std::max(left, saved.ours ? kLeastOurs : kLeastTheirs));
}

void probe(Context& context, Call& call) {
  call.settle_timer = {};
  for (const Side side : {Side::Caller, Side::Callee}) {
    Leg& leg = call.leg(side);
    const auto sent = send_in_dialog(context, leg, sip::Method::Options, {});
    call.revival->probes[static_cast<std::size_t>(side)] = sent;
    if (sent != 0) context.table.expect(sent, {Purpose::Probe, &call, side, leg.tag});
  }
}

// It had ended while nobody was here to hear it: it counts until the last moment that is known.
void end_unheard(Context& context, Call& call, Side gone) {
  if (call.state != State::Up || !call.revival) return;
  const auto unknown = wall_at(call, context.clock.now()) - call.revival->last_alive;
  const auto most = context.clock.now() - call.answered_at;
  const auto taken_off = std::clamp<Monotonic::duration>(unknown, Monotonic::duration::zero(), most);
  call.setup_at += taken_off;
  call.answered_at += taken_off;
  hang_up(context, call, {Reason::DaemonRestarted}, domain::ReleaseSide::Platform,
          gone == Side::Caller ? Tell::Callee : Tell::Caller);
}

// What the dead process had with a recorder ends, and another session begins; files are the policy's alone.
void record_again(Context& context, Call& call, const SavedSiprec& saved) {
  end_saved_siprec(context, saved);
  if (!saved.recorded) return record_by_policy(context, call);
  RecordingWish wish;
  wish.siprec = true;
  wish.recorder = saved.recorder;
  wish.mask_digits = saved.mask_digits;
  wish.tone = saved.tone;
  static_cast<void>(begin_recording(context, call, wish));
}

void note_answered(Call& call, sip::TransactionId probe) {
  if (call.revival) std::ranges::replace(call.revival->probes, probe, sip::TransactionId{0});
}

void start_timers(Context& context, Call& call, SavedCall& saved) {
  for (const Side side : {Side::Caller, Side::Callee})
    if (auto& timer = saved.legs[static_cast<std::size_t>(side)].timer)
      restore_timer(context, call, side, std::move(*timer));
  if (call.max_duration.count() > 0) {
    const auto spent = std::chrono::duration_cast<milliseconds>(context.clock.now() - call.answered_at);
    arm_max_duration(context, call, std::max<milliseconds>(call.max_duration - spent, milliseconds(1)));
  }
  call.settle_timer = context.wheel.arm(kProbeAfter + milliseconds(context.ids.next64() % kProbeSpread),
                                        [&context, &call] { probe(context, call); });
}

}  // namespace

void persist(Context& context, Call& call) {
  if (call.state != State::Up && call.state != State::Confirming) return;
  context.records.updated(call.record, write_state(call));
  tell_recorder(context, call);
}

void persist_when_settled(Context& context, Call& call) {
  if (!call.media || (!call.symmetric_rtp[0] && !call.symmetric_rtp[1])) return;
  call.settle_timer = context.wheel.arm(kSettled, [&context, &call] {
    call.settle_timer = {};
    if (!call.media) return;
    const auto memory = call.media->memory();
    const bool learned = std::any_of(memory.streams.begin(), memory.streams.end(), [](const auto& stream) {
      return (stream.learned[0].port != 0 && stream.learned[0] != stream.remotes[0].rtp) ||
             (stream.learned[1].port != 0 && stream.learned[1] != stream.remotes[1].rtp);
    });
    if (learned) persist(context, call);
  });
}

bool revive(Context& context, Orphan& orphan) {
  if (!recent(context, orphan) || !orphan.draft.answered_at) return false;
  auto saved = read_state(orphan.state);
  if (!saved || !saved->legs[0].dialog || !saved->legs[1].dialog || !saved->legs[1].acked) return false;
  auto fresh = std::make_unique<Call>();
  fresh->record = orphan.draft;
  fresh->max_duration = saved->max_duration;
  fresh->media_timeout = saved->media_timeout;
  fresh->symmetric_rtp = fresh->media_symmetric = saved->symmetric_rtp;
  fresh->hold = saved->hold;
  Call& call = context.table.add(std::move(fresh));
  if (saved->media && !reopen_media(context, call, std::move(*saved->media))) {
    context.table.remove(call);
    return false;
  }
  judge_media(call);
  call.state = State::Up;
  for (const Side side : {Side::Caller, Side::Callee}) {
    restore_leg(call, side, saved->legs[static_cast<std::size_t>(side)]);
    context.table.bind(call.leg(side).tag, {&call, side});
  }
  claim_tags(context, call);
  set_clocks(context, call, orphan.last_alive);
  call.revival = std::make_unique<Revival>(Revival{orphan.last_alive});
  take_channels(context, call);
  start_timers(context, call, *saved);
  for (const Side side : {Side::Caller, Side::Callee})
    begin_music(context, call, side, saved->legs[static_cast<std::size_t>(side)].music);
  charge_answered(context, call);
  record_again(context, call, read_saved_siprec(saved->siprec));
  call.counted_active = true;
  context.active.fetch_add(1, std::memory_order_relaxed);
  context.metrics.active[CallMetrics::index(call.record.direction)]->add(1);
  context.metrics.survived.add();
  context.log.info("calls.survived", {{"call", call.record.call}, {"sip_call_id", call.record.sip_call_id}});
  persist(context, call);
  return true;
}

void settle_probes(Context& context, Call& call) {
  if (!call.revival) return;
  for (auto& probe : call.revival->probes) {
    context.transactions.abandon(probe);
    context.transactions.silence(probe);
    context.table.forget(probe);
    probe = 0;
  }
}

void probe_sent_again(Call& call, sip::TransactionId before, sip::TransactionId now) {
  if (call.revival) std::ranges::replace(call.revival->probes, before, now);
}

void on_probe_response(Context& context, Call& call, Side side, sip::TransactionId id,
                       const sip::Message& response) {
  if (response.status() < 200) return;
  context.table.forget(id);
  note_answered(call, id);
  if (response.status() == kTimedOut || response.status() == kUnknownDialog) end_unheard(context, call, side);
}

void on_probe_failed(Context& context, Call& call, Side side, sip::TransactionId id) {
  context.table.forget(id);
  note_answered(call, id);
  end_unheard(context, call, side);
}

}  // namespace warp::calls
