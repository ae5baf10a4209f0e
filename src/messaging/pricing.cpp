#include "warp/messaging/pricing.h"

namespace warp::messaging {
namespace {

using domain::ChargePolicy;
using domain::MessageState;

bool costs(const domain::Message& message, ChargePolicy policy) {
  switch (policy) {
    case ChargePolicy::Accepted:
      return message.state != MessageState::Cancelled;
    case ChargePolicy::Sent:
      return message.sent_at.has_value() || message.state == MessageState::Delivered ||
             message.state == MessageState::Undelivered;
    case ChargePolicy::Delivered:
      return message.state == MessageState::Delivered;
  }
  return false;
}

}  // namespace

std::optional<domain::PricedMessage> price_of(const Directory& directory, std::optional<RatePlanId> plan,
                                              std::string_view recipient, std::uint16_t segments) {
  const auto* terms = plan ? directory.plan(*plan) : nullptr;
  const auto* rate = terms ? directory.rate(*plan, recipient) : nullptr;
  if (!rate) return std::nullopt;
  const auto amount =
      Money::add_scaled(Money(), rate->per_segment, segments, 1, terms->decimals, terms->rounding);
  if (!amount) return std::nullopt;
  return domain::PricedMessage{*plan,   terms->version, rate->prefix, rate->per_segment,
                               *amount, terms->currency};
}

std::optional<Money> charge_of(const domain::Message& message, ChargePolicy policy) {
  if (!message.price) return std::nullopt;
  return costs(message, policy) ? message.price->amount : Money();
}

}  // namespace warp::messaging
