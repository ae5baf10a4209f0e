// Route attempts of a record as the JSON array that records.cdrs keeps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/call_record.h"

namespace warp::store {

std::string attempts_to_json(const std::vector<domain::RouteAttempt>& attempts);
bool attempts_from_json(std::string_view text, std::vector<domain::RouteAttempt>& out);

}  // namespace warp::store
