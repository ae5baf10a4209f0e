// Session: one API, at one address, with one credential. Waits for its answers: for programs that do one
// thing.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
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
// Asked in a way that cannot be: nothing was sent.
struct WrongUse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// All that was asked for is printed (--dry-run): the program ends well.
struct Printed {};

struct Request {
  std::string method = "GET";
  std::string path;  // below /api/v1, with its query
  std::string body = {};
  std::string type = {};  // of the body; empty: application/json
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct Answer {
  unsigned status = 0;
  std::string type, text;
  Json json;  // null when the body is none
};

struct Session {
  std::string url = "http://127.0.0.1:8443";
  std::string prefix = "/api/v1";  // of all paths
  std::string key;                 // or the access token of somebody who signed in
  bool json = false;
  bool dry_run = false;         // print requests, send none
  std::string idempotency_key;  // for what is sent; empty: none
  // Called once after a 401: a new credential, or "" when there is none to be had.
  std::function<std::string()> renew = {};

  // Any status is an answer; throws Refused when there is none.
  Answer ask(const Request& request) const;
  // The same, and throws Refused for every status of 300 and above.
  Answer send(const Request& request) const;
  // `path` below /api/v1, with its query: "/trunks?page=2". The whole answer. Throws Refused.
  Json get(const std::string& path) const;
  Json post(const std::string& path, const Json& body) const;
  // A row an element: the named columns under their names, or the rows as JSON. Exit status 0.
  int print(const Json& rows, const std::vector<std::string>& columns) const;
};

// A member that is a text; "" for what is none, null or not there.
std::string member_text(const Json& object, const char* name);
// What --dry-run prints: the request without its secret.
std::string shown(const Session& session, const Request& request);
// A member by its name, or by a way through objects ("caller_media.mos"); null: it is not there.
const Json* column_of(const Json& row, std::string_view column);
// What print() writes: columns as wide as their widest cell; of a column that is not there, "-".
std::string table_of(const Json& rows, const std::vector<std::string>& columns);
// One object: a member a line.
std::string sheet_of(const Json& object);
// What an answer that is no success says, with the API's code when there is one.
std::string refusal_of(unsigned status, const std::string& body);
// In a path or a query: all but the unreserved as %XX.
std::string escaped(const std::string& text);

}  // namespace warp::ctl
