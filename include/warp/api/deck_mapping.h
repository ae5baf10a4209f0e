// How a carrier's file is read, as the API takes it and deck_imports keeps it.
#pragma once

#include <string>

#include "warp/api/json.h"
#include "warp/base/result.h"
#include "warp/rating/deck_mapping.h"

namespace warp::api {

// {"columns": {"prefix": "NPANXX", "per_minute_interstate": 3}, "header": true, "separator": ";", "decimal":
// ",",
//  "per": "second", "date_format": "MM/DD/YYYY", "prefix_before": "1"}; all may be left out. The error says
//  what
// is wrong and what to write.
Result<rating::DeckMapping, std::string> read_deck_mapping(const Json& body);

}  // namespace warp::api
