// The arithmetic of a record: what its two sides cost, and what the account is charged for it.
#pragma once

#include <chrono>
#include <optional>

#include "warp/domain/call_record.h"

namespace warp::calls {

// Prices for `duration`, and the charge in the account's currency by the exchange rate that stands in the
// record. When it is nullopt (never answered) there is nothing but the fee of an attempt. `base`: what costs
// are compared in. False on overflow.
bool price_record(domain::CallRecord& record, std::optional<std::chrono::microseconds> duration,
                  Currency base);

}  // namespace warp::calls
