// The arithmetic of a record: what its two sides cost, and what the account is charged for it.
#pragma once

#include <chrono>
#include <optional>

#include "warp/domain/call_record.h"
#include "warp/rating/terms.h"

namespace warp::calls {

struct Context;

// Prices for `duration`, and the charge in the account's currency by the exchange rate that stands in the
// record. When it is nullopt (never answered) there is nothing but the fee of an attempt. The margin, in the
// price's currency, and the cost in `exchange.base()` are as on the day of the call's set-up; without a rate
// of exchange for it a record has none. False on overflow.
bool price_record(domain::CallRecord& record, std::optional<std::chrono::microseconds> duration,
                  const rating::FxTable& exchange);

// The same by the rates of exchange in force, now; an overflow is logged.
void price_record(Context& context, domain::CallRecord& record,
                  std::optional<std::chrono::microseconds> duration);

}  // namespace warp::calls
