#include "warp/api/openapi.h"

#include "warp/base/text.h"

namespace warp::api {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += ascii_lower(c);
  return out;
}

Json reference(const std::string& name) {
  Json out;
  out["$ref"] = "#/components/schemas/" + name;
  return out;
}

// Named schemas go to the components once; nameless ones stand in place.
Json place(const Schema& schema, Json& schemas) {
  if (schema.name.empty()) return describe(schema);
  schemas[schema.name] = describe(schema);
  return reference(schema.name);
}

Json path_parameters(std::string_view pattern) {
  auto out = Json::array();
  while (true) {
    const auto open = pattern.find('{');
    if (open == std::string_view::npos) return out;
    const auto close = pattern.find('}', open);
    const auto inner = pattern.substr(open + 1, close - open - 1);
    const auto colon = inner.find(':');
    const auto type = colon == std::string_view::npos ? std::string_view("text") : inner.substr(colon + 1);
    Json parameter;
    parameter["name"] = inner.substr(0, colon);
    parameter["in"] = "path";
    parameter["required"] = true;
    parameter["schema"]["type"] = type == "int" ? "integer" : "string";
    if (type == "uuid") parameter["schema"]["format"] = "uuid";
    out.push_back(std::move(parameter));
    pattern.remove_prefix(close + 1);
  }
}

Json query_parameter(const Field& field) {
  Json parameter;
  parameter["name"] = field.name;
  parameter["in"] = "query";
  parameter["required"] = field.required;
  parameter["schema"] = describe(field);
  return parameter;
}

Json wrapped(Json data, bool paged) {
  Json out;
  out["type"] = "object";
  out["properties"]["success"]["type"] = "boolean";
  out["properties"]["data"] = std::move(data);
  out["properties"]["meta"] = reference(paged ? "PagedMeta" : "Meta");
  out["required"] = {"success", "data", "meta"};
  return out;
}

Json list_of(Json item) {
  Json out;
  out["type"] = "array";
  out["items"] = std::move(item);
  return out;
}

Json good_answer(const Endpoint& endpoint, Json& schemas) {
  Json out;
  switch (endpoint.answer_kind) {
    case AnswerKind::Nothing:
      out["description"] = "Done; no body.";
      return out;
    case AnswerKind::Csv:
      out["description"] = "CSV with a header row, lines end with CRLF.";
      out["content"]["text/csv"]["schema"]["type"] = "string";
      return out;
    case AnswerKind::Octets:
      out["description"] = "The octets, under their own Content-Type.";
      out["content"]["*/*"]["schema"] = {{"type", "string"}, {"format", "binary"}};
      return out;
    case AnswerKind::Bare:
      out["content"]["application/json"]["schema"] = place(endpoint.answer, schemas);
      break;
    case AnswerKind::Object:
      out["content"]["application/json"]["schema"] = wrapped(place(endpoint.answer, schemas), false);
      break;
    case AnswerKind::List:
    case AnswerKind::Page:
      out["content"]["application/json"]["schema"] =
          wrapped(list_of(place(endpoint.answer, schemas)), endpoint.answer_kind == AnswerKind::Page);
      break;
  }
  out["description"] = endpoint.status == 201 ? "Created." : "Done.";
  return out;
}

// By status, with the codes in the description.
Json bad_answers(const Endpoint& endpoint) {
  auto codes = endpoint.errors;
  for (const auto code : {ErrorCode::Unauthorized, ErrorCode::NoActiveCustomer, ErrorCode::RateLimited,
                          ErrorCode::InternalError, ErrorCode::ServiceUnavailable})
    codes.push_back(code);
  if (!endpoint.scope.empty() || endpoint.operators_only) codes.push_back(ErrorCode::Forbidden);
  if (endpoint.path.find('{') != std::string::npos) codes.push_back(ErrorCode::InvalidId);
  if (!endpoint.query.empty() || endpoint.of_customer) codes.push_back(ErrorCode::InvalidParam);
  if (endpoint.body_kind != BodyKind::None) codes.push_back(endpoint.body_error);
  std::map<int, std::vector<ErrorCode>> by_status;
  for (const auto code : codes) {
    auto& same = by_status[info(code).status];
    if (std::find(same.begin(), same.end(), code) == same.end()) same.push_back(code);
  }
  auto out = Json::object();
  for (const auto& [status, same] : by_status) {
    std::string words;
    for (const auto code : same)
      words += (words.empty() ? "" : ", ") + std::string(to_string(code));
    auto& answer = out[std::to_string(status)];
    answer["description"] = words;
    answer["content"]["application/json"]["schema"] = reference("Error");
  }
  return out;
}

