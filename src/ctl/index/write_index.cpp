// Run by the build: what warpctl and the generators of clients know of the API, from the table that the
// server serves.
//
//   warp_index operations FILE   a C++ array with the index of operations, for warpctl
//   warp_index openapi FILE      the OpenAPI document
#include <cstdio>
#include <fstream>
#include <string>

#include <boost/asio/io_context.hpp>

#include "warp/api/api.h"
#include "warp/api/openapi.h"

namespace {

using warp::api::Endpoint;
using warp::api::Field;
using warp::api::FieldType;
using warp::api::Json;

// Compilers take no literal of any length.
constexpr std::size_t kPiece = 12'000;
constexpr std::size_t kColumns = 8;

const char* name_of(FieldType type) {
  switch (type) {
    case FieldType::Text:
      return "text";
    case FieldType::Integer:
      return "integer";
    case FieldType::Boolean:
      return "boolean";
    case FieldType::Amount:
      return "amount";
    case FieldType::Ratio:
      return "ratio";
    case FieldType::Uuid:
      return "uuid";
    case FieldType::Date:
      return "date";
    case FieldType::Timestamp:
      return "timestamp";
    case FieldType::List:
      return "list";
    case FieldType::Object:
      return "object";
    case FieldType::Free:
      return "free";
    case FieldType::Any:
      return "any";
  }
  return "any";
}

const char* name_of(warp::api::BodyKind kind) {
  switch (kind) {
    case warp::api::BodyKind::None:
      return "";
    case warp::api::BodyKind::Json:
      return "json";
    case warp::api::BodyKind::Csv:
      return "csv";
    case warp::api::BodyKind::Octets:
      return "octets";
  }
  return "";
}

const char* name_of(warp::api::AnswerKind kind) {
  switch (kind) {
    case warp::api::AnswerKind::Object:
      return "object";
    case warp::api::AnswerKind::List:
      return "list";
    case warp::api::AnswerKind::Page:
      return "page";
    case warp::api::AnswerKind::Nothing:
      return "none";
    case warp::api::AnswerKind::Csv:
      return "csv";
    case warp::api::AnswerKind::Octets:
      return "octets";
    case warp::api::AnswerKind::Bare:
      return "bare";
  }
  return "object";
}

const char* name_of(warp::api::Idempotency idempotency) {
  switch (idempotency) {
    case warp::api::Idempotency::None:
      return "none";
    case warp::api::Idempotency::Accepted:
      return "accepted";
    case warp::api::Idempotency::Required:
      return "required";
    case warp::api::Idempotency::Own:
      return "own";
  }
  return "none";
}

Json fields_of(const std::vector<Field>& fields, bool partial) {
  auto out = Json::array();
  for (const auto& field : fields) {
    Json one;
    one["name"] = field.name;
    one["type"] = name_of(field.type);
    if (field.required && !partial) one["required"] = true;
    if (!field.about.empty())
      one["about"] = field.about;
    else if (!field.expected.empty())
      one["about"] = "must be " + field.expected;
    if (!field.choices.empty()) one["choices"] = field.choices;
    if (!field.members.empty()) one["members"] = fields_of(field.members, partial);
    out.push_back(std::move(one));
  }
  return out;
}

// What a row of a table shows: the first members that fit into a cell.
Json columns_of(const std::vector<Field>& fields) {
  auto out = Json::array();
  for (const auto& field : fields) {
    const bool wide = field.type == FieldType::List || field.type == FieldType::Object ||
                      field.type == FieldType::Free || field.type == FieldType::Any;
    if (!wide && field.name != "customer_id" && out.size() < kColumns) out.push_back(field.name);
  }
  return out;
}

Json entry_of(const Endpoint& endpoint) {
  Json out;
  out["id"] = warp::api::operation_id(endpoint);
  out["method"] = std::string(warp::http::to_string(endpoint.method));
  out["path"] = warp::api::plain_path(endpoint.path);
  out["summary"] = endpoint.summary;
  out["tag"] = endpoint.tag;
  out["scope"] = endpoint.scope;
  if (endpoint.step_up) out["step_up"] = true;
  out["idempotency"] = name_of(endpoint.idempotency);
  out["query"] = fields_of(endpoint.query, false);
  out["body"] = name_of(endpoint.body_kind);
  out["fields"] = fields_of(endpoint.body.fields, endpoint.partial);
  out["answer"] = name_of(endpoint.answer_kind);
  out["columns"] = columns_of(endpoint.answer.fields);
  return out;
}

std::string index_of(const warp::api::EndpointTable& table) {
  auto all = Json::array();
  for (const auto& endpoint : table)
    all.push_back(entry_of(endpoint));
  const auto text = all.dump(-1, ' ', true);  // ASCII: a piece may end anywhere
  std::string out;
  for (std::size_t from = 0; from < text.size(); from += kPiece)
    out += "R\"warp_json(" + text.substr(from, kPiece) + ")warp_json\",\n";
  return out;
}

warp::log::Settings quiet() {
  warp::log::Settings settings;
  settings.file = "/dev/null";
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  if (what != "operations" && what != "openapi") {
    std::fputs("usage: warp_index operations|openapi FILE\n", stderr);
    return 2;
  }
  // An API that serves nobody: its pool is never started, and nothing runs on the loop.
  warp::SystemClock clock;
  warp::SeededIdSource ids(1);
  warp::log::Logger log(quiet());
  warp::metrics::Registry metrics;
  boost::asio::io_context io;
  warp::pg::Pool pool(io.get_executor(), {}, metrics, log);
  const warp::routing::SnapshotHolder snapshots;
  const warp::api::NoLiveState live;
  const warp::api::Dependencies dependencies{pool, snapshots, live, clock, ids, log, metrics};
  warp::api::Settings settings;
  settings.version = WARP_VERSION;
  const warp::api::Api api(dependencies, std::move(settings));
  std::ofstream out(argv[2], std::ios::binary | std::ios::trunc);
  if (what == "openapi")
    out << warp::api::dump(api.openapi_document()) << '\n';
  else
    out << index_of(api.endpoints());
  out.close();
  return out ? 0 : 1;
}
