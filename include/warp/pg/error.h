// pg::Error: what can go wrong between us and Postgres, sorted by what a caller may do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/result.h"

namespace warp::pg {

enum class ErrorKind : std::uint8_t {
  UniqueViolation,
  ForeignKeyViolation,
  CheckViolation,  // also NOT NULL and exclusion
  InvalidInput,    // class 22: bad text for the type, out of range, invalid UTF-8
  PermissionDenied,
  Serialization,   // serialization failure or deadlock: the whole transaction may be tried again
  Timeout,         // the query's own, at the server or at our side; nothing was committed when at the server
  PoolExhausted,   // no connection within the wait, or too many waiting
  ConnectionLost,  // broke while the query was under way: whether it was committed is not known
  Unavailable,     // server not reachable, starting, stopping or out of resources; nothing was executed
  BadRow,          // a result did not have the columns or types that the code expects
  Cancelled,       // the pool was closed
  Server,          // anything else that the server refused: a defect in the query
};
std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::Server;
  std::string sqlstate;    // five characters, or empty when it did not come from the server
  std::string message;     // for the log; may hold values: never for a client
  std::string constraint;  // of a violation: its name
};

// Kind of an SQLSTATE; Server when nothing more is known.
ErrorKind classify(std::string_view sqlstate);

template <class T>
using Expected = Result<T, Error>;

}  // namespace warp::pg
