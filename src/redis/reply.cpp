#include "warp/redis/reply.h"

namespace warp::redis {

std::string_view to_string(Reply::Kind kind) {
  switch (kind) {
    case Reply::Kind::Nil:
      return "nil";
    case Reply::Kind::Integer:
      return "integer";
    case Reply::Kind::Status:
      return "status";
    case Reply::Kind::Bulk:
      return "bulk";
    case Reply::Kind::Array:
      return "array";
    case Reply::Kind::Error:
      return "error";
  }
  return "nil";
}

}  // namespace warp::redis
