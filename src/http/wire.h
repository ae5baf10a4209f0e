// The head of an answer as octets.
#pragma once

#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/http/message.h"
#include "warp/http/server.h"

namespace warp::http {

enum class Framing : std::uint8_t {
  Length,   // Content-Length
  Chunked,  // Transfer-Encoding: chunked
  Close,    // ends with the connection (a source for an HTTP/1.0 client)
  None,     // 204: neither length nor body
};

std::string response_head(const Response& response, Framing framing, bool keep_alive, bool http10,
                          std::string_view date);
std::string http_date(WallTime when);  // RFC 9110 5.6.7, IMF-fixdate

Response plain_error_page(Problem problem, std::string_view detail);

}  // namespace warp::http
