#include "warp/http/client.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "warp/http/public_address.h"
#include "warp/http/url.h"
#include "warp/net/quietly.h"

#include "client_wire.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = asio::ssl;
using asio::ip::tcp;

WireRequest closing_request(ClientRequest request, const Url& url, const ClientSettings& settings) {
  WireRequest wire = wire_of(request, url.target, url, settings.user_agent);
  wire.set(beast::http::field::connection, "close");
  wire.body() = std::move(request.body);
  wire.prepare_payload();
  return wire;
}

struct Limits {
  std::uint32_t head_octets;
  std::uint64_t body_octets;
};

template <class Stream>
asio::awaitable<Result<ClientResponse, ClientError>> exchange(Stream& stream, WireRequest request,
                                                              Limits limits) {
  beast::flat_buffer buffer(limits.head_octets + 16 * 1024);
  beast::http::response_parser<beast::http::buffer_body> parser;
  auto asking = ask(stream, buffer, std::move(request), parser, limits.head_octets);
  auto answer = co_await std::move(asking);
  if (!answer || parser.is_done()) co_return answer;
  ClientResponse& response = *answer;
  const auto announced = parser.content_length();
  response.body.resize(announced ? std::min(*announced, limits.body_octets) : limits.body_octets);
  auto& room = parser.get().body();
  room.data = response.body.data();
  room.size = response.body.size();
  const auto [body_error, body_octets] =
      co_await beast::http::async_read(stream, buffer, parser, net::kQuietly);
  static_cast<void>(body_octets);
  response.complete = !body_error;
  response.body.resize(response.body.size() - room.size);
  co_return answer;
}

}  // namespace

std::string_view to_string(ClientError error) {
  switch (error) {
    case ClientError::BadUrl:
      return "bad_url";
    case ClientError::PlainRefused:
      return "plain_refused";
    case ClientError::NoSuchHost:
      return "no_such_host";
    case ClientError::AddressForbidden:
      return "address_forbidden";
    case ClientError::ConnectFailed:
      return "connect_failed";
    case ClientError::TlsFailed:
      return "tls_failed";
    case ClientError::TimedOut:
      return "timed_out";
    case ClientError::Broken:
      return "broken";
    case ClientError::TooLarge:
      return "too_large";
  }
  return "unknown";
}

struct Client::Impl {
  explicit Impl(ClientSettings given) : settings(std::move(given)) {}

  asio::awaitable<Result<std::vector<tcp::endpoint>, ClientError>> find(std::string host, std::uint16_t port);
  asio::awaitable<Result<ClientResponse, ClientError>> talk(beast::tcp_stream stream, Url url,
                                                            WireRequest request, Limits limits);
  asio::awaitable<Result<ClientResponse, ClientError>> talk_secure(beast::tcp_stream stream, Url url,
                                                                   WireRequest request, Limits limits);

  const ClientSettings settings;
  ssl::context tls{ssl::context::tls_client};
};

// The addresses that may be talked to.
asio::awaitable<Result<std::vector<tcp::endpoint>, ClientError>> Client::Impl::find(std::string host,
                                                                                    std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto service = std::to_string(port);
  const auto [error, results] = co_await resolver.async_resolve(
      host, service, tcp::resolver::numeric_service | tcp::resolver::address_configured, net::kQuietly);
  if (error || results.empty()) co_return ClientError::NoSuchHost;
  std::vector<tcp::endpoint> endpoints;
  for (const auto& result : results)
    if (settings.private_targets || is_public(result.endpoint().address()))
      endpoints.push_back(result.endpoint());
  if (endpoints.empty()) co_return ClientError::AddressForbidden;
  co_return endpoints;
}

asio::awaitable<Result<ClientResponse, ClientError>> Client::Impl::talk(beast::tcp_stream stream, Url url,
                                                                        WireRequest request, Limits limits) {
  if (url.secure) {
    auto secure = talk_secure(std::move(stream), std::move(url), std::move(request), limits);
    co_return co_await std::move(secure);
  }
  auto answer = exchange(stream, std::move(request), limits);
  co_return co_await std::move(answer);
}

asio::awaitable<Result<ClientResponse, ClientError>> Client::Impl::talk_secure(beast::tcp_stream stream,
                                                                               Url url, WireRequest request,
                                                                               Limits limits) {
  SecureStream secure(std::move(stream), tls);
  if (!expect(secure, url.host)) co_return ClientError::TlsFailed;
  const auto [refused] = co_await secure.async_handshake(ssl::stream_base::client, net::kQuietly);
  if (refused) co_return error_of(refused, ClientError::TlsFailed);
  auto answer = exchange(secure, std::move(request), limits);
  co_return co_await std::move(answer);
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>, std::string> Client::make(ClientSettings settings) {
  auto impl = std::make_unique<Impl>(std::move(settings));
  if (auto ready = prepare(impl->tls, impl->settings.ca_file); !ready) return ready.error();
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

asio::awaitable<Result<ClientResponse, ClientError>> Client::send(ClientRequest request) {
  const Deadline deadline =
      std::chrono::steady_clock::now() + request.timeout.value_or(impl_->settings.timeout);
  const Limits limits{impl_->settings.head_octets, request.body_octets.value_or(impl_->settings.body_octets)};
  auto url = Url::parse(request.url);
  if (!url) co_return ClientError::BadUrl;
  if (!url->secure && !impl_->settings.plain) co_return ClientError::PlainRefused;
  auto search = impl_->find(url->host, url->port);
  const auto endpoints = co_await std::move(search);
  if (!endpoints) co_return endpoints.error();

  const auto executor = co_await asio::this_coro::executor;
  beast::tcp_stream stream(executor);
  stream.expires_at(deadline);
  const auto [error, endpoint] = co_await stream.async_connect(*endpoints, net::kQuietly);
  static_cast<void>(endpoint);
  if (error) co_return error_of(error, ClientError::ConnectFailed);
  auto wire = closing_request(std::move(request), *url, impl_->settings);
  auto answer = impl_->talk(std::move(stream), std::move(*url), std::move(wire), limits);
  co_return co_await std::move(answer);
}

}  // namespace warp::http
