// Schema: what a body, a query or an answer looks like. One description serves the check of requests and the
// OpenAPI document, so the two cannot differ.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/api/errors.h"
#include "warp/api/json.h"
#include "warp/http/message.h"

namespace warp::api {

enum class FieldType : std::uint8_t {
  Text,
  Integer,
  Boolean,
  Amount,  // money: JSON number or decimal string
  Ratio,   // a number in answers only
  Uuid,
  Date,
  Timestamp,
  List,
  Object,  // `members`
  Free,    // any JSON object
  Any,
};

struct Field {
  using Check = bool (*)(std::string_view);

  std::string name;
  FieldType type = FieldType::Text;
  bool required = false;
  bool nullable = false;
  // Bounds of an Integer's value, of a Text's octets, of a List's items.
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> choices = {};    // of a Text
  Check check = nullptr;                    // of a Text
  std::string expected = {};                // what `check` wants, for people: "an IPv4 address"
  std::vector<Field> members = {};          // of an Object
  std::shared_ptr<const Field> items = {};  // of a List; shared because Fields are copied as values
  std::string about = {};                   // for the document

  Field needed() &&;
  Field or_null() &&;
  Field between(std::int64_t low, std::int64_t high) &&;
  Field one_of(std::vector<std::string> words) &&;
  Field is(Check what, std::string wanted) &&;
  Field says(std::string text) &&;
};

Field text(std::string name, std::int64_t longest = 1024);
Field integer(std::string name, std::int64_t low = 0, std::int64_t high = 2'147'483'647);
Field boolean(std::string name);
Field amount(std::string name);
Field ratio(std::string name);
Field uuid(std::string name);
Field date(std::string name);
Field instant(std::string name);
Field list(std::string name, Field item, std::int64_t most = 1000);
Field object(std::string name, std::vector<Field> members);
Field free_object(std::string name);
Field any(std::string name);

struct Schema {
  std::string name;  // unique in the document; "" for none
  std::vector<Field> fields;
};

// Fields that are wrong, each with why: {"name": "is required", "ips[2].ip": "must be an IPv4 address"}. An
// empty object when all is well. Unknown names are wrong; NUL in a text is wrong. `partial`: nothing is
// required, and null is refused only where a field cannot be cleared.
Json check(const Schema& schema, const Json& body, bool partial);

// Query parameters with their types, absent ones left out. Booleans are true/false; paging numbers of any
// size are taken as they are. Failure: INVALID_PARAM or MISSING_PARAM with details.param.
Outcome<Json> read_query(const std::vector<Field>& fields, const http::Query& query);

// Schema object of OpenAPI 3.0.
Json describe(const Field& field);
Json describe(const Schema& schema);

// A member as T, nullopt when it is absent or null.
template <class T>
std::optional<T> take(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->template get<T>();
}
inline bool has(const Json& object, std::string_view name) {
  return object.find(name) != object.end();
}
inline bool is_null(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_null();
}

}  // namespace warp::api
