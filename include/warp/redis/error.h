// redis::Error: what can go wrong between us and Redis, sorted by what a caller may do about it. A refusal by
// the server itself (-ERR, -WRONGTYPE …) is not one of these: it is a Reply of kind Error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/result.h"

namespace warp::redis {

enum class ErrorKind : std::uint8_t {
  Timeout,         // no reply within command_timeout: whether it was done is not known
  Busy,            // max_in_flight or max_unsent_octets reached; nothing was sent
  ConnectionLost,  // broke while the command was under way: whether it was done is not known
  Unavailable,     // no connection now; nothing was sent
  BadCommand,      // empty, too long, or of those that a shared connection cannot carry; nothing was sent
  Cancelled,       // the client was closed; nothing was sent
};
inline constexpr std::size_t kErrorKinds = 6;
std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::Unavailable;
  std::string message;  // for the log, never for a client
};

template <class T>
using Expected = Result<T, Error>;

}  // namespace warp::redis
