// Numbers and decision of a record as the JSON objects that records.cdrs keeps: what is not known is left
// out.
#pragma once

#include <string>
#include <string_view>

#include "warp/base/boxed.h"
#include "warp/domain/call_numbers.h"
#include "warp/domain/charge.h"

namespace warp::store {

// "{}" when there are none. Names that a newer daemon wrote are passed over; false: no object, or a value of
// another type.
std::string numbers_to_json(const Boxed<domain::CallNumbers>& numbers);
bool numbers_from_json(std::string_view text, Boxed<domain::CallNumbers>& out);
std::string decision_to_json(const Boxed<domain::DecisionNote>& decision);
bool decision_from_json(std::string_view text, Boxed<domain::DecisionNote>& out);

}  // namespace warp::store
