#include "form_data.h"

#include "warp/base/text.h"

namespace warp::api {
namespace {

constexpr std::size_t kLongestBoundary = 70, kLongestHead = 4096, kLongestField = 1024, kLongestName = 255;

// `name="…"` or `name=…` among the parameters of a header; quoted pairs are undone.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  auto at = header.find(';');
  while (at != std::string_view::npos) {
    header = trim(header.substr(at + 1));
    const auto equals = header.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto key = trim(header.substr(0, equals));
    header.remove_prefix(equals + 1);
    std::string value;
    if (header.starts_with('"')) {
      std::size_t i = 1;
      for (; i < header.size() && header[i] != '"'; ++i) {
        if (header[i] == '\\' && i + 1 < header.size() && (header[i + 1] == '"' || header[i + 1] == '\\'))
          ++i;
        value += header[i];
      }
      if (i >= header.size()) return std::nullopt;
      header.remove_prefix(i + 1);
    } else {
      const auto end = header.find(';');
      value = trim(header.substr(0, end));
      header.remove_prefix(end == std::string_view::npos ? header.size() : end);
    }
    if (iequals(key, name)) return value;
    at = header.find(';');
  }
  return std::nullopt;
}

std::string_view header_in(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && iequals(trim(line.substr(0, colon)), name))
      return trim(line.substr(colon + 1));
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
  }
  return {};
}

bool take_part(std::string_view head, std::string_view octets, FormData& into) {
  const auto disposition = header_in(head, "Content-Disposition");
  if (!iequals(trim(disposition.substr(0, disposition.find(';'))), "form-data")) return false;
  const auto name = parameter(disposition, "name");
  if (!name || name->empty() || name->size() > 64) return false;
  if (const auto file_name = parameter(disposition, "filename")) {
    if (into.has_file) return false;
    into.has_file = true;
    into.file_name = *file_name;
    into.file = octets;
    return *name == "file";
  }
  return octets.size() <= kLongestField && into.fields.emplace(*name, std::string(octets)).second;
}

}  // namespace

std::optional<FormData> read_form(std::string_view content_type, std::string_view body, std::size_t parts) {
  if (!iequals(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data"))
    return std::nullopt;
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kLongestBoundary) return std::nullopt;
  const auto mark = "--" + *boundary;
  const auto between = "\r\n" + mark;
  if (body.starts_with(mark))
    body.remove_prefix(mark.size());
  else if (const auto first = body.find(between); first != std::string_view::npos)
    body.remove_prefix(first + between.size());
  else
    return std::nullopt;
  FormData out;
  for (std::size_t read = 0; !body.starts_with("--"); ++read) {
    if (read == parts || !body.starts_with("\r\n")) return std::nullopt;
    body.remove_prefix(2);
    const auto blank = body.substr(0, kLongestHead).find("\r\n\r\n");
    if (blank == std::string_view::npos) return std::nullopt;
    const auto head = body.substr(0, blank + 2);
    body.remove_prefix(blank + 4);
    const auto end = body.find(between);
    if (end == std::string_view::npos || !take_part(head, body.substr(0, end), out)) return std::nullopt;
    body.remove_prefix(end + between.size());
  }
  return out;
}

std::string plain_file_name(std::string_view given) {
  if (const auto slash = given.find_last_of("/\\"); slash != std::string_view::npos)
    given.remove_prefix(slash + 1);
  std::string out;
  for (const char c : given) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f || c == '"' || c == '<' || c == '>') continue;
    if (out.size() == kLongestName) break;
    out += c;
  }
  while (out.starts_with('.'))
    out.erase(0, 1);
  return out.empty() ? "document" : out;
}

}  // namespace warp::api
