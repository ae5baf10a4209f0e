#include "warp/sip/message/body_parts.h"

#include <algorithm>
#include <string>

#include "warp/base/text.h"

namespace warp::sip {

namespace {

constexpr std::size_t kMostParts = 8;
constexpr std::size_t kLongestBoundary = 70;

std::string_view params_of(std::string_view content_type) {
  const auto semicolon = content_type.find(';');
  return semicolon == std::string_view::npos ? std::string_view() : content_type.substr(semicolon + 1);
}

// Takes the line up to its CRLF or LF.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct Part {
  std::string_view type, id, content;
};

// From behind a delimiter to the next one: head lines, an empty one, the content.
Part read_part(std::string_view text) {
  Part part;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = trim(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (iequals(name, "Content-Type") || iequals(name, "c")) part.type = media_type(value);
    if (iequals(name, "Content-ID")) part.id = value;
  }
  if (part.id.size() >= 2 && part.id.front() == '<' && part.id.back() == '>')
    part.id = part.id.substr(1, part.id.size() - 2);
  part.content = text;
  return part;
}

}  // namespace

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

std::string_view param_of(std::string_view params, std::string_view name) {
  while (!params.empty()) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < params.size() && (quoted || params[end] != ';'); ++end) {
      if (params[end] == '"') quoted = !quoted;
      if (quoted && params[end] == '\\') ++end;
    }
    end = std::min(end, params.size());
    const auto param = params.substr(0, end);
    const auto equals = param.find('=');
    if (equals != std::string_view::npos && iequals(trim(param.substr(0, equals)), name)) {
      auto value = trim(param.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return value;
    }
    params.remove_prefix(std::min(params.size(), end + 1));
  }
  return {};
}

std::optional<BodyPart> find_part(std::string_view content_type, std::string_view body,
                                  std::string_view type) {
  if (!iequals(media_type(content_type).substr(0, 10), "multipart/")) return std::nullopt;
  const auto boundary = param_of(params_of(content_type), "boundary");
  if (boundary.empty() || boundary.size() > kLongestBoundary) return std::nullopt;
  const std::string delimiter = "--" + std::string(boundary);
  auto at = body.starts_with(delimiter) ? 0 : body.find("\n" + delimiter);
  for (std::size_t count = 0; at != std::string_view::npos && count < kMostParts; ++count) {
    body.remove_prefix(body.find(delimiter, at) + delimiter.size());
    if (body.starts_with("--")) return std::nullopt;
    take_line(body);
    at = body.find("\n" + delimiter);
    if (at == std::string_view::npos) return std::nullopt;  // cut short
    auto whole = body.substr(0, at);
    if (whole.ends_with('\r')) whole.remove_suffix(1);
    const auto part = read_part(whole);
    if (iequals(part.type, type)) return BodyPart{part.id, part.content};
  }
  return std::nullopt;
}

}  // namespace warp::sip
