// multipart/form-data with one file: read as a whole that the endpoint's limit bounds, no more parts than
// asked for, headers of a bounded size.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace warp::api {

struct FormData {
  std::map<std::string, std::string> fields;
  std::string file_name;
  std::string_view file;  // into the body
  bool has_file = false;
};

// nullopt: no multipart/form-data with at most `parts` parts, each named once, one of them a file at most.
std::optional<FormData> read_form(std::string_view content_type, std::string_view body, std::size_t parts);

// The name alone, without folders and control characters, at most 255 octets; "document" when nothing is
// left.
std::string plain_file_name(std::string_view given);

}  // namespace warp::api
