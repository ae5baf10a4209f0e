// Compression of answers by gzip (RFC 1952), whole or while they are made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "warp/http/message.h"

namespace warp::api {

// nullopt: zlib has no memory.
std::optional<std::string> gzip(std::string_view octets);
// Each piece as it comes, compressed; a piece is held back until there is something to send.
std::unique_ptr<http::BodySource> gzip(std::unique_ptr<http::BodySource> source);

}  // namespace warp::api
