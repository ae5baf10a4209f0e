// Envelope: answers as octets.
//
//   {"success": true, "data": …, "meta": {"timestamp", "request_id", "page", …}}
//   {"success": false, "error": {"code", "message", "details"}, "meta": {"timestamp", "request_id"}}
#pragma once

#include "warp/api/endpoint.h"
#include "warp/base/clock.h"
#include "warp/http/message.h"

namespace warp::api {

http::Response success(Reply reply, const Context& context, WallTime now);
http::Response failure(const Failure& failure, const Context& context, WallTime now);

}  // namespace warp::api
