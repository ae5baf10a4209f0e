#include "record_facts.h"

#include <nlohmann/json.hpp>

#include "json_text.h"

namespace warp::store {
namespace {

void append(std::string& out, bool value) {
  out += value ? "true" : "false";
}
void append(std::string& out, const std::string& value) {
  append_string(out, value);
}
void append(std::string& out, std::uint32_t value) {
  out += std::to_string(value);
}

}  // namespace

std::string facts_to_json(const Boxed<domain::CallFacts>& facts) {
  std::string out = "{";
  if (!facts.made()) return out += '}';
  domain::each_fact(facts.read(), [&]<class T>(const char* name, const T& value) {
    if (value == T{}) return;
    if (out.size() > 1) out += ',';
    out.append("\"").append(name).append("\":");
    append(out, value);
  });
  return out += '}';
}

bool facts_from_json(std::string_view text, Boxed<domain::CallFacts>& out) try {
  if (text == "{}") return true;
  const auto json = nlohmann::json::parse(text);
  if (!json.is_object()) return false;
  domain::each_fact(out.write(), [&](const char* name, auto& value) {
    if (const auto found = json.find(name); found != json.end()) found->get_to(value);
  });
  return true;
} catch (const nlohmann::json::exception&) {
  return false;
}

}  // namespace warp::store
