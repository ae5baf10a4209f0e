// Client: one HTTP/1.1 request on a connection of its own, to targets that customers name.
//
//   auto client = Client::make(settings);            // the error is a sentence for people
//   auto answer = co_await (*client)->send(std::move(request));
//
// The name is resolved first, the addresses are judged, and the connection goes to a judged address: what a
// second look-up would say does not matter. Redirects are answers like others: nobody follows them. A
// certificate must be good for the host. Everything together ends at `timeout`, but for the look-up, which
// the system's resolver bounds. One thread: that of the executor that awaits.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/result.h"
#include "warp/http/message.h"

namespace warp::http {

struct ClientSettings {
  bool plain = false;            // http:// is allowed, too
  bool private_targets = false;  // addresses that is_public() refuses are allowed
  std::string ca_file;           // PEM; empty: the system's
  std::string user_agent = "WARP";
  std::chrono::milliseconds timeout{15'000};
  std::uint32_t head_octets = 16 * 1024;
  std::uint64_t body_octets = 64 * 1024;
};

enum class ClientError : std::uint8_t {
  BadUrl,
  PlainRefused,  // http:// where https:// is asked for
  NoSuchHost,
  AddressForbidden,  // none of its addresses may be talked to
  ConnectFailed,
  TlsFailed,
  TimedOut,
  Broken,    // the connection ended, or what came is not HTTP
  TooLarge,  // the head of the answer
};
std::string_view to_string(ClientError error);

struct ClientRequest {
  Method method = Method::Post;
  std::string url;
  Headers headers;
  std::string body;
  // Instead of the client's.
  std::optional<std::chrono::milliseconds> timeout = {};
  std::optional<std::uint64_t> body_octets = {};
};
// As soon as the head is there the status stands, whatever becomes of the body.
struct ClientResponse {
  unsigned status = 0;
  Headers headers = {};
  std::string body = {};
  bool complete = true;  // false: the body is too large, broken off or late, and cut
};

class Client {
 public:
  static Result<std::unique_ptr<Client>, std::string> make(ClientSettings settings);
  ~Client();  // when no send() is under way
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  boost::asio::awaitable<Result<ClientResponse, ClientError>> send(ClientRequest request);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::http
