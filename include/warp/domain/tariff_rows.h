// Rows of the catalogue that tell when and for whom lines, routes and limits hold, and at which rate of
// exchange.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"

namespace warp::domain {

// When lines and routes hold, by the clock of a zone. Monday is bit 0; on holidays ("2026-12-25") it is
// closed.
struct ScheduleRow {
  std::uint16_t id = 0;
  std::string name, zone;
  struct Window {
    std::uint8_t weekdays = 0x7f;
    std::uint16_t from_minute = 0, to_minute = 1440;
  };
  std::vector<Window> windows;
  std::vector<std::string> holidays;
};

// Prefixes are digits; a whole number is a prefix of itself.
struct NumberList {
  Uuid id;
  std::string name;
  bool blocks = true;
  std::vector<std::string> prefixes;
};

// A list in force for a customer, trunk, provider or partition.
struct NumberListUse {
  Uuid list, owner;
  bool of_caller = false;  // else of the called number
};

// Block: nothing of this prefix goes there or, without a provider, anywhere; Force: only these, whatever they
// cost.
enum class RouteAction : std::uint8_t { Offer, Block, Force };

enum class RouteOrder : std::uint8_t { Cost, Quality, Percent, Priority };

std::string_view to_string(RouteAction action);  // OFFER, BLOCK, FORCE
std::string_view to_string(RouteOrder order);    // COST, QUALITY, PERCENT, PRIORITY
std::optional<RouteAction> parse_route_action(std::string_view text);
std::optional<RouteOrder> parse_route_order(std::string_view text);

// Where a number's calls go. `kind`: trunk, number or uri. `on`: 1 unreachable, 2 busy, 4 no answer.
struct Destination {
  std::uint8_t position = 0;
  std::string kind, target;
  std::uint8_t on = 7;
  std::chrono::seconds ring{0};
  std::uint16_t schedule = 0;  // 0: always
};

// `scope`: a trunk's id; empty: all of the account. `window`: call, hour, day, month. `match`: a prefix;
// empty: all. `action`: ALARM, THROTTLE, BLOCK. 0 of what is counted: not limited by it.
struct SpendLimit {
  Uuid id;
  std::string scope, window, match, action;
  Money amount;
  std::uint64_t count = 0, seconds = 0;
  std::uint16_t schedule = 0;   // 0: always
  std::uint32_t factor_e2 = 0;  // percent of the calls that the same hour has in the mean
  std::uint32_t throttle_cps = 0;
};

// `pico`: units of `to` for one `from`, in 1e-12.
struct FxRow {
  Currency from, to;
  std::int64_t pico = 1'000'000'000'000;
  WallTime effective_from{};
};

}  // namespace warp::domain
