// What was written into a JSON object, read back.
#pragma once

#include "warp/api/json.h"

namespace warp::api {

// Empty when there is no such text.
inline std::string member_text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace warp::api
