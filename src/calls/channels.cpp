#include "channels.h"

#include <array>
#include <utility>

namespace warp::calls {

using domain::Direction;
using domain::Reason;

namespace {

Limits::Ceilings ceilings_of(const domain::Trunk& trunk, Direction direction) {
  return direction == Direction::Inbound ? Limits::Ceilings{trunk.cps_inbound, trunk.channels_inbound}
                                         : Limits::Ceilings{trunk.cps_outbound, trunk.channels_outbound};
}

Limits::Ceilings ceilings_of(const domain::Customer& customer, Direction direction) {
  return direction == Direction::Inbound
             ? Limits::Ceilings{customer.cps_inbound, customer.channels_inbound}
             : Limits::Ceilings{customer.cps_outbound, customer.channels_outbound};
}

Reason take(Context& context, const LimitKey& key, const Limits::Ceilings& ceilings, ChannelToken& token) {
  auto granted = context.limits.take(key, ceilings, context.clock.now(), context.shard);
  token = std::move(granted.token);
  return granted.refusal;
}

// The account's own counter is taken after the trunk's: what a full trunk refuses is no use of the account.
std::optional<Refusal> take_side(Context& context, const routing::Snapshot& snapshot,
                                 const domain::Trunk& trunk, Direction direction, ChannelToken& of_trunk,
                                 ChannelToken& of_account) {
  Reason refusal =
      take(context, LimitKey::trunk(trunk.id, direction), ceilings_of(trunk, direction), of_trunk);
  const domain::Customer* customer = snapshot.customer(trunk.customer);
  if (refusal == Reason::NormalClearing && customer != nullptr)
    refusal = take(context, LimitKey::account(customer->id, direction), ceilings_of(*customer, direction),
                   of_account);
  if (refusal == Reason::NormalClearing) return std::nullopt;
  return Refusal{.reason = refusal, .status = 503};
}

// Who calls for a trunk from an address that is nobody's has proved who it is: no stranger any more.
void welcome_proved(Context& context, const Setup& setup) {
  if (context.guard == nullptr || setup.source_trunk == nullptr || !setup.snapshot->challenges_strangers())
    return;
  const sip::Flow& from = setup.invite.flow;
  if (setup.snapshot->source(from.remote, from.transport).trunk == nullptr)
    context.guard->welcome(from.remote.ip);
}

std::string_view name_of(LimitKind kind) {
  switch (kind) {
    case LimitKind::TrunkInbound:
      return "trunk_inbound";
    case LimitKind::TrunkOutbound:
      return "trunk_outbound";
    case LimitKind::Provider:
      return "provider";
    case LimitKind::AccountInbound:
      return "account_inbound";
    case LimitKind::AccountOutbound:
      return "account_outbound";
    case LimitKind::Endpoint:
      return "endpoint";
  }
  return "";
}

}  // namespace

std::optional<Refusal> take_limits(Context& context, Call& call) {
  const Setup& setup = *call.setup;
  welcome_proved(context, setup);
  if (setup.source_trunk != nullptr)
    if (auto refusal = take_side(context, *setup.snapshot, *setup.source_trunk, Direction::Outbound,
                                 call.source_channel, call.source_account))
      return refusal;
  if (setup.target_trunk != nullptr)
    return take_side(context, *setup.snapshot, *setup.target_trunk, Direction::Inbound, call.target_channel,
                     call.target_account);
  return std::nullopt;
}

Reason take_far_limits(Context& context, Call& call, const routing::Candidate& candidate,
                       const domain::SocketAddress& far) {
  call.provider_channel.release();
  call.endpoint_channel.release();
  if (!context.far_load.quiet() && !context.far_load.may_send(far, context.ids.next64(), context.clock.now()))
    return Reason::TargetUnhealthy;
  if (candidate.provider == nullptr) return Reason::NormalClearing;
  const domain::Provider& provider = *candidate.provider;
  const domain::Endpoint& endpoint = *candidate.endpoint;
  if (endpoint.cps || endpoint.channels) {
    const Reason refusal = take(context, LimitKey::endpoint(endpoint.id), {endpoint.cps, endpoint.channels},
                                call.endpoint_channel);
    if (refusal != Reason::NormalClearing) return refusal;
  }
  const Reason refusal = take(context, LimitKey::provider(provider.id), {provider.cps, provider.channels},
                              call.provider_channel);
  if (refusal != Reason::NormalClearing) call.endpoint_channel.release();
  return refusal;
}

void release_channels(Call& call) {
  for (const auto token : kChannels)
    (call.*token).release();
}

void adopt_channels(Context& context, Call& call, TrunkId source, TrunkId target, ProviderId provider) {
  const auto snapshot = context.snapshots.current();
  const auto adopt = [&](TrunkId id, Direction direction, ChannelToken& of_trunk, ChannelToken& of_account) {
    if (id.is_nil()) return;
    of_trunk = context.limits.adopt(LimitKey::trunk(id, direction), context.shard);
    const domain::Trunk* trunk = snapshot ? snapshot->trunk(id) : nullptr;
    // Recovered before the first snapshot: the record knows at least who pays.
    const CustomerId customer = trunk != nullptr ? trunk->customer : call.record.customer;
    of_account = context.limits.adopt(LimitKey::account(customer, direction), context.shard);
  };
  adopt(source, Direction::Outbound, call.source_channel, call.source_account);
  adopt(target, Direction::Inbound, call.target_channel, call.target_account);
  if (!provider.is_nil())
    call.provider_channel = context.limits.adopt(LimitKey::provider(provider), context.shard);
}

Limits::Held held_channels(const CallTable& table) {
  Limits::Held held;
  table.each([&](const Call& call) {
    for (const auto token : kChannels)
      if (const LimitCounters* counters = (call.*token).counters()) ++held[counters];
  });
  return held;
}

std::size_t audit_channels(Context& context) {
  return context.limits.audit(
      context.shard, held_channels(context.table), [&](const LimitKey& key, std::int64_t wrong_by) {
        context.metrics.limits_drift.add();
        context.log.error("calls.limits_drift",
                          {{"kind", name_of(key.kind)}, {"id", key.id.to_string()}, {"wrong_by", wrong_by}});
      });
}

}  // namespace warp::calls
