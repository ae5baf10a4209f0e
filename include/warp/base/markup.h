// Text in HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace warp {

// & < > " ' as references that HTML and XML both know: for element content and quoted attribute values.
// Control characters but tabs and line ends, which neither knows, are left out.
void append_escaped_markup(std::string& out, std::string_view text);
std::string escape_markup(std::string_view text);

}  // namespace warp
