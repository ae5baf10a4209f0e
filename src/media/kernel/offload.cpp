#include "offload.h"

#include <algorithm>

#include "port_pool.h"
#include "quality/look.h"
#include "relay.h"

namespace warp::media {
namespace {

domain::SocketAddress local_of(const Side& side) {
  return {side.ports->pool->address(), side.ports->number};
}

bool relays_plainly(const Side& side) {
  return side.treatment == nullptr && side.flow.plain && side.in_use && !side.opaque;
}

// What an earlier process knew of the source is no more than what the signalling says of it now.
bool still_believes(const Side& side, const domain::SocketAddress& source) {
  const auto& guard = side.guard;
  if (guard.signalled().port == 0) return false;
  return side.symmetric ? guard.learned() && guard.destination() == source
                        : guard.signalled().ip == source.ip;
}

}  // namespace

SideTotals totals_of(const Side& side, const KernelPath* path) {
  std::lock_guard guard(side.flow.mutex);
  const auto& sent = side.peer->counters;
  SideTotals totals{side.counters.packets_received.value(), side.counters.octets_received.value(),
                    sent.packets_sent.value(), sent.octets_sent.value()};
  if (path == nullptr || !side.flow.id) return totals;
  const auto now = path->counters(*side.flow.id);
  const auto packets = now.packets - side.flow.told.packets, octets = now.octets - side.flow.told.octets;
  totals.packets_received += packets;
  totals.octets_received += octets;
  totals.packets_passed_on += packets;
  totals.octets_passed_on += octets;
  return totals;
}

void pause_flows(const Side& side, KernelPath* path) {
  if (path == nullptr) return;
  for (const Side* one : {&side, static_cast<const Side*>(side.peer)}) {
    std::lock_guard guard(one->flow.mutex);
    if (one->flow.id) path->pause(*one->flow.id);
  }
}

bool Offload::may(const Side& side, Monotonic now) const {
  const Side& peer = *side.peer;
  if (!relays_plainly(side) || !relays_plainly(peer) || peer.held || !peer.to_rtp) return false;
  if (side.flow.packets < FlowWatch::kEnough || now < side.flow.not_before) return false;
  if (side.guard.learned() && side.flow.source != side.guard.destination()) return false;
  return side.guard.settled(now) && peer.guard.settled(now);
}

KernelFlow Offload::flow_for(const Side& side, const domain::SocketAddress& source) const {
  KernelFlow flow;
  flow.local = local_of(side);
  flow.source = source;
  flow.from = local_of(*side.peer);
  flow.destination = side.peer->guard.destination();
  flow.dscp = dscp_;
  flow.to_user_space = side.flow.to_user_space;
  return flow;
}

void Offload::consider(Side& side, Monotonic now) {
  if (path_ == nullptr || side.flow.id || adopt(side) || !may(side, now)) return;
  const auto id = path_->install(flow_for(side, side.flow.source));
  if (!id) {
    side.flow.not_before = now + kRetry;
    return;
  }
  side.flow.installed = side.flow.source;
  hold(side, *id);
}

void Offload::hold(Side& side, KernelPath::FlowId id) {
  std::lock_guard guard(side.flow.mutex);
  side.flow.id = id;
  side.flow.told = {};
}

// One that does not fit what is known now is no flow of this call.
bool Offload::adopt(Side& side) {
  const auto left = path_->left_behind(local_of(side));
  if (!left) return false;
  const Side& peer = *side.peer;
  // The call is not told yet, or not all of it.
  const auto unknown = [](const Side& one) { return !one.in_use || (one.symmetric && !one.guard.learned()); };
  if (unknown(side) || unknown(peer)) return false;
  const bool fits = relays_plainly(side) && relays_plainly(peer) && !peer.held && peer.to_rtp &&
                    still_believes(side, left->source) && *left == flow_for(side, left->source);
  const auto id = path_->adopt(*left);
  if (!id) return false;
  if (!fits) {
    path_->remove(*id);
    return false;
  }
  side.flow.installed = side.flow.source = left->source;
  hold(side, *id);
  return true;
}

void Offload::release(Side& side) {
  if (path_ == nullptr) return;
  drop(side);
  drop(*side.peer);
}

void Offload::drop(Side& side) {
  if (!side.flow.id) return;
  const auto last = path_->remove(*side.flow.id);
  std::lock_guard guard(side.flow.mutex);
  tell(side, last);
  side.flow.id.reset();
  side.flow.packets = 0;
}

void Offload::refresh(Side& side, Monotonic now) {
  if (path_ == nullptr || !side.flow.id) return;
  const bool moved = side.flow.source != side.flow.installed && side.flow.packets >= FlowWatch::kEnough;
  if (!moved) {
    std::lock_guard guard(side.flow.mutex);
    return tell(side, path_->counters(*side.flow.id));
  }
  const auto source = side.flow.source;
  drop(side);
  side.flow.source = source;
  side.flow.packets = FlowWatch::kEnough;
  consider(side, now);
}

// With the flow's mutex held.
void Offload::tell(Side& side, const KernelCounters& counters) {
  auto& told = side.flow.told;
  const auto packets = counters.packets - told.packets;
  const auto octets = counters.octets - told.octets;
  if (packets == 0) return;
  side.received.received_elsewhere({packets, counters.expected - told.expected, counters.ssrc,
                                    counters.highest_sequence, counters.duplicates - told.duplicates,
                                    counters.out_of_order - told.out_of_order});
  listen(side, counters.heard, counters.last);
  side.last_rtp = std::max(side.last_rtp, counters.last);
  side.counters.packets_received.add(packets);
  side.counters.octets_received.add(octets);
  count_received(side);
  side.peer->counters.packets_sent.add(packets);
  side.peer->counters.octets_sent.add(octets);
  told = counters;
}

}  // namespace warp::media
