// Json: the values of requests and answers; object members keep their order.
//
// Amounts of money are written as JSON numbers digit by digit (money()), never through a float. Output is
// always valid UTF-8 and safe inside a page: `<`, `>` and `&` are escaped, broken octets become U+FFFD.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"

namespace warp::api {

using Json = nlohmann::ordered_json;

// Deeper nesting than this is refused before it is parsed.
constexpr unsigned kMaxJsonDepth = 32;

// nullopt: not JSON, too deep, or a name twice in one object.
std::optional<Json> parse_json(std::string_view text);
// What is wrong with a text that parse_json() refused: "is no JSON: it breaks at octet 9".
std::string why_not_json(std::string_view text);
std::string dump(const Json& value);

// A number with exactly the amount's digits.
Json money(Money amount);
// From a JSON integer, a JSON number of at most 15 digits, or a string; nullopt when it is none or not exact.
std::optional<Money> parse_money(const Json& value);

std::string timestamp(WallTime when);  // "2025-06-15T12:00:00.000000Z"
inline Json timestamp(const std::optional<WallTime>& when) {
  return when ? Json(timestamp(*when)) : Json();
}
std::optional<WallTime> parse_timestamp(std::string_view text);  // ISO 8601, UTC ("Z"), fraction optional

template <class T>
Json id_or_null(const std::optional<T>& id) {
  return id ? Json(id->to_string()) : Json();
}
template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace warp::api
