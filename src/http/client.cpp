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
using boost::system::error_code;

using RoomParser = beast::http::response_parser<beast::http::buffer_body>;

bool is_literal(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

WireRequest wire_of(ClientRequest request, const Url& url, const ClientSettings& settings) {
  WireRequest wire;
  wire.version(11);
  wire.method_string(std::string(to_string(request.method)));
  wire.target(url.target);
  for (const auto& [name, value] : request.headers.items())
    wire.insert(name, value);
  wire.set(beast::http::field::host, url.authority());
  wire.set(beast::http::field::user_agent, settings.user_agent);
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
  const auto [write_error, written] = co_await beast::http::async_write(stream, request, net::kQuietly);
  static_cast<void>(written);
  if (write_error) co_return error_of(write_error, ClientError::Broken);
  beast::flat_buffer buffer(limits.head_octets + 16 * 1024);
  RoomParser parser;
  parser.header_limit(limits.head_octets);
  parser.body_limit(boost::none);  // the room below is the limit: a long body does not take the status away
  const auto [head_error, head_octets] =
      co_await beast::http::async_read_header(stream, buffer, parser, net::kQuietly);
  static_cast<void>(head_octets);
  if (head_error) co_return error_of(head_error, ClientError::Broken);
  ClientResponse response;
  response.status = parser.get().result_int();
  for (const auto& field : parser.get())
    response.headers.add(std::string_view(field.name_string().data(), field.name_string().size()),
                         std::string_view(field.value().data(), field.value().size()));
  if (parser.is_done()) co_return response;
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
  co_return response;
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

  Result<void, std::string> load();
  asio::awaitable<Result<std::vector<tcp::endpoint>, ClientError>> find(std::string host, std::uint16_t port);
  asio::awaitable<Result<ClientResponse, ClientError>> talk(beast::tcp_stream stream, Url url,
                                                            WireRequest request, Limits limits);
  asio::awaitable<Result<ClientResponse, ClientError>> talk_secure(beast::tcp_stream stream, Url url,
                                                                   WireRequest request, Limits limits);

  const ClientSettings settings;
  ssl::context tls{ssl::context::tls_client};
};

Result<void, std::string> Client::Impl::load() {
  error_code error;
  tls.set_options(kClientTls, error);
  tls.set_verify_mode(ssl::verify_peer, error);
  if (settings.ca_file.empty())
    tls.set_default_verify_paths(error);
  else
    tls.load_verify_file(settings.ca_file, error);
  if (error)
    return "cannot read the certificates of " +
           (settings.ca_file.empty() ? std::string("the system") : settings.ca_file) + ": " + error.message();
  return boost::system::in_place_value;
}

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
  beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), tls);
  error_code error;
  secure.set_verify_callback(ssl::host_name_verification(url.host), error);
  const bool named =
      is_literal(url.host) || SSL_set_tlsext_host_name(secure.native_handle(), url.host.c_str());
  if (error || !named) co_return ClientError::TlsFailed;
  const auto [refused] = co_await secure.async_handshake(ssl::stream_base::client, net::kQuietly);
  if (refused) co_return error_of(refused, ClientError::TlsFailed);
  auto answer = exchange(secure, std::move(request), limits);
  co_return co_await std::move(answer);
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>, std::string> Client::make(ClientSettings settings) {
  auto impl = std::make_unique<Impl>(std::move(settings));
  if (auto loaded = impl->load(); !loaded) return loaded.error();
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
  auto wire = wire_of(std::move(request), *url, impl_->settings);
  auto answer = impl_->talk(std::move(stream), std::move(*url), std::move(wire), limits);
  co_return co_await std::move(answer);
}

}  // namespace warp::http
