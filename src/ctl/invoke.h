// From words of a command line to a request, and from an answer to what is printed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ctl/operations.h"
#include "ctl/session.h"

namespace warp::ctl {

struct Arguments {
  std::vector<std::string> path;             // values of the path's parameters, in order
  std::map<std::string, std::string> query;  // by name
  std::vector<std::string> fields;           // "name=value", "outer.inner=value", "name:=JSON"
  std::string body;                  // JSON or another text, "@FILE", or "-" for standard input; empty: none
  std::string type;                  // of a body that is no JSON
  std::vector<std::string> columns;  // instead of the operation's own
  bool all = false;                  // follow the pages to the end
};

// Throws WrongUse.
Request request_of(const Operation& operation, const Arguments& arguments);
// Of the fields alone, by the types that the operation says; throws WrongUse.
Json body_of(const Operation& operation, const std::vector<std::string>& fields);
std::string path_of(const Operation& operation, const std::vector<std::string>& values,
                    const std::map<std::string, std::string>& query);

// Sends, follows pages when asked to, prints. Throws Refused.
void invoke(const Session& session, const Operation& operation, const Arguments& arguments);
// Prints what an operation answered.
void print_answer(const Session& session, const Answer& answer, const std::vector<std::string>& columns);
// "@FILE", "-" or the text itself; throws WrongUse.
std::string content_of(const std::string& given);

}  // namespace warp::ctl
