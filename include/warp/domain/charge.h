// Charge: the money of a call as its record keeps it. DecisionNote: why it went where it went.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "warp/base/money.h"
#include "warp/base/uuid.h"

namespace warp::domain {

// Part of CallRecord (and, written as one, of its journal form and columns).
struct Charge {
  Uuid lease;               // nil: none
  Money reserved, charged;  // in `currency`, the account's; charged > 0 costs the customer
  Currency currency;
  std::int64_t fx_pico = 1'000'000'000'000;
  std::uint32_t covered_seconds = 0;  // 0: not limited
  bool cut_off = false;
};

// "why this route, why this price", kept with the record.
struct DecisionNote {
  struct Line {
    ProviderId provider;
    RouteId route;
    std::uint16_t reason = 0;
  };
  std::vector<Line> rejected;  // at most 16
  std::uint8_t considered = 0;
  std::string rule;  // list, schedule, limit or fraud rule that decided; empty: none
};

}  // namespace warp::domain
