// JSON that is written by hand, where a document would cost more than what it says.
#pragma once

#include <string>
#include <string_view>

namespace warp {

// Appends `text`, which is UTF-8, as a JSON string.
void append_json_string(std::string& out, std::string_view text);

}  // namespace warp
