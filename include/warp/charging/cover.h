// Cover: how long a call may last for its money. By the one arithmetic of prices (rating/price.h): what is
// held is what would be charged.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "warp/base/money.h"
#include "warp/domain/call_record.h"

namespace warp::charging {

// The account's money for one price.
struct Exchange {
  std::int64_t pico = 1'000'000'000'000;
  std::uint8_t decimals = 6;
};

// What an answered call of `lasted` costs the account; nullopt: more than money can count.
std::optional<Money> cost_of(const domain::PricedSide& price, std::chrono::seconds lasted,
                             const Exchange& exchange);
// The least that may be held for a call that is tried: its first billed step, or its attempt fee.
std::optional<Money> least_of(const domain::PricedSide& price, const Exchange& exchange);
// The longest call that costs at most `budget`, at most `most`; 0 when not even its first second.
std::chrono::seconds covered_by(const domain::PricedSide& price, Money budget, std::chrono::seconds most,
                                const Exchange& exchange);

}  // namespace warp::charging
