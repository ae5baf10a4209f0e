// What the OpenAPI document says in words: of tags, of parameters, of answers that repeat an earlier one.
#pragma once

#include <string>
#include <string_view>

#include "warp/api/endpoint.h"

namespace warp::api {

// "Trunks" → a sentence; never empty.
std::string tag_words(std::string_view tag);
// Of a parameter in the path: "trunk_id" → "Id of the trunk."
std::string path_parameter_words(std::string_view name);
// Of a query parameter: what its field says, or what its name and type say.
std::string query_parameter_words(const Field& field);
// A POST that is 201 for something new, and 200 for what was there already.
bool answers_again(const Endpoint& endpoint);

}  // namespace warp::api
