#include "warp/http/pooled_client.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

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

constexpr std::chrono::seconds kNameLife{60};

using Stream = beast::tcp_stream;

struct PooledConnection {
  std::optional<Stream> plain;
  std::optional<SecureStream> secure;
  beast::flat_buffer buffer;
  Deadline rests_since{};
  bool used = false;  // it has carried a request before

  void expires(Deadline deadline) {
    if (plain) plain->expires_at(deadline);
    if (secure) beast::get_lowest_layer(*secure).expires_at(deadline);
  }
};

struct Exchanged {
  ClientResponse response;
  bool keep = false;
};

template <class AnyStream>
asio::awaitable<Result<Exchanged, ClientError>> exchange(AnyStream& stream, beast::flat_buffer& buffer,
                                                         WireRequest request, std::uint32_t head_octets,
                                                         std::uint64_t body_octets) {
  beast::http::response_parser<beast::http::string_body> parser;
  auto asking = ask(stream, buffer, std::move(request), parser, head_octets);
  auto answer = co_await std::move(asking);
  if (!answer) co_return answer.error();
  Exchanged out;
  out.response = std::move(*answer);
  const auto announced = parser.content_length();
  out.response.complete = !announced || *announced <= body_octets;
  while (out.response.complete && !parser.is_done()) {
    const auto [body_error, body_read] =
        co_await beast::http::async_read_some(stream, buffer, parser, net::kQuietly);
    static_cast<void>(body_read);
    out.response.complete = !body_error && parser.get().body().size() <= body_octets;
  }
  out.keep = out.response.complete && parser.get().keep_alive();
  out.response.body = std::move(parser.get().body());
  co_return std::move(out);
}

}  // namespace

struct PooledClient::Impl {
  explicit Impl(PooledClientSettings given) : settings(std::move(given)) {}

  // The place of one connection among those that there may be, whoever holds it.
  class Place {
   public:
    explicit Place(Impl& of) : impl_(&of) { ++impl_->live; }
    Place(Place&& other) noexcept
        : connection(std::move(other.connection)), impl_(std::exchange(other.impl_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (impl_ == nullptr) return;
      --impl_->live;
      impl_->wake_one();
    }
    // Back to those that rest.
    void keep() && {
      connection->used = true;
      connection->rests_since = std::chrono::steady_clock::now();
      connection->expires(Deadline::max());
      impl_->resting.push_back(std::move(connection));
    }
    std::unique_ptr<PooledConnection> connection;

   private:
    Impl* impl_;
  };

  Result<void, std::string> load();
  WireRequest kept_request(const ClientRequest& request) const;
  void drop_stale();
  // To the end with who is woken: the next place that becomes free wakes another.
  void wake_one() {
    if (waiting.empty()) return;
    waiting.front()->cancel();
    waiting.splice(waiting.end(), waiting, waiting.begin());
  }
  asio::awaitable<Result<Place, ClientError>> take(Deadline deadline, bool fresh);
  asio::awaitable<ClientError> wait(Deadline deadline);
  asio::awaitable<Result<std::vector<tcp::endpoint>, ClientError>> find();
  asio::awaitable<std::optional<ClientError>> connect(PooledConnection& connection, Deadline deadline);

