#include "warp/redis/error.h"

namespace warp::redis {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Timeout:
      return "timeout";
    case ErrorKind::Busy:
      return "busy";
    case ErrorKind::ConnectionLost:
      return "connection_lost";
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::BadCommand:
      return "bad_command";
    case ErrorKind::Cancelled:
      return "cancelled";
  }
  return "unavailable";
}

}  // namespace warp::redis
