// From a parsed request head to our Request, with the checks that Beast leaves to its user.
#pragma once

#include <optional>
#include <string_view>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include "warp/http/message.h"

namespace warp::http {

// Fills all but `remote`, `secure`, route and params. The error is a sentence for the client.
std::optional<std::string_view> read_head(const boost::beast::http::request_header<>& head, Request& out);

bool expects_continue(const Request& request);

}  // namespace warp::http
