#include "warp/api/envelope.h"

namespace warp::api {
namespace {

Json meta_of(const Context& context, WallTime now) {
  Json meta;
  meta["timestamp"] = timestamp(now);
  meta["request_id"] = context.request_id;
  return meta;
}

http::Response json_response(unsigned status, const Json& value) {
  return http::Response::text(status, dump(value), "application/json");
}

}  // namespace

http::Response success(Reply reply, const Context& context, WallTime now) {
  http::Response response;
  if (reply.source) {
    response.status = reply.status;
    response.source = std::move(reply.source);
  } else if (reply.status == 204 || (reply.bare && reply.data.is_null())) {
    response.status = reply.status;
  } else if (reply.bare) {
    response = json_response(reply.status, reply.data);
  } else {
    Json envelope;
    envelope["success"] = true;
    envelope["data"] = std::move(reply.data);
    if (!reply.warning.empty()) envelope["warning"] = reply.warning;
    envelope["meta"] = meta_of(context, now);
    envelope["meta"].update(reply.meta);
    response = json_response(reply.status, envelope);
  }
  for (const auto& [name, value] : reply.headers.items())
    response.headers.set(name, value);
  return response;
}

http::Response failure(const Failure& failure, const Context& context, WallTime now) {
  const auto& row = info(failure.code);
  Json envelope;
  envelope["success"] = false;
  envelope["error"]["code"] = row.name;
  envelope["error"]["message"] = failure.message.empty() ? std::string(row.cause) : failure.message;
  if (!failure.details.is_null()) envelope["error"]["details"] = failure.details;
  envelope["meta"] = meta_of(context, now);
  auto response = json_response(row.status, envelope);
  response.note = row.name;
  if (row.status == 401) response.headers.set("WWW-Authenticate", "Bearer");
  if (row.status == 429 || row.status == 503) {
    const auto seconds =
        failure.details.is_object() ? take<std::uint32_t>(failure.details, "retry_after") : std::nullopt;
    response.headers.set("Retry-After", std::to_string(seconds.value_or(1)));
  }
  return response;
}

}  // namespace warp::api
