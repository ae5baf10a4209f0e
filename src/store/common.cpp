#include "warp/store/common.h"

namespace warp::store {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::NotFound: return "not_found";
    case ErrorKind::Duplicate: return "duplicate";
    case ErrorKind::InUse: return "in_use";
    case ErrorKind::Invalid: return "invalid";
    case ErrorKind::Forbidden: return "forbidden";
    case ErrorKind::Unavailable: return "unavailable";
    case ErrorKind::Unknown: return "unknown";
    case ErrorKind::Internal: return "internal";
  }
  return "internal";
}

}  // namespace warp::store
