#include "transfer/handover.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <utility>

#include "warp/calls/neighbours.h"

#include "announce/announcing.h"
#include "announce/recording.h"
#include "answering.h"
#include "channels.h"
#include "charge.h"
#include "context.h"
#include "ending.h"
#include "fax/switching.h"
#include "front_door.h"
#include "live_view.h"
#include "media_events.h"
#include "responses.h"
#include "session_timer.h"
#include "survival.h"
#include "transfer/attended.h"
#include "transfer/replaces.h"
#include "transfer/replacing.h"
#include "transfer/talk.h"

namespace warp::calls {

using std::chrono::milliseconds;

namespace {

constexpr unsigned kMostHops = 3;

// Copyable, as what is posted must be.
struct Parcel {
  std::unique_ptr<Call> call;
  std::array<std::optional<LimitKey>, kChannels.size()> channels;
};

bool movable(const Call& call) {
  return !busy(call) && call.relays.empty() && !call.setup && !call.ok;
}

void stop_timers(Context& context, Call& call) {
  context.wheel.cancel(call.max_duration_timer);
  context.wheel.cancel(call.charge_timer);
  context.wheel.cancel(call.settle_timer);
  stop_announcements(context, call);
  pause_recording(context, call);
  drop_fax(context, call);
  settle_probes(context, call);
  for (Leg& leg : call.legs)
    if (leg.timer) context.wheel.cancel(leg.timer->due);
}

milliseconds left_until(const Context& context, Monotonic due) {
  return std::max(std::chrono::duration_cast<milliseconds>(due - context.clock.now()), milliseconds(1));
}

void start_timers(Context& context, Call& call) {
  for (const Side side : {Side::Caller, Side::Callee})
    if (const auto& timer = call.leg(side).timer)
      arm_session_timer(context, call, side, left_until(context, timer->due_at));
  if (call.max_duration.count() > 0)
    arm_max_duration(context, call, left_until(context, call.answered_at + call.max_duration));
  charge_answered(context, call);
  resume_recording(context, call);
  persist_when_settled(context, call);
}

void arrive(Context& context, Parcel& parcel) {
  Call& call = context.table.add(std::move(parcel.call));
  for (std::size_t i = 0; i < kChannels.size(); ++i)
    if (parcel.channels[i]) call.*kChannels[i] = context.limits.adopt(*parcel.channels[i], context.shard);
  for (const Side side : {Side::Caller, Side::Callee}) {
    const Tag tag = call.leg(side).tag;
    context.moved.forget(tag);
    context.table.bind(tag, {&call, side});
  }
  start_timers(context, call);
  context.active.fetch_add(1, std::memory_order_relaxed);
}

void depart(Context& context, Call& call, unsigned to) {
  stop_timers(context, call);
  auto parcel = std::make_shared<Parcel>();
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    ChannelToken& token = call.*kChannels[i];
    if (token.counters() != nullptr) parcel->channels[i] = token.counters()->key();
    token.release();
  }
  if (!call.moved) call.moved = std::make_unique<Moved>();
  call.moved->shards.push_back(context.shard);
  parcel->call = context.table.take(call);
  for (Leg& leg : parcel->call->legs) {
    leg.invite = 0;  // a number of this shard's
    parcel->call->moved->tags.push_back(leg.tag);
    context.moved.note(leg.tag, to, context.clock.now());
  }
  context.active.fetch_sub(1, std::memory_order_relaxed);
  context.neighbours->post(to, [parcel](Context& there) { arrive(there, *parcel); });
}

struct Question {
  DialogName name;
  Party asker;
  unsigned from = 0, hops = 0;
  // On the asking shard; false: the call is there, but something is under way in it.
  std::function<void(Context&, bool available)> then;
};

void answer(Context& context, Question question) {
  const auto elsewhere = context.moved.find(question.name.local_tag);
  if (elsewhere && *elsewhere != question.from && ++question.hops < kMostHops)
    return context.neighbours->post(*elsewhere, [question](Context& there) { answer(there, question); });
  const LegRef found = find_dialog(context, question.name);
  const bool may =
      found.call != nullptr && same_owner(context, question.asker, found.call->leg(found.side).party);
  const bool available = !may || movable(*found.call);
  if (may && available) depart(context, *found.call, question.from);
  context.neighbours->post(question.from, [then = std::move(question.then), available](Context& there) {
    then(there, available);
  });
}

bool send(Context& context, Question question) {
  if (context.neighbours == nullptr) return false;
  const unsigned owner = sip::shard_of(question.name.call_id, context.neighbours->count());
  const unsigned place = context.moved.find(question.name.local_tag).value_or(owner);
  if (place == context.shard) return false;
  context.neighbours->post(place,
                           [question = std::move(question)](Context& there) { answer(there, question); });
  return true;
}

// A thing that is not copied, within one that must be.
std::shared_ptr<Owed> shared(std::optional<Owed> owed) {
  return owed ? std::make_shared<Owed>(std::move(*owed)) : nullptr;
}

}  // namespace

