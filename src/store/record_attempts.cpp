#include "record_attempts.h"

#include <nlohmann/json.hpp>

#include "json_text.h"

namespace warp::store {
namespace {

void append_id(std::string& out, std::string_view key, const Uuid& id) {
  out += key;
  if (id.is_nil())
    out += "null";
  else
    append_string(out, id.to_string());
}

}  // namespace

std::string attempts_to_json(const std::vector<domain::RouteAttempt>& attempts) {
  std::string out = "[";
  for (const auto& attempt : attempts) {
    append_id(out, out.size() > 1 ? ",{\"provider_id\":" : "{\"provider_id\":", attempt.provider.value);
    append_id(out, ",\"route_id\":", attempt.route.value);
    out += ",\"endpoint\":" + std::to_string(attempt.endpoint) + ",\"address\":";
    append_string(out, attempt.address);
    out += ",\"sip_status\":" + std::to_string(attempt.sip_status) + ",\"reason\":";
    append_string(out, to_string(attempt.reason));
    out += ",\"elapsed_ms\":" + std::to_string(attempt.elapsed_ms) + '}';
  }
  return out += ']';
}

bool attempts_from_json(std::string_view text, std::vector<domain::RouteAttempt>& out) try {
  for (const auto& item : nlohmann::json::parse(text)) {
    auto& attempt = out.emplace_back();
    const auto reason = domain::parse_reason(item.at("reason").get_ref<const std::string&>());
    if (!reason || !read_id(item, "provider_id", attempt.provider.value) ||
        !read_id(item, "route_id", attempt.route.value))
      return false;
    attempt.reason = *reason;
    item.at("endpoint").get_to(attempt.endpoint);
    item.at("address").get_to(attempt.address);
    item.at("sip_status").get_to(attempt.sip_status);
    item.at("elapsed_ms").get_to(attempt.elapsed_ms);
  }
  return true;
} catch (const nlohmann::json::exception&) {
  return false;
}

}  // namespace warp::store
