// Rules that a trunk must keep beyond the form of its fields.
#pragma once

#include <span>

#include "warp/store/customers.h"
#include "warp/store/trunks.h"

#include "services.h"

namespace warp::api {

// A trunk's four capacities, as they would become.
struct TrunkCapacity {
  std::optional<std::uint32_t> cps_inbound, cps_outbound, channels_inbound, channels_outbound;
};

// The ceilings of an account: of each direction and kind the sum over its number classes; unlimited when a
// class that is allowed has none.
TrunkCapacity account_ceilings(const store::Customer& customer);

// Puts what is left of the ceilings where `wanted` leaves a capacity out, and refuses a sum over all trunks
// that passes one. `others`: the customer's trunks but this one.
std::optional<Failure> fit_capacity(TrunkCapacity& wanted, const TrunkCapacity& ceilings,
                                    std::span<const store::Trunk> others);

// Classes must be among the account's.
std::optional<Failure> check_classes(const std::vector<std::string>& classes,
                                     const store::Customer& customer);

// What only operators may set on a trunk.
std::optional<Failure> check_operator_fields(const Call& call);

}  // namespace warp::api
