// PooledClient: HTTP/1.1 requests to one server, which the operator names, over connections that are kept
// open: at most `connections` of them, so that a request a call costs no handshake a call.
//
//   auto client = PooledClient::make(settings);            // the error is a sentence for people
//   auto answer = co_await (*client)->send(std::move(request));
//
// A request goes over the connection that was used last; when none is free and there are as many as there may
// be, it waits. Everything together, waiting included, ends at the time limit, but for the look-up of the
// host's name, which the system's resolver bounds and which is remembered for a minute. A kept connection
// that the server had closed meanwhile is replaced once, unseen. No redirect is followed; a certificate must
// be good for the host. Addresses are not judged: no customer names the target.
//
// One thread: that of the executor that awaits.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/http/client.h"

namespace warp::http {

struct PooledClientSettings {
  std::string url;      // of the server: scheme, host, port, and what all paths begin with
  std::string ca_file;  // PEM; empty: the system's
  std::string user_agent = "WARP";
  std::size_t connections = 8;
  std::size_t queue = 4'096;  // requests that wait for one at most; above: TimedOut at once
  std::chrono::milliseconds timeout{2'000};
  std::chrono::milliseconds idle{30'000};  // a connection that rested longer is not used again
  std::uint32_t head_octets = 16 * 1024;
  std::uint64_t body_octets = 1024 * 1024;
};

class PooledClient {
 public:
  static Result<std::unique_ptr<PooledClient>, std::string> make(PooledClientSettings settings);
  ~PooledClient();  // when no send() is under way
  PooledClient(const PooledClient&) = delete;
  PooledClient& operator=(const PooledClient&) = delete;

  // `request.url` is the path below settings.url, with its query. Meant for what may be asked twice.
  boost::asio::awaitable<Result<ClientResponse, ClientError>> send(ClientRequest request);

  // Closes what rests. What is under way goes on.
  void close_idle();
  std::size_t connections() const;  // resting and at work

 private:
  struct Impl;
  explicit PooledClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::http
