#include "dispatcher.h"

#include <algorithm>

#include "carriage.h"

namespace warp::messaging {
namespace {
constexpr std::size_t kRerouteLook = 20'000;  // messages looked at in one sweep of a lane
constexpr std::chrono::seconds kBusyDeadline{5};
}  // namespace

Lane& Dispatcher::lane(ConnectorId connector) {
  auto& place = lanes_[connector];
  if (!place) {
    place = std::make_unique<Lane>(connector);
    const auto* settings = core_.directory->connector(connector);
    place->paused = settings && settings->paused;
  }
  return *place;
}

void Dispatcher::refresh(Lane& lane) {
  const auto* settings = settings_of(lane);
  lane.up = settings && settings->enabled && core_.upstream.binds(lane.id()) > 0;
  const auto now = core_.clock.now();
  if (lane.healthy(now))
    lane.away_since.reset();
  else if (!lane.away_since)
    lane.away_since = now;
}

bool Dispatcher::healthy(ConnectorId connector) {
  auto& found = lane(connector);
  refresh(found);
  return found.healthy(core_.clock.now());
}

Candidates Dispatcher::route(const domain::Message& message, std::vector<RouteLine>* explanation,
                             std::optional<ConnectorId> via) {
  const auto part = PartWays::key_of(message);
  const RouteQuery query{
      message.customer,   message.from.digits,
      message.to.digits,  message.binary_coding ? std::string_view() : std::string_view(message.text),
      core_.clock.wall(), part ? *part : core_.ids.next64(),
      message.kind};
  const auto now = core_.clock.now();
  auto found = find_candidates(
      *core_.directory, query, [this](ConnectorId connector) { return healthy(connector); }, explanation,
      [&](ConnectorId connector) { return core_.quality.percent(connector, message.to.digits, now); });
  auto& list = found.connectors;
  const auto first = [&](ConnectorId connector) {
    std::erase(list, connector);
    list.insert(list.begin(), connector);
  };
  const auto* asked = via ? core_.directory->connector(*via) : nullptr;
  if (asked && carries(asked->protocol, message.kind) && healthy(*via)) first(*via);
  if (!part || list.empty() || explanation) return found;
  const auto way = part_ways_.find(*part, now);
  if (way && std::find(list.begin(), list.end(), *way) != list.end())
    first(*way);
  else
    part_ways_.keep(*part, list.front(), now);
  return found;
}

void Dispatcher::hold_back(Live& live, const Hold& hold) {
  if (hold.end) {
    core_.metrics.stopped.add();
    return finisher_.finish(live, domain::MessageState::Failed, *hold.end);
  }
  core_.metrics.quiet_held.add();
  live.message.not_before = *hold.until;
  requeue(live, live.message.connector);
}

std::uint32_t Dispatcher::rate_of(const Lane& lane) const {
  const auto* settings = settings_of(lane);
  if (!settings || !settings->mps) return 0;
  return std::max<std::uint32_t>(1, *settings->mps * static_cast<std::uint32_t>(std::max<std::size_t>(
                                                         core_.upstream.binds(lane.id()), 1)));
}

// How many messages may be durable as Sending and not on the wire. Few: each is ambiguous after a crash.
std::size_t Dispatcher::allowance(Lane& lane) {
  const auto now = core_.clock.now();
  const auto* settings = settings_of(lane);
  if (!settings || !lane.healthy(now)) return 0;
  if (lane.probing()) return lane.on_wire == 0 ? 1 : 0;
  const auto rate = rate_of(lane);
  if (!lane.may_send(rate, now)) return 0;
  const std::size_t windows = std::size_t{settings->window} * std::max<std::size_t>(settings->binds, 1) * 2;
  const auto ahead = core_.upstream.room(lane.id()) + std::min(windows, core_.settings.ahead);
  return rate == 0 ? ahead : std::min<std::size_t>(ahead, std::max(rate / 10, 1u));
}

bool Dispatcher::reserve_direct(Live& live, ConnectorId connector) {
  if (live.message.origin == domain::MessageOrigin::Test) return false;
  auto& found = lane(connector);
  if (live.message.not_before > core_.clock.wall() || found.front() || found.reserved >= allowance(found))
    return false;
  live.message.state = domain::MessageState::Sending;
  live.reserved = true;
  ++found.reserved;
  ++live.epoch;
  return true;
}

void Dispatcher::release(Lane& lane, Live& live) {
  if (!live.reserved) return;
  live.reserved = false;
  --lane.reserved;
}

void Dispatcher::admitted(Live& live) {
  if (live.message.origin == domain::MessageOrigin::Test)
    return finisher_.finish(live, domain::MessageState::Delivered, domain::Reason::NormalClearing);
  core_.set_deadline(live, live.message.valid_until);
  auto& found = lane(live.message.connector);
  if (live.message.state == domain::MessageState::Sending)
    clear(found, live);
  else
    enqueue(live, live.message.connector);
  pump(live.message.connector);
}

void Dispatcher::abandoned(Live& live) {
  release(lane(live.message.connector), live);
  core_.messages.erase(live.message.id);
}

void Dispatcher::enqueue(Live& live, ConnectorId connector) {
  live.phase = Phase::Waiting;
  live.message.connector = connector;
  lane(connector).add(live, core_.clock.wall());
}

void Dispatcher::place(Live& live) {
  const auto candidates = route(live);
  live.order = core_.next_order++;
  const auto connector = candidates.none() ? live.message.connector : candidates.connectors.front();
  enqueue(live, connector);
  pump(connector);
}

void Dispatcher::hold(Live& live) {
  lane(live.message.connector).remove(live);
  live.phase = Phase::Replacing;
  ++live.epoch;
}

void Dispatcher::replaced(Live& live) {
  core_.set_deadline(live, live.message.valid_until);
  live.tried.clear();
  place(live);
}

void Dispatcher::restore(Live& live) {
  if (live.message.origin == domain::MessageOrigin::Test) return admitted(live);
  core_.set_deadline(live, live.message.valid_until);
  const auto candidates = route(live);
  const auto& all = candidates.connectors;
  const bool known = std::find(all.begin(), all.end(), live.message.connector) != all.end();
  enqueue(live, known || all.empty() ? live.message.connector : all.front());
}

void Dispatcher::pump(ConnectorId connector) {
  auto& found = lane(connector);
  refresh(found);
  found.wake(core_.clock.wall(), core_.next_order);
  // Throttled: back behind what comes back from the wire, so that the order holds.
  const auto now = core_.clock.now();
  if ((!found.healthy(now) || found.blocked(now)) && !found.cleared.empty()) recall(found);
  while (!found.cleared.empty() && send_part(found, found.cleared.front())) {
  }
  while (auto* live = found.front()) {
    if (found.reserved >= allowance(found)) break;
    found.remove(*live);
    if (const auto hold = hold_of(core_, live->message); !hold.none())
      hold_back(*live, hold);
    else
      commit(found, *live);
  }
  arm(found);
}

void Dispatcher::arm(Lane& lane) {
  core_.wheel.cancel(lane.timer);
  if (lane.idle() || lane.paused) return;
  const auto now = core_.clock.now();
  std::optional<std::chrono::nanoseconds> wait;
  if (const auto due = lane.next_due()) wait = *due - core_.clock.wall();
  if (lane.front() || !lane.cleared.empty()) {
    const auto pace = lane.until_send(rate_of(lane), now);
    if (pace.count() > 0) wait = wait ? std::min(*wait, pace) : pace;
  }
  if (!wait) return;
  const auto delay =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(*wait, std::chrono::nanoseconds(1)));
  lane.timer = core_.after(delay, [this, id = lane.id()] { pump(id); });
}