void MovedTags::note(Tag tag, unsigned shard, Monotonic now) {
  std::erase_if(tags_, [now](const auto& entry) { return entry.second.until < now; });
  tags_[tag] = {shard};
}

void MovedTags::expire(Tag tag, Monotonic at) {
  if (const auto found = tags_.find(tag); found != tags_.end()) found->second.until = at;
}

std::optional<unsigned> MovedTags::find(std::string_view tag) const {
  const auto known = tags_.empty() ? std::nullopt : parse_tag(tag);
  const auto found = known ? tags_.find(*known) : tags_.end();
  return found == tags_.end() ? std::nullopt : std::optional(found->second.shard);
}

bool pass_on(Context& context, const sip::Message& message, const sip::Flow& from) {
  if (context.moved.empty() || context.neighbours == nullptr) return false;
  const auto shard = context.moved.find(message.is_request() ? message.to().tag : message.from().tag);
  if (!shard) return false;
  const auto carried = shared(owe(0, message, from));
  if (!carried) return false;
  context.neighbours->post(*shard, [carried](Context& there) {
    if (!pass_on(there, carried->request, carried->flow) && passes(there, carried->request, carried->flow))
      there.transactions.receive(std::move(carried->request), carried->flow);
  });
  return true;
}

bool fetch(Context& context, const Call& call, Side side, sip::TransactionId id, const sip::Message& refer,
           const sip::Flow& from, const DialogName& name) {
  const auto owed = shared(owe(id, refer, from));
  if (!owed) return false;
  Question question{name, call.leg(side).party, context.shard, 0, {}};
  question.then = [owed, name, side, serial = call.serial](Context& there, bool available) {
    refer_fetched(there, there.table.find(serial), side, *owed, name, available);
  };
  return send(context, std::move(question));
}

bool fetch(Context& context, const Party& asker, sip::TransactionId id, const sip::Message& invite,
           const sip::Flow& from, const DialogName& name) {
  const auto owed = shared(owe(id, invite, from));
  if (!owed) return false;
  Question question{name, asker, context.shard, 0, {}};
  question.then = [owed, name, asker](Context& there, bool available) {
    replace_fetched(there, *owed, asker, name, available);
  };
  return send(context, std::move(question));
}

void claim_tags(Context& context, Call& call) {
  if (context.neighbours == nullptr) return;
  for (const Leg& leg : call.legs) {
    if (!leg.dialog) continue;
    const unsigned owner = sip::shard_of(leg.dialog->call_id(), context.neighbours->count());
    if (owner == context.shard) continue;
    if (!call.moved) call.moved = std::make_unique<Moved>();
    call.moved->shards.push_back(owner);
    call.moved->tags.push_back(leg.tag);
    context.neighbours->post(owner, [tag = leg.tag, here = context.shard](Context& there) {
      there.moved.note(tag, here, there.clock.now());
    });
  }
}

void release_tags(Context& context, const Call& call) {
  if (!call.moved || context.neighbours == nullptr) return;
  for (const unsigned shard : call.moved->shards)
    context.neighbours->post(shard,
                             [tags = call.moved->tags, wait = 64 * context.settings.t1](Context& there) {
                               for (const Tag tag : tags)
                                 there.moved.expire(tag, there.clock.now() + wait);
                             });
}

namespace {

void do_elsewhere(Context& context, CallId call, const std::function<void(Context&, Call&)>& what) {
  if (context.moved.empty() || context.neighbours == nullptr) return;
  for (unsigned shard = 0; shard < context.neighbours->count(); ++shard)
    context.neighbours->post(shard, [call, what](Context& there) {
      Call* found = find_live(there.table, call);
      if (found != nullptr && found->state == State::Up) what(there, *found);
    });
}

}  // namespace

void time_out_elsewhere(Context& context, CallId call) {
  do_elsewhere(context, call,
               [](Context& there, Call& found) { terminate(there, found, domain::Reason::MediaTimeout); });
}

void tell_elsewhere(Context& context, CallId call, const domain::MediaEvent& event) {
  do_elsewhere(context, call, [event](Context& there, Call& found) { on_media_event(there, found, event); });
}

}  // namespace warp::calls
