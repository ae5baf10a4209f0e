// The client against our server, plain and behind TLS, and against peers that misbehave.
#include "warp/http/client.h"

#include <optional>
#include <thread>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "warp/http/server.h"

#include "served_test.h"
#include "support/certificate.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<Response> echo(Request request) {
  co_return Response::text(200, std::string(to_string(request.method)) + " " + request.target + " " +
                                    std::string(request.headers.get_or("x-mark", "-")) + " " + request.body);
}
asio::awaitable<Response> elsewhere(Request) {
  auto response = Response::text(302, "");
  response.headers.set("Location", "/echo");
  co_return response;
}
asio::awaitable<Response> large(Request) {
  co_return Response::text(200, std::string(70'000, 'x'));
}

class ClientTest : public ServedTest {
 protected:
  ClientTest() {
    add("/echo", echo);
    add("/elsewhere", elsewhere);
    add("/large", large);
    run();
  }

  void add(std::string pattern, Handler handler) {
    Route route;
    route.method = Method::Post;
    route.pattern = std::move(pattern);
    route.handler = std::move(handler);
    router_.add(std::move(route));
  }
  std::uint16_t serve(std::optional<TlsFiles> tls = {}) {
    ServerSettings settings;
    settings.tls = std::move(tls);
    return listen(std::move(settings));
  }
  static ClientSettings local() {
    ClientSettings settings;
    settings.plain = settings.private_targets = true;
    settings.timeout = 5s;
    return settings;
  }
  Result<ClientResponse, ClientError> post(ClientSettings settings, std::string url, std::string body = "b") {
    auto client = Client::make(std::move(settings));
    if (!client) {
      ADD_FAILURE() << client.error();
      return ClientError::Broken;
    }
    ClientRequest request;
    request.url = std::move(url);
    request.headers.set("x-mark", "m");
    request.body = std::move(body);
    return asio::co_spawn(io_, (*client)->send(std::move(request)), asio::use_future).get();
  }
  ClientError error_of(ClientSettings settings, std::string url) {
    const auto answer = post(std::move(settings), std::move(url));
    EXPECT_FALSE(answer);
    return answer ? ClientError{} : answer.error();
  }
  static std::string at(std::uint16_t port, const std::string& rest, const char* scheme = "http") {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port) + rest;
  }
};

TEST_F(ClientTest, PostsAndReadsTheAnswer) {
  const auto answer = post(local(), at(serve(), "/echo?a=1"), "hello");
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->status, 200u);
  EXPECT_EQ(answer->body, "POST /echo?a=1 m hello");
}

TEST_F(ClientTest, ARedirectIsAnAnswer) {
  const auto answer = post(local(), at(serve(), "/elsewhere"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302u);
}

TEST_F(ClientTest, AsksForHttps) {
  auto settings = local();
  settings.plain = false;
  EXPECT_EQ(error_of(settings, at(serve(), "/echo")), ClientError::PlainRefused);
}

TEST_F(ClientTest, DoesNotTalkToOurOwnNetwork) {
  auto settings = local();
  settings.private_targets = false;
  const auto port = serve();
  EXPECT_EQ(error_of(settings, at(port, "/echo")), ClientError::AddressForbidden);
  EXPECT_EQ(error_of(settings, "http://localhost:" + std::to_string(port) + "/echo"),
            ClientError::AddressForbidden);
  EXPECT_EQ(error_of(settings, "http://2130706433:" + std::to_string(port) + "/echo"),
            ClientError::AddressForbidden);
}

TEST_F(ClientTest, TheCertificateMustBeOfAKnownAuthorityAndGoodForTheHost) {
  const test::Certificate good("IP:127.0.0.1"), stranger("IP:127.0.0.1");
  const auto port = serve(TlsFiles{good.chain(), good.key()});
  auto settings = local();
  settings.ca_file = good.chain();
  const auto answer = post(settings, at(port, "/echo", "https"));
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->status, 200u);
  EXPECT_EQ(error_of(settings, "https://localhost:" + std::to_string(port) + "/echo"),
            ClientError::TlsFailed);
  settings.ca_file = stranger.chain();
  EXPECT_EQ(error_of(settings, at(port, "/echo", "https")), ClientError::TlsFailed);
}

TEST_F(ClientTest, TakesNoMoreThanItsLimitAndKeepsTheStatus) {
  const auto answer = post(local(), at(serve(), "/large"));
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->status, 200u);
  EXPECT_FALSE(answer->complete);
  EXPECT_LE(answer->body.size(), ClientSettings{}.body_octets);
}

TEST_F(ClientTest, EndsWhenThePeerIsSilent) {
  tcp::acceptor silent(io_, {asio::ip::make_address("127.0.0.1"), 0});  // the system accepts, nobody answers
  auto settings = local();
  settings.timeout = 100ms;
  EXPECT_EQ(error_of(settings, at(silent.local_endpoint().port(), "/")), ClientError::TimedOut);
}

TEST_F(ClientTest, SaysWhatWentWrong) {
  std::uint16_t closed = 0;
  {
    const tcp::acceptor taken(io_, {asio::ip::make_address("127.0.0.1"), 0});
    closed = taken.local_endpoint().port();
  }
  EXPECT_EQ(error_of(local(), at(closed, "/")), ClientError::ConnectFailed);
  EXPECT_EQ(error_of(local(), "http://[::1/"), ClientError::BadUrl);
  ClientSettings settings;
  settings.ca_file = "/does/not/exist";
  EXPECT_FALSE(Client::make(settings));
}

}  // namespace
}  // namespace warp::http
