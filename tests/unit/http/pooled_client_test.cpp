// Requests over kept connections, against our server and against peers that close.
#include "warp/http/pooled_client.h"

#include <atomic>
#include <future>
#include <thread>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "warp/http/server.h"

#include "served_test.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<Response> echo_target(Request request) {
  co_return Response::text(200, request.target + " " + std::string(request.headers.get_or("x-mark", "-")));
}

class PooledClientTest : public ServedTest {
 protected:
  PooledClientTest() {
    add("/base/echo", echo_target);
    add("/base/gate", [this](Request request) { return gate(std::move(request)); });
    add("/base/large",
        [](Request) -> asio::awaitable<Response> { co_return Response::text(200, std::string(5'000, 'x')); });
    run();
  }
  ~PooledClientTest() override {
    open();
    end();
  }
  void add(std::string pattern, Handler handler) {
    Route route;
    route.pattern = std::move(pattern);
    route.handler = std::move(handler);
    router_.add(std::move(route));
  }
  asio::awaitable<Response> gate(Request) {
    ++inside_;
    const auto [error] = co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
    co_return Response::text(200, "open");
  }
  void open() {
    asio::post(io_, [this] { gate_.cancel(); });
  }
  std::uint16_t serve(std::optional<TlsFiles> tls = {}, std::chrono::milliseconds idle = 60s) {
    ServerSettings settings;
    settings.tls = std::move(tls);
    settings.idle_timeout = idle;
    return listen(std::move(settings));
  }
  void make(std::uint16_t port, PooledClientSettings settings = {}) {
    if (settings.url.empty()) settings.url = "http://127.0.0.1:" + std::to_string(port) + "/base";
    auto made = PooledClient::make(std::move(settings));
    if (made)
      client_ = std::move(*made);
    else
      ADD_FAILURE() << made.error();
  }
  std::future<Result<ClientResponse, ClientError>> get(std::string path,
                                                       std::chrono::milliseconds timeout = 5s) {
    ClientRequest request;
    request.method = Method::Get;
    request.url = std::move(path);
    request.timeout = timeout;
    request.headers.set("x-mark", "m");
    return asio::co_spawn(io_, client_->send(std::move(request)), asio::use_future);
  }

  asio::steady_timer gate_{io_, asio::steady_timer::time_point::max()};
  std::atomic<int> inside_{0};
  std::unique_ptr<PooledClient> client_;
};

TEST_F(PooledClientTest, OneConnectionServesOneAfterAnother) {
  make(serve());
  for (int i = 0; i < 10; ++i) {
    const auto answer = get("/echo?n=" + std::to_string(i)).get();
    ASSERT_TRUE(answer) << to_string(answer.error());
    EXPECT_EQ(answer->status, 200u);
    EXPECT_EQ(answer->body, "/base/echo?n=" + std::to_string(i) + " m");
    EXPECT_TRUE(answer->complete);
  }
  EXPECT_EQ(client_->connections(), 1u);
}

TEST_F(PooledClientTest, ThereAreNeverMoreThanThereMayBe) {
  PooledClientSettings settings;
  settings.connections = 2;
  const auto port = serve();
  settings.url = "http://127.0.0.1:" + std::to_string(port) + "/base";
  make(port, settings);
  std::vector<std::future<Result<ClientResponse, ClientError>>> waiting;
  for (int i = 0; i < 6; ++i)
    waiting.push_back(get("/gate"));
  for (int wave = 1; wave <= 3; ++wave) {
    while (inside_ < 2 * wave)
      std::this_thread::yield();
    EXPECT_EQ(inside_, 2 * wave);
    open();
  }
  for (auto& one : waiting)
    EXPECT_EQ(one.get()->body, "open");
  EXPECT_EQ(client_->connections(), 2u);
}

TEST_F(PooledClientTest, WaitingForAConnectionCountsIntoTheLimit) {
  PooledClientSettings settings;
  settings.connections = 1;
  const auto port = serve();
  settings.url = "http://127.0.0.1:" + std::to_string(port) + "/base";
  make(port, settings);
  auto first = get("/gate");
  while (inside_ < 1)
    std::this_thread::yield();
  EXPECT_EQ(get("/echo", 50ms).get().error(), ClientError::TimedOut);
  open();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(get("/echo").get()) << "the place is free again";
}

TEST_F(PooledClientTest, AConnectionThatWasLateIsNotUsedAgain) {
  make(serve());
  EXPECT_EQ(get("/gate", 50ms).get().error(), ClientError::TimedOut);
  EXPECT_EQ(client_->connections(), 0u);
  EXPECT_EQ(get("/echo").get()->status, 200u);
}

TEST_F(PooledClientTest, ABodyBeyondTheLimitIsCutAndItsConnectionDropped) {
  PooledClientSettings settings;
  settings.body_octets = 100;
  const auto port = serve();
  settings.url = "http://127.0.0.1:" + std::to_string(port) + "/base";
  make(port, settings);
  const auto answer = get("/large").get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200u);
  EXPECT_FALSE(answer->complete);
  EXPECT_EQ(client_->connections(), 0u);
}

// A peer that answers one request a connection and then closes, without having said so.
class OneEach {
 public:
  OneEach() : thread_([this] { run(); }) {}
  ~OneEach() {
    stop_ = true;
    boost::system::error_code ignored;
    tcp::socket poke(io_);
    poke.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port()), ignored);
    thread_.join();
  }
  std::uint16_t port() const { return port_; }
  std::atomic<int> taken{0};

 private:
  void run() {
    while (!stop_) {
      boost::system::error_code error;
      tcp::socket socket(io_);
      acceptor_.accept(socket, error);
      if (error || stop_) return;
      ++taken;
      std::string text;
      asio::read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", error);
      asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")), error);
    }
  }
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  const std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST_F(PooledClientTest, AConnectionThatThePeerClosedIsReplacedUnseen) {
  OneEach peer;
  make(peer.port());
  for (int i = 0; i < 5; ++i) {
    const auto answer = get("/").get();
    ASSERT_TRUE(answer) << i << ": " << to_string(answer.error());
    EXPECT_EQ(answer->body, "ok");
  }
  EXPECT_EQ(peer.taken, 5);
}

TEST_F(PooledClientTest, NobodyThere) {
  tcp::acceptor taken(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto port = taken.local_endpoint().port();
  taken.close();
  make(port);
  EXPECT_EQ(get("/echo").get().error(), ClientError::ConnectFailed);
}

TEST_F(PooledClientTest, AnAddressThatIsNone) {
  PooledClientSettings settings;
  settings.url = "ftp://x";
  EXPECT_TRUE(PooledClient::make(settings).has_error());
  settings.url = "http://x";
  settings.ca_file = "/nowhere.pem";
  EXPECT_TRUE(PooledClient::make(settings).has_error());
}

}  // namespace
}  // namespace warp::http