Json request_body(const Endpoint& endpoint, Json& schemas) {
  Json out;
  if (endpoint.body_kind == BodyKind::Csv) {
    out["required"] = true;
    out["content"]["text/csv"]["schema"]["type"] = "string";
    return out;
  }
  if (endpoint.body_kind == BodyKind::Octets) {
    out["required"] = true;
    out["content"]["*/*"]["schema"] = {{"type", "string"}, {"format", "binary"}};
    return out;
  }
  const bool needed =
      !endpoint.partial && std::any_of(endpoint.body.fields.begin(), endpoint.body.fields.end(),
                                       [](const Field& field) { return field.required; });
  out["required"] = needed;
  auto schema = place(endpoint.body, schemas);
  if (endpoint.free_body) schema["additionalProperties"] = true;
  out["content"]["application/json"]["schema"] = std::move(schema);
  return out;
}

std::string operation_id(const Endpoint& endpoint) {
  auto out = lower(http::to_string(endpoint.method));
  for (const char c : plain_path(endpoint.path)) {
    if (c == '{' || c == '}') continue;
    out += c == '/' || c == '-' ? '_' : c;
  }
  return out;
}

Json operation(const Endpoint& endpoint, Json& schemas) {
  Json out;
  out["operationId"] = operation_id(endpoint);
  out["summary"] = endpoint.summary;
  out["tags"] = {endpoint.tag};
  std::string needs = endpoint.open             ? "Open: no credential is asked for."
                      : endpoint.operators_only ? "Operators only; needs the scope `" + endpoint.scope + "`."
                      : endpoint.scope.empty()  ? "Any valid key."
                                                : "Needs the scope `" + endpoint.scope + "`.";
  if (endpoint.step_up) needs += " May need a second factor.";
  out["description"] = needs;
  if (endpoint.open) out["security"] = Json::array();
  if (endpoint.deprecated) out["deprecated"] = true;
  auto parameters = path_parameters(endpoint.path);
  for (const auto& field : endpoint.query)
    parameters.push_back(query_parameter(field));
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (endpoint.body_kind != BodyKind::None) out["requestBody"] = request_body(endpoint, schemas);
  out["responses"][std::to_string(endpoint.status)] = good_answer(endpoint, schemas);
  out["responses"].update(bad_answers(endpoint));
  return out;
}

Json common_schemas() {
  auto schemas = Json::object();
  const std::vector<Field> meta{instant("timestamp").needed(), text("request_id").needed()};
  auto paged = meta;
  for (const char* name : {"page", "per_page", "total", "total_pages"})
    paged.push_back(integer(name).needed());
  schemas["Meta"] = describe(Schema{"Meta", meta});
  schemas["PagedMeta"] = describe(Schema{"PagedMeta", paged});
  auto& error = schemas["Error"];
  error["type"] = "object";
  error["properties"]["success"]["type"] = "boolean";
  auto& inner = error["properties"]["error"];
  inner["type"] = "object";
  inner["properties"]["code"]["type"] = "string";
  for (const auto& row : all_errors())
    inner["properties"]["code"]["enum"].push_back(row.name);
  inner["properties"]["message"]["type"] = "string";
  inner["properties"]["details"]["type"] = "object";
  inner["required"] = {"code", "message"};
  error["properties"]["meta"] = reference("Meta");
  error["required"] = {"success", "error", "meta"};
  return schemas;
}

}  // namespace

std::string plain_path(std::string_view pattern) {
  std::string out;
  bool in_type = false;
  for (const char c : pattern) {
    if (c == ':') in_type = true;
    if (c == '}') in_type = false;
    if (!in_type) out += c;
  }
  return out;
}

Json openapi(const EndpointTable& endpoints, const std::string& version) {
  auto schemas = common_schemas();
  auto paths = Json::object();
  for (const auto& endpoint : endpoints)
    paths[plain_path(endpoint.path)][lower(http::to_string(endpoint.method))] = operation(endpoint, schemas);
  Json document;
  document["openapi"] = "3.0.3";
  document["info"]["title"] = "WARP API";
  document["info"]["version"] = version;
  document["info"]["description"] =
      "Control API of warpd. Every path below is also served below `/v1`. Error codes: docs/api-errors.md.";
  Json server;
  server["url"] = "/api/v1";
  document["servers"] = Json::array({server});
  Json scheme;
  scheme["type"] = "http";
  scheme["scheme"] = "bearer";
  document["components"]["securitySchemes"]["key"] = scheme;
  document["components"]["schemas"] = std::move(schemas);
  Json security;
  security["key"] = Json::array();
  document["security"] = Json::array({security});
  document["paths"] = std::move(paths);
  return document;
}

}  // namespace warp::api
