#include "message_json.h"

#include <nlohmann/json.hpp>

#include "json_text.h"

namespace warp::store {
namespace {

std::int64_t micros(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime wall(const nlohmann::json& item) {
  return WallTime(std::chrono::microseconds(item.get<std::int64_t>()));
}
template <class Id>
bool read_id(const nlohmann::json& item, Id& out) {
  const auto id = Id::parse(item.get_ref<const std::string&>());
  if (id) out = *id;
  return id.has_value();
}

}  // namespace

std::string attempts_to_json(std::span<const domain::MessageAttempt> attempts) {
  std::string out = "[";
  for (const auto& attempt : attempts) {
    out += out.size() > 1 ? ",{\"connector_id\":\"" : "{\"connector_id\":\"";
    out += attempt.connector.to_string();
    out += "\",\"at_us\":" + std::to_string(micros(attempt.at));
    out += ",\"status\":" + std::to_string(attempt.status) + ",\"reason\":\"";
    out += to_string(attempt.reason);
    out += "\"}";
  }
  return out += ']';
}

bool attempts_from_json(std::string_view text, std::vector<domain::MessageAttempt>& out) try {
  if (text == "[]") return true;
  for (const auto& item : nlohmann::json::parse(text)) {
    auto& attempt = out.emplace_back();
    const auto reason = domain::parse_reason(item.at("reason").get_ref<const std::string&>());
    if (!reason || !read_id(item.at("connector_id"), attempt.connector)) return false;
    attempt.reason = *reason;
    attempt.at = wall(item.at("at_us"));
    item.at("status").get_to(attempt.status);
  }
  return true;
} catch (const nlohmann::json::exception&) {
  return false;
}

std::string segments_to_json(std::span<const domain::SentSegment> segments) {
  std::string out = "[";
  for (const auto& segment : segments) {
    out += out.size() > 1 ? ",{\"number\":" : "{\"number\":";
    out += std::to_string(segment.number) + ",\"connector_id\":\"" + segment.connector.to_string();
    out += "\",\"upstream_id\":";
    append_string(out, segment.upstream_id);
    out += ",\"sent_us\":" + std::to_string(micros(segment.sent_at)) + '}';
  }
  return out += ']';
}

bool segments_from_json(std::string_view text, MessageId message, std::vector<domain::SentSegment>& out) try {
  if (text == "[]") return true;
  for (const auto& item : nlohmann::json::parse(text)) {
    auto& segment = out.emplace_back();
    segment.message = message;
    item.at("number").get_to(segment.number);
    if (!read_id(item.at("connector_id"), segment.connector)) return false;
    item.at("upstream_id").get_to(segment.upstream_id);
    segment.sent_at = wall(item.at("sent_us"));
  }
  return true;
} catch (const nlohmann::json::exception&) {
  return false;
}

std::string rich_to_json(const domain::RichContent& rich) {
  std::string out = "{\"subject\":";
  append_string(out, rich.subject);
  out += ",\"media\":[";
  for (const auto& part : rich.media) {
    out += &part == &rich.media.front() ? "{\"id\":\"" : ",{\"id\":\"";
    out += part.id.to_string() + "\",\"content_type\":";
    append_string(out, part.content_type);
    out += ",\"name\":";
    append_string(out, part.name);
    out += ",\"octets\":" + std::to_string(part.octets) + '}';
  }
  out += rich.sms_fallback ? "],\"sms_fallback\":true" : "],\"sms_fallback\":false";
  out += ",\"fallback_text\":";
  append_string(out, rich.fallback_text);
  return out += '}';
}

std::shared_ptr<const domain::RichContent> rich_from_json(std::string_view text) try {
  const auto value = nlohmann::json::parse(text);
  auto out = std::make_shared<domain::RichContent>();
  value.at("subject").get_to(out->subject);
  for (const auto& item : value.at("media")) {
    auto& part = out->media.emplace_back();
    if (!read_id(item.at("id"), part.id)) return nullptr;
    item.at("content_type").get_to(part.content_type);
    item.at("name").get_to(part.name);
    item.at("octets").get_to(part.octets);
  }
  value.at("sms_fallback").get_to(out->sms_fallback);
  value.at("fallback_text").get_to(out->fallback_text);
  return out;
} catch (const nlohmann::json::exception&) {
  return nullptr;
}

}  // namespace warp::store
