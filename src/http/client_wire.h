// What both clients say on the wire alike.
#pragma once

#include <chrono>

#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http.hpp>

#include "warp/http/client.h"

namespace warp::http {

inline constexpr auto kClientTls = boost::asio::ssl::context::default_workarounds |
                                   boost::asio::ssl::context::no_sslv2 | boost::asio::ssl::context::no_sslv3 |
                                   boost::asio::ssl::context::no_tlsv1 |
                                   boost::asio::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION;

using Deadline = std::chrono::steady_clock::time_point;
using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;

inline ClientError error_of(const boost::system::error_code& error, ClientError otherwise) {
  if (error == boost::beast::error::timeout) return ClientError::TimedOut;
  if (error == boost::beast::http::error::header_limit) return ClientError::TooLarge;
  return otherwise;
}

}  // namespace warp::http
