#include "warp/pg/error.h"

#include <libpq-fe.h>

#include "result_error.h"

namespace warp::pg {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::UniqueViolation:
      return "unique_violation";
    case ErrorKind::ForeignKeyViolation:
      return "foreign_key_violation";
    case ErrorKind::CheckViolation:
      return "check_violation";
    case ErrorKind::InvalidInput:
      return "invalid_input";
    case ErrorKind::PermissionDenied:
      return "permission_denied";
    case ErrorKind::Serialization:
      return "serialization";
    case ErrorKind::Timeout:
      return "timeout";
    case ErrorKind::PoolExhausted:
      return "pool_exhausted";
    case ErrorKind::ConnectionLost:
      return "connection_lost";
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::BadRow:
      return "bad_row";
    case ErrorKind::Cancelled:
      return "cancelled";
    case ErrorKind::Server:
      return "server";
  }
  return "server";
}

ErrorKind classify(std::string_view sqlstate) {
  if (sqlstate == "23505") return ErrorKind::UniqueViolation;
  if (sqlstate == "23503" || sqlstate == "23001") return ErrorKind::ForeignKeyViolation;
  if (sqlstate.starts_with("23")) return ErrorKind::CheckViolation;
  if (sqlstate.starts_with("22")) return ErrorKind::InvalidInput;
  if (sqlstate == "42501") return ErrorKind::PermissionDenied;
  if (sqlstate == "40001" || sqlstate == "40P01") return ErrorKind::Serialization;
  if (sqlstate == "57014" || sqlstate == "55P03") return ErrorKind::Timeout;
  if (sqlstate.starts_with("57P") || sqlstate.starts_with("53") || sqlstate == "25006")
    return ErrorKind::Unavailable;
  if (sqlstate.starts_with("08")) return ErrorKind::ConnectionLost;
  return ErrorKind::Server;
}

Error error_of(const pg_result* result) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text ? text : "");
  };
  Error error;
  error.sqlstate = field(PG_DIAG_SQLSTATE);
  error.kind = error.sqlstate.empty() ? ErrorKind::ConnectionLost : classify(error.sqlstate);
  error.message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (error.message.empty()) error.message = PQresultErrorMessage(result);
  if (const auto detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty()) error.message += ": " + detail;
  error.constraint = field(PG_DIAG_CONSTRAINT_NAME);
  return error;
}

}  // namespace warp::pg