  const PooledClientSettings settings;
  Url url;
  ssl::context tls{ssl::context::tls_client};
  std::vector<std::unique_ptr<PooledConnection>> resting;
  std::size_t live = 0;                    // at work
  std::list<asio::steady_timer*> waiting;  // of those who wait for a place, in their order
  std::vector<tcp::endpoint> endpoints;    // of the host
  Deadline endpoints_until{};
};

Result<void, std::string> PooledClient::Impl::load() {
  auto parsed = Url::parse(settings.url);
  if (!parsed) return "no http or https URL: " + settings.url;
  url = std::move(*parsed);
  while (url.target.ends_with('/'))
    url.target.pop_back();
  return prepare(tls, settings.ca_file);
}

WireRequest PooledClient::Impl::kept_request(const ClientRequest& request) const {
  WireRequest wire = wire_of(request, url.target + request.url, url, settings.user_agent);
  wire.keep_alive(true);
  wire.body() = request.body;
  wire.prepare_payload();
  return wire;
}

void PooledClient::Impl::drop_stale() {
  const auto oldest = std::chrono::steady_clock::now() - settings.idle;
  std::erase_if(resting, [&](const auto& connection) { return connection->rests_since < oldest; });
}

// Until there may be room, or the deadline.
asio::awaitable<ClientError> PooledClient::Impl::wait(Deadline deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  struct Entry {
    std::list<asio::steady_timer*>& list;
    std::list<asio::steady_timer*>::iterator at;
    ~Entry() { list.erase(at); }
  };
  const Entry entry{waiting, waiting.insert(waiting.end(), &timer)};
  const auto [ended] = co_await timer.async_wait(net::kQuietly);
  co_return ended ? ClientError::Broken : ClientError::TimedOut;
}

asio::awaitable<Result<PooledClient::Impl::Place, ClientError>> PooledClient::Impl::take(Deadline deadline,
                                                                                         bool fresh) {
  for (;;) {
    drop_stale();
    if (!fresh && !resting.empty()) {
      Place place(*this);
      place.connection = std::move(resting.back());
      resting.pop_back();
      co_return std::move(place);
    }
    if (!resting.empty() && live + resting.size() >= settings.connections) resting.erase(resting.begin());
    if (live + resting.size() < settings.connections) {
      Place place(*this);
      place.connection = std::make_unique<PooledConnection>();
      auto connecting = connect(*place.connection, deadline);
      const auto failed = co_await std::move(connecting);
      if (failed) co_return *failed;
      co_return std::move(place);
    }
    if (waiting.size() >= settings.queue || std::chrono::steady_clock::now() >= deadline)
      co_return ClientError::TimedOut;
    auto waits = wait(deadline);
    const auto why = co_await std::move(waits);
    if (why != ClientError::TimedOut) continue;
    wake_one();  // the place that it was woken for in the same turn, if any, is another's
    co_return why;
  }
}

asio::awaitable<Result<std::vector<tcp::endpoint>, ClientError>> PooledClient::Impl::find() {
  if (std::chrono::steady_clock::now() < endpoints_until) co_return endpoints;
  error_code not_literal;
  const auto literal = asio::ip::make_address(url.host, not_literal);
  if (!not_literal) co_return std::vector<tcp::endpoint>{tcp::endpoint(literal, url.port)};
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto service = std::to_string(url.port);
  const auto [error, results] = co_await resolver.async_resolve(
      url.host, service, tcp::resolver::numeric_service | tcp::resolver::address_configured, net::kQuietly);
  if (error || results.empty()) co_return ClientError::NoSuchHost;
  endpoints.clear();
  for (const auto& result : results)
    endpoints.push_back(result.endpoint());
  endpoints_until = std::chrono::steady_clock::now() + kNameLife;
  co_return endpoints;
}

asio::awaitable<std::optional<ClientError>> PooledClient::Impl::connect(PooledConnection& connection,
                                                                        Deadline deadline) {
  auto finding = find();
  const auto found = co_await std::move(finding);
  if (!found) co_return found.error();
  Stream stream(co_await asio::this_coro::executor);
  stream.expires_at(deadline);
  const auto [error, endpoint] = co_await stream.async_connect(*found, net::kQuietly);
  static_cast<void>(endpoint);
  if (error) {
    endpoints_until = {};
    co_return error_of(error, ClientError::ConnectFailed);
  }
  error_code ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
  if (!url.secure) {
    connection.plain.emplace(std::move(stream));
    co_return std::nullopt;
  }
  auto& secure = connection.secure.emplace(std::move(stream), tls);
  if (!expect(secure, url.host)) co_return ClientError::TlsFailed;
  const auto [refused] = co_await secure.async_handshake(ssl::stream_base::client, net::kQuietly);
  if (refused) co_return error_of(refused, ClientError::TlsFailed);
  co_return std::nullopt;
}

PooledClient::PooledClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PooledClient::~PooledClient() = default;

Result<std::unique_ptr<PooledClient>, std::string> PooledClient::make(PooledClientSettings settings) {
  auto impl = std::make_unique<Impl>(std::move(settings));
  if (auto loaded = impl->load(); !loaded) return loaded.error();
  return std::unique_ptr<PooledClient>(new PooledClient(std::move(impl)));
}

void PooledClient::close_idle() {
  impl_->resting.clear();
}

std::size_t PooledClient::connections() const {
  return impl_->live + impl_->resting.size();
}

asio::awaitable<Result<ClientResponse, ClientError>> PooledClient::send(ClientRequest request) {
  const auto& settings = impl_->settings;
  const Deadline deadline = std::chrono::steady_clock::now() + request.timeout.value_or(settings.timeout);
  const auto body_octets = request.body_octets.value_or(settings.body_octets);
  for (bool again = false;; again = true) {
    auto taking = impl_->take(deadline, again);
    auto place = co_await std::move(taking);
    if (!place) co_return place.error();
    auto& connection = *place->connection;
    connection.expires(deadline);
    auto wire = impl_->kept_request(request);
    auto exchanging = connection.secure ? exchange(*connection.secure, connection.buffer, std::move(wire),
                                                   settings.head_octets, body_octets)
                                        : exchange(*connection.plain, connection.buffer, std::move(wire),
                                                   settings.head_octets, body_octets);
    auto answer = co_await std::move(exchanging);
    if (answer) {
      // Octets behind the answer belong to nobody's request.
      if (answer->keep && connection.buffer.size() == 0) std::move(*place).keep();
      co_return std::move(answer->response);
    }
    // The server had closed it while it rested.
    if (!connection.used || again || answer.error() != ClientError::Broken) co_return answer.error();
  }
}

}  // namespace warp::http
