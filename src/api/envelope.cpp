#include "warp/api/envelope.h"

namespace warp::api {
namespace {

Json meta_of(const Context& context, WallTime now) {
  Json meta;
  meta["timestamp"] = timestamp(now);
  meta["request_id"] = context.request_id;
  return meta;
}

http::Response json_response(unsigned status, std::string text, std::string_view type = "application/json") {
  return http::Response::text(status, std::move(text), type);
}

// Put together as text, since `data` often is one already and is the most of it.
std::string envelope_of(Reply& reply, const Context& context, WallTime now) {
  auto meta = meta_of(context, now);
  meta.update(reply.meta);
  const auto data = reply.text.empty() ? dump(reply.data) : std::move(reply.text);
  const auto rest = dump(meta);
  std::string out;
  out.reserve(data.size() + rest.size() + reply.warning.size() + 64);
  out += "{\"success\":true,\"data\":";
  out += data;
  if (!reply.warning.empty()) out += ",\"warning\":" + dump(Json(reply.warning));
  out += ",\"meta\":";
  out += rest;
  out += '}';
  return out;
}

// RFC 9457.
Json problem_of(const Failure& failure, const ErrorInfo& row, const Context& context) {
  Json problem;
  problem["type"] = error_link(failure.code);
  problem["title"] = row.cause;
  problem["status"] = row.status;
  problem["detail"] = failure.message.empty() ? std::string(row.cause) : failure.message;
  problem["instance"] = context.request_id;
  problem["code"] = row.name;
  problem["hint"] = row.cure;
  if (failure.details.is_object()) {
    if (const auto fields = failure.details.find("fields"); fields != failure.details.end())
      problem["errors"] = *fields;
    problem["details"] = failure.details;
  }
  return problem;
}

}  // namespace

std::string error_link(ErrorCode code) {
  return "/docs/errors#" + std::string(to_string(code));
}

http::Response success(Reply reply, const Context& context, WallTime now) {
  http::Response response;
  if (reply.source) {
    response.status = reply.status;
    response.source = std::move(reply.source);
  } else if (reply.status == 204 || (reply.bare && reply.data.is_null() && reply.text.empty())) {
    response.status = reply.status;
  } else if (reply.bare) {
    response = json_response(reply.status, reply.text.empty() ? dump(reply.data) : std::move(reply.text));
  } else {
    response = json_response(reply.status, envelope_of(reply, context, now));
  }
  for (const auto& [name, value] : reply.headers.items())
    response.headers.set(name, value);
  return response;
}

http::Response failure(const Failure& failure, const Context& context, WallTime now) {
  const auto& row = info(failure.code);
  http::Response response;
  if (context.problem_json) {
    response = json_response(row.status, dump(problem_of(failure, row, context)), "application/problem+json");
  } else {
    Json envelope;
    envelope["success"] = false;
    envelope["error"]["code"] = row.name;
    envelope["error"]["message"] = failure.message.empty() ? std::string(row.cause) : failure.message;
    envelope["error"]["hint"] = row.cure;
    envelope["error"]["link"] = error_link(failure.code);
    if (!failure.details.is_null()) envelope["error"]["details"] = failure.details;
    envelope["meta"] = meta_of(context, now);
    response = json_response(row.status, dump(envelope));
  }
  response.note = row.name;
  if (row.status == 401) response.headers.set("WWW-Authenticate", "Bearer");
  if (row.status == 429 || row.status == 503 || failure.code == ErrorCode::IdempotencyInProgress) {
    const auto seconds =
        failure.details.is_object() ? take<std::uint32_t>(failure.details, "retry_after") : std::nullopt;
    response.headers.set("Retry-After", std::to_string(seconds.value_or(1)));
  }
  return response;
}

}  // namespace warp::api
