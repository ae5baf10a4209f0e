// Connection: one client's socket and its requests, on its loop. Created by the Server, which owns it
// together with the coroutine that runs it (hence shared).
#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "warp/http/server.h"

namespace warp::http {

// What all connections of a server share; outlives them.
struct Shared {
  ServerSettings settings;
  const Router& router;
  Hooks hooks;
  const Clock& clock;
  log::Logger& log;
  metrics::Counter& broken_requests;
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual boost::asio::awaitable<void> run() = 0;
  // Thread-safe: the request in work is the last one; an idle connection closes at once.
  virtual void finish() = 0;
  // Thread-safe: closes the socket.
  virtual void abort() = 0;
};

std::shared_ptr<Connection> make_connection(const Shared& shared, boost::asio::ip::tcp::socket socket);
std::shared_ptr<Connection> make_connection(const Shared& shared, boost::asio::ip::tcp::socket socket,
                                            boost::asio::ssl::context& tls);

// The answer of hooks.error_page, or plain text.
Response error_page(const Shared& shared, Problem problem, Request& request, std::string_view detail);

}  // namespace warp::http
