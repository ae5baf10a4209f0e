// Operation: what warpctl knows of one operation of the API. The index is made by the build from the server's
// own table, so the two cannot differ.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace warp::ctl {

struct Parameter {
  std::string name, type;
  bool required = false;
  std::string about = {};
  std::vector<std::string> choices = {};
  std::vector<Parameter> members = {};  // of an object
};

struct Operation {
  std::string id, method, path, summary, tag, scope;
  bool step_up = false;
  std::string idempotency;           // none, accepted, required, own
  std::vector<std::string> in_path;  // names, in order
  std::vector<Parameter> query;
  std::string body;                  // "", json, csv, octets
  std::vector<Parameter> fields;     // of a JSON body
  std::string answer;                // object, list, page, none, csv, octets, bare
  std::vector<std::string> columns;  // of a table of its rows

  bool pages() const;    // has ?page=
  bool cursors() const;  // has ?cursor=
};

const std::vector<Operation>& all_operations();
std::vector<Operation> read_operations(const nlohmann::json& index);
// By id, or by "GET /trunks/{trunk_id}"; null: there is none.
const Operation* find_operation(std::string_view name);

// The words of a command for each operation, the same in no two of them: /trunks/{trunk_id}/ips is
// "trunks ips list" for GET and "trunks ips create" for POST.
struct Command {
  std::vector<std::string> words;
  const Operation* operation = nullptr;
};
std::vector<Command> commands_of(const std::vector<Operation>& operations);

}  // namespace warp::ctl
