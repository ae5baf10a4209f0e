// OpenapiCheck: is an answer what the OpenAPI document says? Types, needed members, enumerations, null only
// where it may be, and no member that the schema does not know.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "warp/api/json.h"
#include "warp/base/text.h"

namespace warp::test {

class OpenapiCheck {
 public:
  explicit OpenapiCheck(api::Json document) : document_(std::move(document)) {}

  // The pattern of a path below the prefix, without its query; "" when there is no such operation. Of two
  // that fit the one with fewer parameters.
  std::string path_of(std::string_view method, std::string_view path) const {
    std::string best;
    for (const auto& [pattern, operations] : document_.at("paths").items()) {
      if (!operations.contains(std::string(method)) || !fits(pattern, path)) continue;
      if (best.empty() || parameters(pattern) < parameters(best)) best = pattern;
    }
    return best;
  }

  // What is wrong with the body of an answer, one line a fault; of a success that the document does not know,
  // that.
  std::vector<std::string> faults(const std::string& method, const std::string& pattern, unsigned status,
                                  const api::Json& body) const {
    std::vector<std::string> out;
    const auto& responses = document_.at("paths").at(pattern).at(method).at("responses");
    const api::Json* schema = nullptr;
    if (status >= 400) {
      schema = &document_.at("components").at("schemas").at("Error");
    } else {
      const auto found = responses.find(std::to_string(status));
      if (found == responses.end())
        return {"the status " + std::to_string(status) + " is not in the document"};
      const auto content = found->find("content");
      if (content == found->end() || !content->contains("application/json")) return out;
      schema = &content->at("application/json").at("schema");
    }
    check(*schema, body, "", out);
    return out;
  }

 private:
  static int parameters(std::string_view pattern) {
    return static_cast<int>(std::count(pattern.begin(), pattern.end(), '{'));
  }

  // Segment by segment; a segment of the pattern in braces takes anything.
  static bool fits(std::string_view pattern, std::string_view path) {
    while (!pattern.empty() && !path.empty()) {
      const auto want = pattern.substr(0, pattern.find('/', 1));
      const auto have = path.substr(0, path.find('/', 1));
      const bool any = want.size() > 1 && want[1] == '{';
      if (!any && want != have) return false;
      if (any && have.size() < 2) return false;
      pattern.remove_prefix(want.size());
      path.remove_prefix(have.size());
    }
    return pattern.empty() && path.empty();
  }

  const api::Json& resolved(const api::Json& schema) const {
    const auto found = schema.find("$ref");
    if (found == schema.end()) return schema;
    return resolved(document_.at(api::Json::json_pointer(found->get<std::string>().substr(1))));
  }

  static bool is_of(const std::string& type, const api::Json& value) {
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    if (type == "array") return value.is_array();
    return value.is_object();
  }

  void check(const api::Json& given, const api::Json& value, const std::string& path,
             std::vector<std::string>& out) const {
    const auto& schema = resolved(given);
    const auto type = schema.value("type", std::string());
    if (value.is_null()) {
      if (!type.empty() && !schema.value("nullable", false)) out.push_back(path + " is null");
      return;
    }
    if (type.empty()) return;
    if (!is_of(type, value)) {
      out.push_back(path + " is no " + type);
      return;
    }
    if (const auto choices = schema.find("enum"); choices != schema.end())
      if (std::find(choices->begin(), choices->end(), value) == choices->end())
        out.push_back(path + " is none of its enumeration: " + value.dump());
    if (type == "array")
      for (const auto& item : value)
        check(schema.at("items"), item, path + "[]", out);
    if (type == "object") check_members(schema, value, path, out);
  }

  void check_members(const api::Json& schema, const api::Json& value, const std::string& path,
                     std::vector<std::string>& out) const {
    static const api::Json kNone = api::Json::object();
    const auto found = schema.find("properties");
    const auto& properties = found == schema.end() ? kNone : *found;
    if (const auto required = schema.find("required"); required != schema.end())
      for (const auto& name : *required)
        if (!value.contains(name.get<std::string>()))
          out.push_back(path + "." + name.get<std::string>() + " is missing");
    for (const auto& [name, member] : value.items()) {
      const auto known = properties.find(name);
      if (known != properties.end())
        check(*known, member, path + "." + name, out);
      else if (!schema.value("additionalProperties", false) && !properties.empty())
        out.push_back(path + "." + name + " is not in the schema");
    }
  }

  const api::Json document_;
};

}  // namespace warp::test