void Dispatcher::commit(Lane& lane, Live& live) {
  live.phase = Phase::Committing;
  live.message.state = domain::MessageState::Sending;
  live.reserved = true;
  ++lane.reserved;
  ++live.epoch;
  auto change = change_of(live.message);
  change.connector = lane.id();
  change.recast = live.recast;
  core_.store.change(std::move(change), core_.guard([this, id = live.message.id, epoch = live.epoch,
                                                     connector = lane.id()](bool durable) {
    auto* found = core_.find(id);
    if (!found || found->epoch != epoch || found->phase != Phase::Committing) return;
    auto& owner = this->lane(connector);
    if (durable) {
      clear(owner, *found);
    } else {
      core_.metrics.store_failures.add();
      release(owner, *found);
      found->message.state = domain::MessageState::Queued;
      owner.throttled(core_.settings, core_.clock.now());
      enqueue(*found, connector);
    }
    pump(connector);
  }));
}

void Dispatcher::clear(Lane& lane, Live& live) {
  live.phase = Phase::Cleared;
  live.parts.clear();
  live.encoded.reset();
  live.on_wire = 0;
  live.worst_status = 0;
  live.ambiguous = live.not_sent = false;
  lane.cleared.push_back(live);
}

void Dispatcher::leave_cleared(Lane& lane, Live& live) {
  live.QueueHook::unlink();
  release(lane, live);
}

