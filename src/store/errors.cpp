#include "errors.h"

namespace warp::store {
namespace {

ErrorKind kind_of(pg::ErrorKind kind) {
  switch (kind) {
    case pg::ErrorKind::UniqueViolation:
      return ErrorKind::Duplicate;
    case pg::ErrorKind::ForeignKeyViolation:
      return ErrorKind::InUse;
    case pg::ErrorKind::CheckViolation:
    case pg::ErrorKind::InvalidInput:
      return ErrorKind::Invalid;
    case pg::ErrorKind::PermissionDenied:
      return ErrorKind::Forbidden;
    case pg::ErrorKind::Serialization:
    case pg::ErrorKind::Timeout:
    case pg::ErrorKind::PoolExhausted:
    case pg::ErrorKind::Unavailable:
    case pg::ErrorKind::Cancelled:
      return ErrorKind::Unavailable;
    case pg::ErrorKind::ConnectionLost:
      return ErrorKind::Unknown;
    case pg::ErrorKind::BadRow:
    case pg::ErrorKind::Server:
      return ErrorKind::Internal;
  }
  return ErrorKind::Internal;
}

}  // namespace

Error translate(const pg::Error& error) { return {kind_of(error.kind), error.message, error.constraint}; }

}  // namespace warp::store
