// WebSocket on the server's side, over TCP and over TLS, against Beast's client.
#include "warp/http/websocket.h"

#include <future>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <gtest/gtest.h>

#include "warp/http/server.h"

#include "served_test.h"
#include "support/certificate.h"
#include "support/http_client.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using test::HttpClient;
using namespace std::chrono_literals;
using Plain = websocket::stream<tcp::socket>;
using Secure = websocket::stream<asio::ssl::stream<tcp::socket>>;

constexpr std::size_t kLongest = 1024;

// Waits for nothing but its end.
class Endless final : public BodySource {
 public:
  explicit Endless(std::promise<void>& reached) : reached_(reached) {}
  asio::awaitable<Piece> next() override {
    Piece piece;
    if (!begun_) {
      begun_ = true;
      piece.data = ": hello\n\n";
      co_return piece;
    }
    timer_.emplace(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    reached_.set_value();
    if (!stopped_) {
      const auto [error] = co_await timer_->async_wait(asio::as_tuple(asio::use_awaitable));
      static_cast<void>(error);
    }
    co_return piece;
  }
  void stop() override {
    stopped_ = true;
    if (timer_) timer_->cancel();
  }

 private:
  std::promise<void>& reached_;
  std::optional<asio::steady_timer> timer_;
  bool begun_ = false, stopped_ = false;
};

class WebSocketTest : public ServedTest {
 protected:
  WebSocketTest() {
    add("/echo", [](Request, std::shared_ptr<WebSocket> socket) { return echo(std::move(socket)); });
    add("/pour",
        [this](Request, std::shared_ptr<WebSocket> socket) { return pour(this, std::move(socket)); });
    add("/wait",
        [this](Request, std::shared_ptr<WebSocket> socket) { return wait(this, std::move(socket)); });
    add("/bye", [](Request, std::shared_ptr<WebSocket> socket) { return bye(std::move(socket)); });
    add("/fails", [](Request, std::shared_ptr<WebSocket> socket) { return fails(std::move(socket)); });
    Route guarded =
        route("/guarded", [](Request, std::shared_ptr<WebSocket> s) { return echo(std::move(s)); });
    guarded.gate = [](Request& head) { return gate(&head); };
    router_.add(std::move(guarded));
    router_.get("/endless", [this](Request) { return endless(this); });
  }
  ~WebSocketTest() override { end(); }

  static asio::awaitable<void> echo(std::shared_ptr<WebSocket> socket) {
    for (;;) {
      auto message = co_await socket->read();
      if (!message.open) co_return;
      if (!co_await socket->send(std::move(message.data))) co_return;
    }
  }
  static asio::awaitable<void> pour(WebSocketTest* test, std::shared_ptr<WebSocket> socket) {
    std::string much(1 << 20, 'x');
    while (co_await socket->send(much)) {
    }
    test->ended_.set_value();
  }
  static asio::awaitable<void> wait(WebSocketTest* test, std::shared_ptr<WebSocket> socket) {
    test->reached_.set_value();
    const auto message = co_await socket->read();
    static_cast<void>(message);
    test->ended_.set_value();
  }
  static asio::awaitable<void> bye(std::shared_ptr<WebSocket> socket) {
    co_await socket->close(4401, "the key was revoked");
  }
  static asio::awaitable<void> fails(std::shared_ptr<WebSocket> socket) {
    const auto message = co_await socket->read();
    static_cast<void>(message);
    throw std::runtime_error("secret");
  }
  static asio::awaitable<std::optional<Response>> gate(const Request* head) {
    if (head->headers.get("Authorization")) co_return std::nullopt;
    co_return Response::text(401, "no key");
  }
  static asio::awaitable<Response> plain(Request) { co_return Response::text(426, "speak WebSocket"); }
  static asio::awaitable<Response> endless(WebSocketTest* test) {
    auto response = Response::text(200, "", "text/event-stream");
    response.source = std::make_unique<Endless>(test->reached_);
    co_return response;
  }

  static Route route(std::string path, SocketHandler handler) {
    Route made;
    made.pattern = std::move(path);
    made.handler = [](Request request) { return plain(std::move(request)); };
    made.socket = std::move(handler);
    made.body_limit = kLongest;
    return made;
  }
  void add(std::string path, SocketHandler handler) {
    router_.add(route(std::move(path), std::move(handler)));
  }

  void start(ServerSettings settings = {}) {
    listen(std::move(settings));
    run();
  }

