// Calls in progress as JSON: for answers, for those who watch, and between nodes.
#pragma once

#include <optional>

#include "warp/api/json.h"
#include "warp/api/ports.h"
#include "warp/domain/call_record.h"

namespace warp::api {

// Figures of a leg's media; those that are not known are null.
Json to_json(const domain::LegMedia& leg);
Json to_json(const ActiveCall& call);
Json to_json(const TracedMessage& message);
// nullopt: not made by to_json().
std::optional<ActiveCall> call_of(const Json& value);
std::optional<TracedMessage> message_of(const Json& value);

}  // namespace warp::api
