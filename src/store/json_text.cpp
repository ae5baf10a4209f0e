#include "json_text.h"

#include "warp/base/json_string.h"

#include "array_text.h"

namespace warp::store {

void append_string(std::string& out, std::string_view text) {
  append_json_string(out, clean_utf8(text));
}

}  // namespace warp::store
