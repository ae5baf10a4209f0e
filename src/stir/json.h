// JSON as PASSporTs have it: parsed whole, shallow, no member twice.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace warp::stir {

// nullopt when it is not one object, deeper than `deepest` levels, or an object has a member twice.
std::optional<nlohmann::json> parse_object(std::string_view text, int deepest);

}  // namespace warp::stir
