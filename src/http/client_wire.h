// What both clients say on the wire alike.
#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "warp/http/client.h"
#include "warp/http/url.h"
#include "warp/net/quietly.h"

namespace warp::http {

using Deadline = std::chrono::steady_clock::time_point;
using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
using SecureStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

ClientError error_of(const boost::system::error_code& error, ClientError otherwise);

// Servers are verified, by the authorities in the file or by the system's.
Result<void, std::string> prepare(boost::asio::ssl::context& tls, const std::string& ca_file);
// Before the handshake: the server must be that one. False: such a name cannot be asked for.
bool expect(SecureStream& stream, const std::string& host);

// Without its body, and with nothing said of the connection's future.
WireRequest wire_of(const ClientRequest& request, const std::string& target, const Url& url,
                    const std::string& user_agent);
ClientResponse head_of(const boost::beast::http::response_header<>& head);

// Sends it and reads the answer's head. The body's limit is the caller's affair: a long one does not take the
// status away.
template <class Stream, class Body>
boost::asio::awaitable<Result<ClientResponse, ClientError>> ask(
    Stream& stream, boost::beast::flat_buffer& buffer, WireRequest request,
    boost::beast::http::response_parser<Body>& parser, std::uint32_t head_octets) {
  const auto [write_error, written] =
      co_await boost::beast::http::async_write(stream, request, net::kQuietly);
  static_cast<void>(written);
  if (write_error) co_return error_of(write_error, ClientError::Broken);
  parser.header_limit(head_octets);
  parser.body_limit(boost::none);
  const auto [head_error, head_read] =
      co_await boost::beast::http::async_read_header(stream, buffer, parser, net::kQuietly);
  static_cast<void>(head_read);
  if (head_error) co_return error_of(head_error, ClientError::Broken);
  co_return head_of(parser.get());
}

}  // namespace warp::http
