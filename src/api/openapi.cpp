#include "warp/api/openapi.h"

#include <algorithm>
#include <map>
#include <set>

#include "warp/base/text.h"

#include "examples.h"
#include "manners.h"
#include "openapi_parts.h"
#include "openapi_words.h"

namespace warp::api {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += ascii_lower(c);
  return out;
}

std::string pascal(std::string_view snake) {
  std::string out;
  bool up = true;
  for (const char c : snake) {
    if (c == '_') {
      up = true;
      continue;
    }
    out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    up = false;
  }
  return out;
}

// Clients may write money as a text, too: its digits are exact then.
void loosen_amounts(const std::vector<Field>& fields, Json& described) {
  for (const auto& field : fields) {
    auto* node = &described["properties"][field.name];
    const auto* inner = &field;
    while (inner->type == FieldType::List) {
      inner = inner->items.get();
      node = &(*node)["items"];
    }
    if (inner->type == FieldType::Object) loosen_amounts(inner->members, *node);
    if (inner->type != FieldType::Amount) continue;
    node->erase("type");
    Json number, text;
    number["type"] = "number";
    text["type"] = "string";
    (*node)["oneOf"] = Json::array({number, text});
  }
}

Json described_body(const Endpoint& endpoint) {
  auto out = describe(endpoint.body);
  loosen_amounts(endpoint.body.fields, out);
  if (endpoint.partial) out.erase("required");
  if (endpoint.free_body) out["additionalProperties"] = true;
  return out;
}

// The names of schemas, each with one meaning: another one under a name that is taken gets its operation's.
class Schemas {
 public:
  explicit Schemas(Json& out) : out_(out) {}

  // Nameless ones stand in place.
  Json place(std::string name, Json described, const std::string& operation) {
    if (name.empty()) return described;
    if (auto there = out_.find(name); there != out_.end() && *there != described) {
      name += "Of" + pascal(operation);
    }
    out_[name] = std::move(described);
    return reference_to("schemas", name);
  }

 private:
  Json& out_;
};

Json list_of(Json item) {
  Json out;
  out["type"] = "array";
  out["items"] = std::move(item);
  return out;
}

Json wrapped(Json data, bool paged) {
  Json out;
  out["type"] = "object";
  out["properties"]["success"]["type"] = "boolean";
  out["properties"]["data"] = std::move(data);
  auto& warning = out["properties"]["warning"];
  warning["type"] = "string";
  warning["description"] = "It was done, but: what to know of it.";
  out["properties"]["meta"] = reference_to("schemas", paged ? "PagedMeta" : "Meta");
  out["required"] = Json::array({"success", "data", "meta"});
  return out;
}

// What belongs to paths rather than to single operations.
using Versioned = std::set<std::string>;  // paths whose GET has an ETag

class DocumentedOperation {
 public:
  DocumentedOperation(const Endpoint& endpoint, Schemas& schemas, const Versioned& versioned)
      : endpoint_(endpoint),
        schemas_(schemas),
        id_(operation_id(endpoint)),
        path_(plain_path(endpoint.path)),
        example_(recorded_example(std::string(http::to_string(endpoint.method)) + " " + path_)),
        etag_(has_etag(endpoint)),
        if_match_(endpoint.method != http::Method::Get && endpoint.method != http::Method::Post &&
                  versioned.contains(path_)) {}

  Json describe() {
    Json out;
    out["operationId"] = id_;
    out["summary"] = endpoint_.summary;
    out["description"] = words();
    out["tags"] = Json::array({endpoint_.tag});
    if (endpoint_.open) out["security"] = Json::array();
    if (endpoint_.takes_ticket) out["security"] = schemes({"key", "session", "ticket"});
    if (endpoint_.deprecated) deprecate(out);
    mark(out);
    if (auto all = parameters(); !all.empty()) out["parameters"] = std::move(all);
    if (endpoint_.body_kind != BodyKind::None) out["requestBody"] = request_body();
    auto& responses = out["responses"];
    responses = Json::object();
    good_answers(responses);
    bad_answers(responses);
    return out;
  }

  static Json schemes(std::initializer_list<const char*> names) {
    auto out = Json::array();
    for (const char* name : names) {
      Json one;
      one[name] = Json::array();
      out.push_back(std::move(one));
    }
    return out;
  }

