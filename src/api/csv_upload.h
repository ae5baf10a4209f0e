// A CSV file that is read while it arrives, and the answer to one that was refused.
//
// All or nothing: each faulty line is told with its column, what is wrong and the cure; of many the first.
#pragma once

#include <string>
#include <utility>

#include "warp/api/errors.h"
#include "warp/http/message.h"

namespace warp::api {

// `Reader` has feed(octets), stopped() (further octets change nothing) and finish().
template <class Reader>
class CsvUpload final : public http::BodySink {
 public:
  template <class... Arguments>
  explicit CsvUpload(Arguments&&... arguments) : reader_(std::forward<Arguments>(arguments)...) {}
  void feed(std::string_view octets) override { reader_.feed(octets); }
  bool enough() const override { return reader_.stopped(); }
  auto finish() { return reader_.finish(); }

 private:
  Reader reader_;
};

// `Error` has `total` and `issues` of line (0: the file), column, problem and cure.
template <class Error>
Failure import_failure(const Error& error) {
  Failure failure{ErrorCode::InvalidImport,
                  std::to_string(error.total) + " faults in the file; nothing was changed."};
  failure.details["total"] = error.total;
  failure.details["errors"] = Json::array();
  for (const auto& issue : error.issues) {
    Json row;
    row["line"] = issue.line;
    row["column"] = issue.column;
    row["problem"] = issue.problem;
    row["cure"] = issue.cure;
    failure.details["errors"].push_back(std::move(row));
  }
  return failure;
}

}  // namespace warp::api
