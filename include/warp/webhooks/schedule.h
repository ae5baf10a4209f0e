// Schedule: when a delivery that failed is tried again. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace warp::webhooks {

// After `attempts` that failed (from 1): 5 s, 30 s, 2 min, 10 min, 1 h, 3 h, 6 h, then each 12 h, for three
// days in all; nullopt: no more. `draw` moves it by up to a fifth either way, so that what failed together
// does not come together.
std::optional<std::chrono::milliseconds> delay_after(std::uint32_t attempts, std::uint64_t draw);

}  // namespace warp::webhooks
