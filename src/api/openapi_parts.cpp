#include "openapi_parts.h"

#include "warp/api/schema.h"

namespace warp::api {
namespace {

Json header(const char* type, const char* words) {
  Json out;
  out["description"] = words;
  out["schema"]["type"] = type;
  return out;
}

Json header_parameter(const char* name, const char* words, bool required) {
  Json out;
  out["name"] = name;
  out["in"] = "header";
  out["required"] = required;
  out["description"] = words;
  out["schema"]["type"] = "string";
  return out;
}

Json codes() {
  auto out = Json::array();
  for (const auto& row : all_errors())
    out.push_back(std::string(row.name));
  return out;
}

Json meta_schema(bool paged) {
  std::vector<Field> fields{instant("timestamp").needed().says("When the answer was made."),
                            text("request_id").needed().says("Name it when you report a fault.")};
  if (paged) {
    for (const char* name : {"page", "per_page", "total", "total_pages"})
      fields.push_back(integer(name).says("Of a list that is read by pages."));
    fields.push_back(
        text("next_cursor")
            .or_null()
            .says("Of a list that is read by cursor: where to go on; null or absent at the end."));
  }
  auto out = describe(Schema{"", std::move(fields)});
  out["additionalProperties"] = true;
  return out;
}

Json error_schema() {
  Json inner;
  inner["type"] = "object";
  auto& members = inner["properties"];
  members["code"]["type"] = "string";
  members["code"]["enum"] = codes();
  members["code"]["description"] = "Stable for ever.";
  members["message"]["type"] = "string";
  members["message"]["description"] = "For people; may change.";
  members["hint"]["type"] = "string";
  members["hint"]["description"] = "What to do about it.";
  members["link"]["type"] = "string";
  members["link"]["description"] = "The code's place on the page of errors.";
  members["details"]["type"] = "object";
  members["details"]["additionalProperties"] = true;
  members["details"]["description"] = "What is wrong, by code: `fields`, `param`, `scope`, `reason`, …";
  inner["required"] = Json::array({"code", "message"});
  Json out;
  out["type"] = "object";
  out["properties"]["success"]["type"] = "boolean";
  out["properties"]["error"] = std::move(inner);
  out["properties"]["meta"] = reference_to("schemas", "Meta");
  out["required"] = Json::array({"success", "error", "meta"});
  return out;
}

// RFC 9457, for those who ask by Accept: application/problem+json.
Json problem_schema() {
  Json out;
  out["type"] = "object";
  auto& members = out["properties"];
  for (const char* name : {"type", "title", "detail", "instance"})
    members[name]["type"] = "string";
  members["status"]["type"] = "integer";
  members["code"]["type"] = "string";
  members["code"]["enum"] = codes();
  out["additionalProperties"] = true;
  out["required"] = Json::array({"type", "title", "status", "code"});
  return out;
}

Json error_examples() {
  auto out = Json::object();
  for (const auto& row : all_errors()) {
    const std::string name(row.name);
    auto& example = out[name];
    example["summary"] = std::string(row.cause);
    example["description"] = std::string(row.cure);
    auto& value = example["value"];
    value["success"] = false;
    value["error"]["code"] = name;
    value["error"]["message"] = std::string(row.cause);
    value["meta"]["timestamp"] = "2026-01-31T12:00:00.000000Z";
    value["meta"]["request_id"] = "0190c7a0-0000-7000-8000-0000000000ff";
  }
  return out;
}

Json security_schemes() {
  Json out;
  auto& key = out["key"];
  key["type"] = "http";
  key["scheme"] = "bearer";
  key["description"] = "An API key, `rk_…`: `Authorization: Bearer rk_…`.";
  auto& session = out["session"];
  session["type"] = "http";
  session["scheme"] = "bearer";
  session["bearerFormat"] = "wa_…, or a JWT of an identity provider";
  session["description"] = "The access token of somebody who signed in.";
  auto& ticket = out["ticket"];
  ticket["type"] = "apiKey";
  ticket["in"] = "query";
  ticket["name"] = "ticket";
  ticket["description"] = "Good once, for 30 seconds: for clients that can send no header.";
  return out;
}

}  // namespace

Json reference_to(const std::string& kind, const std::string& name) {
  Json out;
  out["$ref"] = "#/components/" + kind + "/" + name;
  return out;
}

Json common_components() {
  Json out;
  out["securitySchemes"] = security_schemes();
  auto& parameters = out["parameters"];
  parameters[kIdempotencyKey] = header_parameter(
      "Idempotency-Key",
      "1 to 200 printable characters, new for each new request: a repeat with the same key gets "
      "the first answer again and does nothing.",
      false);
  parameters[kNeededIdempotencyKey] =
      header_parameter("Idempotency-Key", "A new UUID for each new order; needed.", true);
  parameters[kIfMatch] = header_parameter(
      "If-Match", "The `ETag` of what was read: 412 when it has changed since, and nothing is done.", false);
  parameters[kIfNoneMatch] =
      header_parameter("If-None-Match", "The `ETag` of what is known: 304 when it is still so.", false);
  auto& headers = out["headers"];
  headers["RequestId"] = header("string", "The request's id; what the caller sent, when it is sane.");
  headers["RateLimit-Limit"] = header("integer", "Requests that may come at once.");
  headers["RateLimit-Remaining"] = header("integer", "Of them those that are left.");
  headers["RateLimit-Reset"] = header("integer", "Seconds until all are back.");
  headers["Retry-After"] = header("integer", "Seconds to wait.");
  headers["ETag"] = header("string", "Version of the object, for `If-Match` and `If-None-Match`.");
  headers["Idempotency-Replayed"] =
      header("string", "`true`: the answer of an earlier request with this `Idempotency-Key`.");
  out["examples"] = error_examples();
  auto& schemas = out["schemas"];
  schemas["Meta"] = meta_schema(false);
  schemas["PagedMeta"] = meta_schema(true);
  schemas["Error"] = error_schema();
  schemas["Problem"] = problem_schema();
  return out;
}

Json headers_of(const AnswerHeaders& wanted) {
  Json out;
  out["X-Request-Id"] = reference_to("headers", "RequestId");
  if (wanted.rate)
    for (const char* name : {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"})
      out[name] = reference_to("headers", name);
  if (wanted.etag) out["ETag"] = reference_to("headers", "ETag");
  if (wanted.replayed) out["Idempotency-Replayed"] = reference_to("headers", "Idempotency-Replayed");
  if (wanted.retry_after) out["Retry-After"] = reference_to("headers", "Retry-After");
  return out;
}

}  // namespace warp::api
