// Messages as answers show them, and what a Reason of messaging is called by the API.
#pragma once

#include "warp/store/messages.h"

#include "services.h"

namespace warp::api {

inline constexpr std::size_t kLongestShortCode = 6;

Schema message_schema();
// `by_operator`: with connector, attempts and cost.
Json show_message(const domain::Message& message, bool by_operator);
// A number with `+`, a short code or letters as they are.
std::string shown_address(const domain::MessageAddress& address);

// `direction`, `status`, `campaign_id` of a list.
std::vector<Field> message_filter_fields();
store::MessageFilter read_message_filter(const Json& query);

// The one table from Reason to ErrorCode. Reasons that messaging does not refuse with are INTERNAL_ERROR.
ErrorCode code_of(domain::Reason reason);
// With the Reason's name in details.reason.
Failure refused(domain::Reason reason);

}  // namespace warp::api