  tcp::endpoint address() const { return {asio::ip::make_address("127.0.0.1"), server_->port()}; }
  Plain open(asio::io_context& io, const std::string& path) {
    Plain client(io);
    client.next_layer().connect(address());
    client.handshake("t", path);
    return client;
  }
  template <class Client>
  static std::string ask(Client& client, const std::string& text) {
    client.write(asio::buffer(text));
    beast::flat_buffer buffer;
    client.read(buffer);
    return beast::buffers_to_string(buffer.data());
  }
  // Why the server closed.
  template <class Client>
  static unsigned close_code(Client& client) {
    beast::flat_buffer buffer;
    boost::system::error_code error;
    while (!error)
      client.read(buffer, error);
    return error == websocket::error::closed ? static_cast<unsigned>(client.reason().code) : 0;
  }
  template <class T>
  static bool comes(std::future<T>& future) {
    return future.wait_for(10s) == std::future_status::ready;
  }

  std::promise<void> reached_, ended_;
};

TEST_F(WebSocketTest, EchoesBesideThePlainPath) {
  start();
  asio::io_context io;
  auto client = open(io, "/echo");
  EXPECT_EQ(ask(client, "one"), "one");
  EXPECT_EQ(ask(client, std::string(kLongest, 'z')), std::string(kLongest, 'z'));
  HttpClient plain_client(server_->port());
  EXPECT_EQ(plain_client.request("GET /echo HTTP/1.1\r\nHost: t\r\n\r\n").status, 426u);
  EXPECT_EQ(ask(client, "two"), "two");
  client.close(websocket::close_code::normal);
}

TEST_F(WebSocketTest, EchoesOverTls) {
  test::Certificate certificate;
  ServerSettings settings;
  settings.tls = TlsFiles{certificate.chain(), certificate.key()};
  start(settings);
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  Secure client(io, context);
  beast::get_lowest_layer(client).connect(address());
  client.next_layer().handshake(asio::ssl::stream_base::client);
  client.handshake("t", "/echo");
  EXPECT_EQ(ask(client, "sealed"), "sealed");
  const std::string big(kLongest + 1, 'x');
  client.write(asio::buffer(big));
  EXPECT_EQ(close_code(client), 1009u);
}

TEST_F(WebSocketTest, RefusesWhatIsTooLong) {
  start();
  asio::io_context io;
  auto client = open(io, "/echo");
  const std::string big(kLongest + 1, 'x');
  client.write(asio::buffer(big));
  EXPECT_EQ(close_code(client), 1009u);
}

TEST_F(WebSocketTest, AnswersABadHandshakeAndAClosedGateAsHttp) {
  start();
  HttpClient no_key(server_->port());
  EXPECT_EQ(no_key
                .request("GET /echo HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Version: 13\r\n\r\n")
                .status,
            400u);
  HttpClient stranger(server_->port());
  EXPECT_EQ(stranger
                .request("GET /guarded HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                .status,
            401u);
}

TEST_F(WebSocketTest, TheHandlerSaysWhyItCloses) {
  start();
  asio::io_context io;
  auto client = open(io, "/bye");
  EXPECT_EQ(close_code(client), 4401u);
  EXPECT_EQ(std::string(client.reason().reason.c_str()), "the key was revoked");
}

TEST_F(WebSocketTest, AnExceptionIsNotTold) {
  start();
  asio::io_context io;
  auto client = open(io, "/fails");
  client.write(asio::buffer(std::string("go")));
  EXPECT_EQ(close_code(client), 1011u);
  EXPECT_EQ(std::string(client.reason().reason.c_str()), "");
}

TEST_F(WebSocketTest, AStopEndsHandlersAndSaysGoodbye) {
  start();
  asio::io_context io;
  auto client = open(io, "/wait");
  auto reached = reached_.get_future();
  ASSERT_TRUE(comes(reached));
  auto stopped = begin_stop(8s);
  EXPECT_EQ(close_code(client), 1001u);
  auto ended = ended_.get_future();
  EXPECT_TRUE(comes(ended));
  EXPECT_TRUE(comes(stopped));
  EXPECT_EQ(server_->connections(), 0u);
  server_.reset();
}

TEST_F(WebSocketTest, AStopEndsASourceThatWaits) {
  start();
  HttpClient client(server_->port());
  client.send("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n");
  auto reached = reached_.get_future();
  ASSERT_TRUE(comes(reached));
  auto stopped = begin_stop(60s);
  EXPECT_TRUE(comes(stopped));
  EXPECT_TRUE(client.receive().complete);
  server_.reset();
}

TEST_F(WebSocketTest, AReaderThatReadsNothingIsLetGo) {
  ServerSettings settings;
  settings.write_timeout = 200ms;
  start(settings);
  asio::io_context io;
  auto client = open(io, "/pour");
  auto ended = ended_.get_future();
  EXPECT_TRUE(comes(ended));
}

TEST_F(WebSocketTest, APeerThatAnswersNoPingIsGone) {
  ServerSettings settings;
  settings.write_timeout = 200ms;
  start(settings);
  asio::io_context io;
  auto client = open(io, "/wait");
  auto ended = ended_.get_future();
  EXPECT_TRUE(comes(ended));
}

}  // namespace
}  // namespace warp::http
