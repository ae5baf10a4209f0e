#include "warp/integrations/certificate_fetcher.h"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include "warp/net/loop.h"

#include "support/wait.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;

struct CertificateFetcherTest : testing::Test {
  std::unique_ptr<HttpsCertificateFetcher> make(CertificateFetchSettings settings) {
    settings.timeout = std::chrono::milliseconds(200);
    return std::move(*HttpsCertificateFetcher::make(std::move(settings), tasks));
  }
  // Runs the loop until the answer is there.
  bool fetched(HttpsCertificateFetcher& fetcher, const std::string& url) {
    bool answered = false, good = false;
    fetcher.fetch(url, [&](FetchedCertificate given) {
      answered = true;
      good = given.good;
    });
    EXPECT_TRUE(test::poll_until({}, [&] {
      loop.poll();
      return answered;
    })) << url;
    return good;
  }
  ~CertificateFetcherTest() override {
    tasks.cancel();
    test::poll_until({}, [&] {
      loop.poll();
      return tasks.size() == 0;
    });
  }

  SystemClock clock;
  metrics::Registry metrics;
  net::Loop loop{"test", clock, metrics};
  net::TaskGroup tasks{loop.context().get_executor(), [](std::string_view, std::exception_ptr) {}};
};

TEST_F(CertificateFetcherTest, OnlyHttpsAndItsPorts) {
  const auto fetcher = make({.allow_private = true});
  for (const char* url : {"http://127.0.0.1/x", "https://127.0.0.1:8444/x", "ftp://127.0.0.1/x",
                          "https://user@127.0.0.1/x", "rubbish", ""}) {
    bool answered = false;
    fetcher->fetch(url, [&](FetchedCertificate given) { answered = !given.good; });
    EXPECT_TRUE(answered) << url;  // without a look at the network
  }
}

TEST_F(CertificateFetcherTest, OnlyPublicAddresses) {
  asio::ip::tcp::acceptor listener(loop.context(), {asio::ip::address_v4::loopback(), 0});
  const auto port = std::to_string(listener.local_endpoint().port());
  int connections = 0;
  listener.async_accept([&](const auto& error, asio::ip::tcp::socket) { connections += !error; });
  const auto fetcher = make({.any_port = true});
  EXPECT_FALSE(fetched(*fetcher, "https://127.0.0.1:" + port + "/x"));
  EXPECT_FALSE(fetched(*fetcher, "https://localhost:" + port + "/x"));
  EXPECT_FALSE(fetched(*fetcher, "https://169.254.169.254/latest/meta-data"));
  EXPECT_FALSE(fetched(*fetcher, "https://[::ffff:127.0.0.1]:" + port + "/x"));
  EXPECT_EQ(connections, 0);
}

TEST_F(CertificateFetcherTest, AServerThatSaysNothingIsGivenUp) {
  asio::ip::tcp::acceptor listener(loop.context(), {asio::ip::address_v4::loopback(), 0});
  const auto fetcher = make({.allow_private = true, .any_port = true});
  EXPECT_FALSE(
      fetched(*fetcher, "https://127.0.0.1:" + std::to_string(listener.local_endpoint().port()) + "/x"));
}

TEST_F(CertificateFetcherTest, AfterTheEndItFails) {
  const auto fetcher = make({.allow_private = true, .any_port = true});
  tasks.cancel();
  bool answered = false;
  fetcher->fetch("https://127.0.0.1/x", [&](FetchedCertificate given) { answered = !given.good; });
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace warp::integrations
