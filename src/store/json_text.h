// JSON being written by hand, where a document a row would cost more than the row.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "warp/base/uuid.h"

namespace warp::store {

// `text` as a JSON string, mended as clean_utf8() does.
void append_string(std::string& out, std::string_view text);

// The id in a field; null leaves `out` as it is. False: it is none.
bool read_id(const nlohmann::json& item, const char* key, Uuid& out);

}  // namespace warp::store
