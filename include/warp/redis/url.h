// Where a Redis is:
//
//   redis://[user@]host[:port][/db]    TCP; port 6379 and database 0 when left out
//   rediss://[user@]host[:port][/db]   TLS over TCP
//   unix:///path[?db=N]                unix socket; unix://user@/path with a user
//
// An IPv6 address stands in brackets. `%41` escapes are undone in user and path. A password is not part of
// it: URLs end up in logs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/result.h"

namespace warp::redis {

enum class Transport : std::uint8_t { Tcp, Tls, Unix };

struct Url {
  Transport transport = Transport::Tcp;
  std::string host = "127.0.0.1";  // Tcp, Tls: name or address, without brackets
  std::uint16_t port = 6379;
  std::string path;  // Unix
  std::string user;  // empty: Redis' default user
  std::uint32_t database = 0;

  friend bool operator==(const Url&, const Url&) = default;
};

// The error is a sentence for the operator; it never repeats what could be a password.
Result<Url, std::string> parse_url(std::string_view text);
// For logs: without the user.
std::string to_string(const Url& url);

}  // namespace warp::redis