 private:
  std::string words() const {
    std::string out = endpoint_.open ? "Open: no credential is asked for."
                      : endpoint_.operators_only
                          ? "Operators only; needs the scope `" + endpoint_.scope + "`."
                      : endpoint_.scope.empty() ? "Any valid credential."
                                                : "Needs the scope `" + endpoint_.scope + "`.";
    if (endpoint_.step_up) out += " May need a second factor.";
    if (endpoint_.idempotency == Idempotency::Required) out += " Needs an `Idempotency-Key`.";
    if (endpoint_.socket) out += " Speaks WebSocket.";
    if (endpoint_.deprecated && !endpoint_.deprecated->successor.empty())
      out += " Use `" + endpoint_.deprecated->successor + "` instead.";
    return out;
  }

  void deprecate(Json& out) const {
    out["deprecated"] = true;
    out["x-deprecated-since"] = endpoint_.deprecated->since;
    if (!endpoint_.deprecated->sunset.empty()) out["x-sunset"] = endpoint_.deprecated->sunset;
    if (!endpoint_.deprecated->successor.empty()) out["x-successor"] = endpoint_.deprecated->successor;
  }

  void mark(Json& out) const {
    if (!endpoint_.scope.empty()) out["x-scope"] = endpoint_.scope;
    if (endpoint_.operators_only) out["x-operators-only"] = true;
    if (endpoint_.step_up) out["x-step-up"] = true;
    if (endpoint_.socket) out["x-websocket"] = true;
    switch (endpoint_.idempotency) {
      case Idempotency::None:
        break;
      case Idempotency::Accepted:
        out["x-idempotency"] = "accepted";
        break;
      case Idempotency::Required:
        out["x-idempotency"] = "required";
        break;
      case Idempotency::Own:
        out["x-idempotency"] = "own";
        break;
    }
  }

  Json parameters() const {
    auto out = Json::array();
    std::set<std::string> headers;
    path_parameters(out);
    for (const auto& field : endpoint_.query) {
      Json parameter;
      parameter["name"] = field.name;
      parameter["in"] = "query";
      parameter["required"] = field.required;
      parameter["description"] = query_parameter_words(field);
      parameter["schema"] = api::describe(field);
      parameter["schema"].erase("description");
      out.push_back(std::move(parameter));
    }
    switch (endpoint_.idempotency) {
      case Idempotency::None:
        break;
      case Idempotency::Accepted:
      case Idempotency::Own:
        out.push_back(reference_to("parameters", kIdempotencyKey));
        break;
      case Idempotency::Required:
        out.push_back(reference_to("parameters", kNeededIdempotencyKey));
        break;
    }
    if (if_match_) out.push_back(reference_to("parameters", kIfMatch));
    if (etag_) out.push_back(reference_to("parameters", kIfNoneMatch));
    return out;
  }

  void path_parameters(Json& out) const {
    std::string_view pattern = endpoint_.path;
    while (true) {
      const auto open = pattern.find('{');
      if (open == std::string_view::npos) return;
      const auto close = pattern.find('}', open);
      const auto inner = pattern.substr(open + 1, close - open - 1);
      const auto colon = inner.find(':');
      const auto type = colon == std::string_view::npos ? std::string_view("text") : inner.substr(colon + 1);
      Json parameter;
      parameter["name"] = std::string(inner.substr(0, colon));
      parameter["in"] = "path";
      parameter["required"] = true;
      parameter["description"] = path_parameter_words(inner.substr(0, colon));
      parameter["schema"]["type"] = type == "int" ? "integer" : "string";
      if (type == "uuid") parameter["schema"]["format"] = "uuid";
      out.push_back(std::move(parameter));
      pattern.remove_prefix(close + 1);
    }
  }

  Json request_body() {
    Json out;
    if (endpoint_.body_kind != BodyKind::Json) {
      const bool csv = endpoint_.body_kind == BodyKind::Csv;
      auto& schema = out["content"][csv ? "text/csv" : "*/*"]["schema"];
      schema["type"] = "string";
      if (!csv) schema["format"] = "binary";
      out["required"] = true;
      return out;
    }
    out["required"] =
        !endpoint_.partial && std::any_of(endpoint_.body.fields.begin(), endpoint_.body.fields.end(),
                                          [](const Field& field) { return field.required; });
    auto& content = out["content"]["application/json"];
    content["schema"] = schemas_.place(endpoint_.free_body ? std::string() : endpoint_.body.name,
                                       described_body(endpoint_), id_);
    content["example"] = example_.request.is_null() ? made_example(endpoint_.body.fields) : example_.request;
    return out;
  }

