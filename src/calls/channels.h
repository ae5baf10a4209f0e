// Channels: what a call takes of the limits of trunks, accounts, providers and endpoints, and gives back.
#pragma once

#include <optional>

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

// What a call holds of limits, and where.
inline constexpr std::array kChannels{&Call::source_channel,   &Call::target_channel, &Call::provider_channel,
                                      &Call::endpoint_channel, &Call::source_account, &Call::target_account};

// Before routing: the trunk that brings the call and its account, the trunk that it goes to and its account.
std::optional<Refusal> take_limits(Context& context, Call& call);

// Before an attempt: the provider and its endpoint, and what the far end wants of calls (RFC 7339). What the
// attempt before held is given back first. NormalClearing: granted, or the candidate is a customer's trunk.
domain::Reason take_far_limits(Context& context, Call& call, const routing::Candidate& candidate,
                               const domain::SocketAddress& far);

void release_channels(Call& call);

// For a recovered call, whatever the ceilings: the trunks that bring it and that it goes to (nil: none) with
// their accounts as the snapshot has them, and its provider.
void adopt_channels(Context& context, Call& call, TrunkId source, TrunkId target, ProviderId provider);

// What all calls of a shard hold.
Limits::Held held_channels(const CallTable& table);
// Compares that with the counters, corrects and logs what is wrong. How many were.
std::size_t audit_channels(Context& context);

}  // namespace warp::calls
