// JSON being written by hand, where a document a row would cost more than the row.
#pragma once

#include <string>
#include <string_view>

namespace warp::store {

// `text` as a JSON string, mended as clean_utf8() does.
void append_string(std::string& out, std::string_view text);

}  // namespace warp::store