  void good_answers(Json& responses) {
    const auto status = std::to_string(endpoint_.status);
    auto answer = good_answer();
    AnswerHeaders headers;
    headers.rate = !endpoint_.open;
    headers.etag = etag_;
    headers.replayed =
        endpoint_.idempotency == Idempotency::Accepted || endpoint_.idempotency == Idempotency::Required;
    answer["headers"] = headers_of(headers);
    if (endpoint_.socket) responses["101"]["description"] = "The connection speaks WebSocket from here on.";
    if (answers_again(endpoint_)) {
      auto again = answer;
      again["description"] = "It was there already; nothing new was made.";
      responses["200"] = std::move(again);
    }
    responses[status] = std::move(answer);
    if (etag_) {
      responses["304"]["description"] = "Unchanged; no body.";
      responses["304"]["headers"] = headers_of(headers);
    }
  }

  Json good_answer() {
    Json out;
    out["description"] = endpoint_.status == 201   ? "Created."
                         : endpoint_.status == 202 ? "Accepted; it is worked on."
                                                   : "Done.";
    switch (endpoint_.answer_kind) {
      case AnswerKind::Nothing:
        out["description"] = "Done; no body.";
        return out;
      case AnswerKind::Csv:
        out["description"] = "CSV with a header row, lines end with CRLF.";
        out["content"]["text/csv"]["schema"]["type"] = "string";
        return out;
      case AnswerKind::Octets: {
        out["description"] = "The octets, under their own Content-Type.";
        auto& schema = out["content"]["*/*"]["schema"];
        schema["type"] = "string";
        schema["format"] = "binary";
        return out;
      }
      case AnswerKind::Bare:
      case AnswerKind::Object:
      case AnswerKind::List:
      case AnswerKind::Page:
        break;
    }
    auto& content = out["content"]["application/json"];
    auto data = schemas_.place(endpoint_.answer.name, api::describe(endpoint_.answer), id_);
    const auto made = made_example(endpoint_.answer.fields);
    const bool rows = endpoint_.answer_kind == AnswerKind::List || endpoint_.answer_kind == AnswerKind::Page;
    if (endpoint_.answer_kind == AnswerKind::Bare) {
      content["schema"] = std::move(data);
      content["example"] = made;
    } else {
      if (!rows && endpoint_.answer.fields.empty()) data["nullable"] = true;
      content["schema"] = wrapped(rows ? list_of(std::move(data)) : std::move(data),
                                  endpoint_.answer_kind == AnswerKind::Page);
      content["example"] = enveloped(rows ? Json::array({made}) : made);
    }
    if (!example_.answer.is_null()) content["example"] = example_.answer;
    return out;
  }

  Json enveloped(Json data) const {
    Json out;
    out["success"] = true;
    out["data"] = std::move(data);
    out["meta"]["timestamp"] = "2026-01-31T12:00:00.000000Z";
    out["meta"]["request_id"] = "0190c7a0-0000-7000-8000-0000000000ff";
    if (endpoint_.answer_kind == AnswerKind::Page) {
      out["meta"]["page"] = 1;
      out["meta"]["per_page"] = 50;
      out["meta"]["total"] = 1;
      out["meta"]["total_pages"] = 1;
    }
    return out;
  }

