// Session: one API, at one address, with one key. Waits for its answers: for programs that do one thing.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace warp::ctl {

using Json = nlohmann::json;

// The API refused, or cannot be reached: a sentence for people.
struct Refused : std::runtime_error {
  Refused(unsigned http_status, const std::string& sentence)
      : std::runtime_error(sentence), status(http_status) {}
  unsigned status;  // 0: no answer
};

struct Session {
  std::string url = "http://127.0.0.1:8080";
  std::string key;
  bool json = false;

  // `path` below /api/v1, with its query: "/trunks?page=2". The whole answer. Throws Refused.
  Json get(const std::string& path) const;
  Json post(const std::string& path, const Json& body) const;
  // A row an element: the named columns under their names, or the rows as JSON. Exit status 0.
  int print(const Json& rows, const std::vector<std::string>& columns) const;
};

// What print() writes: columns as wide as their widest cell; of a column that is not there, "-".
std::string table_of(const Json& rows, const std::vector<std::string>& columns);
// What an answer that is no success says, with the API's code when there is one.
std::string refusal_of(unsigned status, const std::string& body);

}  // namespace warp::ctl
