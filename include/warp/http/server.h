// Server: HTTP/1.1 over TCP or TLS. One listener; a coroutine for each connection; requests of one connection
// are answered in order, one at a time. Every wait has a deadline and every buffer a cap.
//
// Errors that the server finds itself (400, 404, 405, 408, 413, 431, 503) are worded by Hooks::error_page.
// Metrics, with label `listener`: warp_http_connections, warp_http_connections_total,
// warp_http_refused_total, warp_http_broken_requests_total.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/http/router.h"

namespace warp::http {

struct TlsFiles {
  std::string certificate_chain;  // PEM
  std::string private_key;        // PEM
};

struct ServerSettings {
  std::string name = "http";  // label of its metrics and log lines
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  std::optional<TlsFiles> tls;
  std::size_t max_connections = 1024;  // above: 503 and closed
  std::size_t header_limit = 16 * 1024;
  std::chrono::milliseconds header_timeout{10'000};  // first octet to end of head; TLS handshake
  // Without an octet of a body; the whole may take the time that 64 KiB a second need besides.
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};   // between requests
  std::chrono::milliseconds write_timeout{30'000};  // for one piece of the answer
};

enum class Problem : std::uint8_t {
  Malformed,           // 400
  BadPath,             // 400: broken percent-encoding
  BadParameter,        // 400: a path parameter has not its type
  NotFound,            // 404
  MethodNotAllowed,    // 405
  RequestTimeout,      // 408
  BodyTooLarge,        // 413
  HeadTooLarge,        // 431
  HandlerFailed,       // 500: an exception left a handler
  TooManyConnections,  // 503
};
unsigned status_of(Problem problem);
std::string_view to_string(Problem problem);

// One answered request, for access logs and metrics.
struct Exchange {
  const Request& request;  // route "" when none matched; empty when the head was broken
  unsigned status;
  std::string_view note;
  std::uint64_t octets_sent;
  std::chrono::microseconds duration;  // head complete → answer sent
};

struct Hooks {
  // May look at request.attachment; `detail` is for people. Empty: plain text.
  std::function<Response(Problem problem, Request& request, std::string_view detail)> error_page = {};
  // For every answer, before it is sent: common headers.
  std::function<void(const Request& request, Response& response)> decorate = {};
  // For every answer, after it left.
  std::function<void(const Exchange& exchange)> observe = {};
};

class Server {
 public:
  // `router` must be complete before start() and outlive the server. `executor`: of a context that one
  // thread runs; everything here happens on it.
  Server(boost::asio::any_io_executor executor, ServerSettings settings, const Router& router, Hooks hooks,
         const Clock& clock, log::Logger& log, metrics::Registry& metrics);
  ~Server();  // stop() must have finished, or the executor no longer runs

  // Binds and listens; accepting begins when the executor runs. The error is a sentence for people.
  Result<void, std::string> start();
  std::uint16_t port() const;

  // No new connections, idle ones closed, requests in work answered with "Connection: close"; what still
  // runs after `grace` is cut off. Ends when the last connection is gone.
  boost::asio::awaitable<void> stop(std::chrono::milliseconds grace);

  std::size_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the connections' coroutines
};

}  // namespace warp::http
