// Cursors: a place in a list, opaque to clients: base64url of a JSON array of the last row's sort values.
// Nothing is trusted that comes out of one: values are bound parameters, and types are checked by the reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warp/api/json.h"

namespace warp::api {

std::string make_cursor(const Json& place);
// nullopt: no array of at most 8 texts, numbers, booleans and nulls, or longer than 1024 octets.
std::optional<Json> read_cursor(std::string_view text);

}  // namespace warp::api