// What has not begun goes back to the queue: surely nothing of it left.
void Dispatcher::recall(Lane& lane) {
  for (auto at = lane.cleared.begin(); at != lane.cleared.end();) {
    auto& live = *at++;
    const bool begun = std::any_of(live.parts.begin(), live.parts.end(),
                                   [](const auto& part) { return part.state != PartState::Pending; });
    if (begun) continue;
    leave_cleared(lane, live);
    requeue(live, lane.id());
  }
}

void Dispatcher::requeue(Live& live, ConnectorId connector) {
  auto& message = live.message;
  message.state = domain::MessageState::Queued;
  ++live.epoch;
  live.parts.clear();
  live.encoded.reset();
  auto change = change_of(message);
  change.connector = connector;
  change.not_before = message.not_before;
  change.recast = live.recast;
  if (!message.attempts.empty() && live.worst_status != 0) change.attempt = message.attempts.back();
  core_.persist(std::move(change), live.epoch);
  enqueue(live, connector);
}

void Dispatcher::pause(ConnectorId connector, bool paused) {
  lane(connector).paused = paused;
  pump(connector);
}

std::size_t Dispatcher::purge(ConnectorId connector) {
  auto& found = lane(connector);
  std::size_t count = 0;
  found.for_each([&](Live& live) {
    found.remove(live);
    finisher_.finish(live, domain::MessageState::Cancelled, domain::Reason::MessageCancelled);
    ++count;
  });
  return count;
}

bool Dispatcher::cancel(Live& live) {
  if (live.phase != Phase::Waiting) return false;
  lane(live.message.connector).remove(live);
  finisher_.finish(live, domain::MessageState::Cancelled, domain::Reason::MessageCancelled);
  return true;
}

void Dispatcher::expired(Live& live) {
  auto& found = lane(live.message.connector);
  switch (live.phase) {
    case Phase::Waiting:
      found.remove(live);
      return finisher_.finish(live, domain::MessageState::Expired, domain::Reason::MessageExpired);
    case Phase::Cleared:
      if (live.on_wire == 0) {
        leave_cleared(found, live);
        return finisher_.finish(live, domain::MessageState::Expired, domain::Reason::MessageExpired);
      }
      [[fallthrough]];
    case Phase::Accepting:
    case Phase::Replacing:
    case Phase::Committing:
    case Phase::OnWire:
      return core_.set_deadline(live, core_.clock.wall() + kBusyDeadline);
    case Phase::Sent:
      return receipts_.overdue(live);
    case Phase::Finishing:
      return;
  }
}

void Dispatcher::sweep() {
  for (const auto& [id, lane] : lanes_) {
    refresh(*lane);
    if (lane->size() > 0 && lane->away_since &&
        core_.clock.now() - *lane->away_since >= core_.settings.reroute_after)
      reroute(*lane);
  }
}

void Dispatcher::reroute(Lane& from) {
  std::size_t looked = 0;
  std::vector<ConnectorId> touched;
  from.for_each([&](Live& live) {
    if (looked++ >= kRerouteLook || live.stays) return;
    const auto candidates = route(live);
    if (candidates.none() || candidates.connectors.front() == from.id()) return;
    from.remove(live);
    live.order = core_.next_order++;
    live.tried.clear();
    enqueue(live, candidates.connectors.front());
    core_.metrics.rerouted.add();
    if (std::find(touched.begin(), touched.end(), live.message.connector) == touched.end())
      touched.push_back(live.message.connector);
  });
  for (const auto connector : touched)
    pump(connector);
}

void Dispatcher::stop() {
  for (const auto& [id, lane] : lanes_)
    core_.wheel.cancel(lane->timer);
}

}  // namespace warp::messaging
