// The type/subtype of a Content-Type.
#pragma once

#include <string>
#include <string_view>

namespace warp::http {

// Lower case, without parameters; empty: it is none.
std::string media_type(std::string_view header);

}  // namespace warp::http
