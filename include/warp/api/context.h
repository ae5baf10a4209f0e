// Context: what is known of one request besides its octets; attached to the http::Request at the first look.
#pragma once

#include <optional>
#include <string>

#include "warp/api/principal.h"
#include "warp/api/rate_limiter.h"
#include "warp/http/message.h"

namespace warp::api {

struct Context final : http::Attachment {
  std::string request_id;
  std::optional<Principal> principal;
  std::optional<CustomerId> customer;  // that is acted on: the key's own, or the operator's ?customer_id=
  std::optional<RateVerdict> rate;
};

// Letters, digits and `-_.:`, 1 to 64 of them: what is taken over from X-Request-Id.
bool sane_request_id(std::string_view text);

}  // namespace warp::api
