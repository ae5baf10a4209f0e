// What a message costs by a rate plan, and what of its price its customer pays in the end. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "warp/domain/message.h"
#include "warp/messaging/directory.h"

namespace warp::messaging {

// By the longest prefix of the recipient: per segment × segments, rounded once as the plan says, in its
// currency. nullopt: no plan, no rate, or too much for Money.
std::optional<domain::PricedMessage> price_of(const Directory& directory, std::optional<RatePlanId> plan,
                                              std::string_view recipient, std::uint16_t segments);

// Of a message that has ended: its price or nothing, by the policy. nullopt: it has no price.
std::optional<Money> charge_of(const domain::Message& message, domain::ChargePolicy policy);

}  // namespace warp::messaging
