#include "json_text.h"

#include "warp/base/json_string.h"

#include "array_text.h"

namespace warp::store {

void append_string(std::string& out, std::string_view text) {
  append_json_string(out, clean_utf8(text));
}

bool read_id(const nlohmann::json& item, const char* key, Uuid& out) {
  const auto& value = item.at(key);
  if (value.is_null()) return true;
  const auto id = Uuid::parse(value.get_ref<const std::string&>());
  if (id) out = *id;
  return id.has_value();
}

}  // namespace warp::store
