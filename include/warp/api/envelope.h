// Envelope: answers as octets.
//
//   {"success": true, "data": …, "meta": {"timestamp", "request_id", "page", …}}
//   {"success": false, "error": {"code", "message", "hint", "link", "details"}, "meta": {"timestamp",
//   "request_id"}}
//
// For clients that ask for it failures are application/problem+json (RFC 9457) instead: type, title, status,
// detail, instance (the request's id), code, hint, errors (by field), details.
#pragma once

#include "warp/api/endpoint.h"
#include "warp/base/clock.h"
#include "warp/http/message.h"

namespace warp::api {

// Where the code is explained: "/docs/errors#NOT_FOUND".
std::string error_link(ErrorCode code);

http::Response success(Reply reply, const Context& context, WallTime now);
http::Response failure(const Failure& failure, const Context& context, WallTime now);

}  // namespace warp::api
