// The server behind TLS, with a certificate made for the test.
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <gtest/gtest.h>

#include "warp/http/server.h"

#include "served_test.h"
#include "support/certificate.h"
#include "support/http_client.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<Response> hello(Request request) {
  co_return Response::text(200, request.secure ? "secure" : "plain");
}

class TlsTest : public ServedTest {
 protected:
  TlsTest() {
    router_.get("/hello", hello);
    ServerSettings settings;
    settings.tls = TlsFiles{certificate_.chain(), certificate_.key()};
    settings.header_timeout = 200ms;
    listen(std::move(settings));
    run();
  }

  static std::string ask(asio::ssl::stream<tcp::socket>& stream) {
    asio::write(stream, asio::buffer(std::string("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")));
    std::string answer(4096, '\0');
    boost::system::error_code ignored;
    std::size_t have = 0;
    while (answer.find("secure") == std::string::npos && !ignored)
      have += stream.read_some(asio::buffer(answer.data() + have, answer.size() - have), ignored);
    return answer.substr(0, have);
  }

  test::Certificate certificate_;
};

TEST_F(TlsTest, ServesRequestsOnOneConnection) {
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  asio::ssl::stream<tcp::socket> stream(io, context);
  stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), server_->port()});
  stream.handshake(asio::ssl::stream_base::client);
  EXPECT_TRUE(ask(stream).starts_with("HTTP/1.1 200 OK"));
  EXPECT_TRUE(ask(stream).ends_with("secure"));
}

TEST_F(TlsTest, RefusesOldVersions) {
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
  asio::ssl::stream<tcp::socket> stream(io, context);
  stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), server_->port()});
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  EXPECT_TRUE(error);
}

TEST_F(TlsTest, PlainTextAndHalfHandshakesAreClosed) {
  test::HttpClient plain(server_->port());
  EXPECT_EQ(plain.request("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 0u);
  test::HttpClient silent(server_->port());
  EXPECT_TRUE(silent.ended()) << "nobody may hold a connection by saying nothing";
}

}  // namespace
}  // namespace warp::http
