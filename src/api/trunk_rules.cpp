#include "trunk_rules.h"

#include <array>

namespace warp::api {
namespace {

using Limit = std::optional<std::uint32_t>;

struct Slot {
  const char* direction;
  const char* kind;
  Limit TrunkCapacity::*capacity;
  Limit store::Trunk::*of_trunk;
};
constexpr std::array kSlots{
    Slot{"inbound", "cps", &TrunkCapacity::cps_inbound, &store::Trunk::cps_inbound},
    Slot{"outbound", "cps", &TrunkCapacity::cps_outbound, &store::Trunk::cps_outbound},
    Slot{"inbound", "channels", &TrunkCapacity::channels_inbound, &store::Trunk::channels_inbound},
    Slot{"outbound", "channels", &TrunkCapacity::channels_outbound, &store::Trunk::channels_outbound},
};

Limit ceiling(const Json& capacity, const std::vector<std::string>& classes, const Slot& slot) {
  std::uint64_t sum = 0;
  for (const auto& name : classes) {
    const Json::json_pointer path("/" + name + "/" + slot.direction + "/" + slot.kind);
    const auto limit = capacity.value(path, Json());
    if (!limit.is_number_unsigned()) return std::nullopt;
    sum += limit.get<std::uint32_t>();
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

TrunkCapacity account_ceilings(const store::Customer& customer) {
  TrunkCapacity out;
  const auto capacity = parse_json(customer.capacity).value_or(Json::object());
  if (customer.allowed_number_classes.empty()) return out;
  for (const auto& slot : kSlots)
    out.*slot.capacity = ceiling(capacity, customer.allowed_number_classes, slot);
  return out;
}

std::optional<Failure> fit_capacity(TrunkCapacity& wanted, const TrunkCapacity& ceilings,
                                    std::span<const store::Trunk> others) {
  for (const auto& slot : kSlots) {
    const auto limit = ceilings.*slot.capacity;
    if (!limit) continue;
    std::uint64_t taken = 0;
    for (const auto& trunk : others)
      taken += (trunk.*slot.of_trunk).value_or(0);
    auto& mine = wanted.*slot.capacity;
    if (!mine) mine = static_cast<std::uint32_t>(*limit - std::min<std::uint64_t>(taken, *limit));
    const auto requested = taken + *mine;
    if (requested <= *limit) continue;
    Failure failure{ErrorCode::ValidationError, "The sum over all trunks would pass the account's ceiling."};
    failure.details["direction"] = slot.direction;
    failure.details["kind"] = slot.kind;
    failure.details["limit"] = *limit;
    failure.details["requested"] = requested;
    return failure;
  }
  return std::nullopt;
}

std::optional<Failure> check_classes(const std::vector<std::string>& classes,
                                     const store::Customer& customer) {
  const auto& allowed = customer.allowed_number_classes;
  for (const auto& name : classes) {
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
    Failure failure{ErrorCode::ValidationError, "The account may not use this number class."};
    failure.details["number_class"] = name;
    return failure;
  }
  return std::nullopt;
}

std::optional<Failure> check_operator_fields(const Call& call) {
  if (call.principal().is_operator()) return std::nullopt;
  for (const char* name : {"media_mode", "media_timeout_seconds", "max_duration_seconds", "sip_policy",
                           "lookups", "lookup_absent"}) {
    if (!has(call.body, name)) continue;
    Failure failure{ErrorCode::Forbidden, "Only operators may set this field."};
    failure.details["field"] = name;
    return failure;
  }
  return std::nullopt;
}

}  // namespace warp::api