  std::vector<ErrorCode> error_codes() const {
    auto codes = endpoint_.errors;
    const auto add = [&codes](std::initializer_list<ErrorCode> more) {
      codes.insert(codes.end(), more.begin(), more.end());
    };
    add({ErrorCode::RateLimited, ErrorCode::InternalError, ErrorCode::ServiceUnavailable});
    if (!endpoint_.open)
      add({ErrorCode::Unauthorized, ErrorCode::NoActiveCustomer, ErrorCode::AddressNotAllowed});
    if (!endpoint_.scope.empty() || endpoint_.operators_only) add({ErrorCode::Forbidden});
    if (!endpoint_.open && !endpoint_.without_mfa) add({ErrorCode::MfaEnrolmentRequired});
    if (endpoint_.step_up) add({ErrorCode::MfaRequired});
    if (endpoint_.path.find('{') != std::string::npos) add({ErrorCode::InvalidId});
    if (!endpoint_.query.empty() || endpoint_.of_customer) add({ErrorCode::InvalidParam});
    if (endpoint_.body_kind != BodyKind::None)
      add({endpoint_.body_error, ErrorCode::PayloadTooLarge, ErrorCode::UnsupportedMediaType});
    if (endpoint_.idempotency != Idempotency::None)
      add({ErrorCode::InvalidIdempotencyKey, ErrorCode::IdempotencyKeyReused,
           ErrorCode::IdempotencyInProgress});
    if (endpoint_.idempotency == Idempotency::Required) add({ErrorCode::MissingIdempotencyKey});
    if (if_match_) add({ErrorCode::PreconditionFailed});
    if (endpoint_.socket) add({ErrorCode::UpgradeRequired});
    return codes;
  }

  // By status, each with its codes, and an example a code.
  void bad_answers(Json& responses) const {
    std::map<int, std::vector<ErrorCode>> by_status;
    for (const auto code : error_codes()) {
      auto& same = by_status[info(code).status];
      if (std::find(same.begin(), same.end(), code) == same.end()) same.push_back(code);
    }
    for (const auto& [status, same] : by_status) {
      auto& answer = responses[std::to_string(status)];
      std::string names;
      auto examples = Json::object();
      for (const auto code : same) {
        const std::string name(to_string(code));
        names += (names.empty() ? "" : ", ") + name;
        examples[name] = reference_to("examples", name);
      }
      answer["description"] = names;
      AnswerHeaders headers;
      headers.retry_after = status == 429 || status == 503;
      answer["headers"] = headers_of(headers);
      auto& json = answer["content"]["application/json"];
      json["schema"] = reference_to("schemas", "Error");
      json["examples"] = std::move(examples);
      answer["content"]["application/problem+json"]["schema"] = reference_to("schemas", "Problem");
    }
  }

  const Endpoint& endpoint_;
  Schemas& schemas_;
  const std::string id_, path_;
  const Example example_;
  const bool etag_, if_match_;
};

Json tags_of(const EndpointTable& endpoints) {
  std::set<std::string> names;
  for (const auto& endpoint : endpoints)
    names.insert(endpoint.tag);
  auto out = Json::array();
  for (const auto& name : names) {
    Json tag;
    tag["name"] = name;
    tag["description"] = tag_words(name);
    out.push_back(std::move(tag));
  }
  return out;
}

Json info_of(const std::string& version) {
  Json out;
  out["title"] = "WARP API";
  out["version"] = version;
  out["description"] =
      "Control API of warpd. Every path below is also served below `/v1`. Failures are an envelope with a "
      "stable code, "
      "or RFC 9457 when asked by `Accept: application/problem+json`; [all codes](/docs/errors). Amounts of "
      "money "
      "are JSON numbers with "
      "all their digits. Times are UTC.";
  return out;
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

std::string operation_id(const Endpoint& endpoint) {
  auto out = lower(http::to_string(endpoint.method));
  for (const char c : plain_path(endpoint.path)) {
    if (c == '{' || c == '}') continue;
    out += c == '/' || c == '-' || c == '.' ? '_' : c;
  }
  return out;
}

Json openapi(const EndpointTable& endpoints, const std::string& version) {
  auto components = common_components();
  auto named = std::move(components["schemas"]);
  Schemas schemas(named);
  Versioned versioned;
  for (const auto& endpoint : endpoints)
    if (has_etag(endpoint)) versioned.insert(plain_path(endpoint.path));
  auto paths = Json::object();
  for (const auto& endpoint : endpoints)
    paths[plain_path(endpoint.path)][lower(http::to_string(endpoint.method))] =
        DocumentedOperation(endpoint, schemas, versioned).describe();
  components["schemas"] = std::move(named);
  Json document;
  document["openapi"] = "3.0.3";
  document["info"] = info_of(version);
  Json server;
  server["url"] = "/api/v1";
  document["servers"] = Json::array({server});
  document["tags"] = tags_of(endpoints);
  document["components"] = std::move(components);
  document["security"] = DocumentedOperation::schemes({"key", "session"});
  document["paths"] = std::move(paths);
  return document;
}

}  // namespace warp::api
