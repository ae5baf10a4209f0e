// JSON of strangers: an object, not deep, without a name twice in one object and without NUL in a text.
#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace warp::identity {

std::optional<nlohmann::json> parse_object(std::string_view text, int depth);

}  // namespace warp::identity
