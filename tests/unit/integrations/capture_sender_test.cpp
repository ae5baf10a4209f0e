#include "warp/integrations/capture_sender.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <gmock/gmock.h>

#include "support/wait.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;

struct CaptureSenderTest : testing::Test {
  std::unique_ptr<CaptureSender> make(const std::string& target) {
    settings.targets = {*CaptureTarget::parse(target)};
    auto made = CaptureSender::make(settings, 1, clock, log, metrics);
    (*made)->run();
    return std::move(*made);
  }
  static void put(CaptureSender& sender, const std::string& packet) {
    std::string* slot = sender.ring(0).begin_write();
    ASSERT_NE(slot, nullptr);
    *slot = packet;
    sender.ring(0).commit();
    sender.wake();
  }
  double connected(const std::string& target) {
    return metrics
        .gauge("warp_capture_connected",
               "1 when a capture server can be sent to: its name is known, its connection up.",
               {{"target", target}})
        .value();
  }
  std::uint64_t away() {
    return metrics
        .counter("warp_capture_dropped_total",
                 "Captured messages that did not get to a capture server, by cause.",
                 {{"cause", "target_away"}})
        .value();
  }

  CaptureSettings settings;
  SystemClock clock;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  asio::io_context context;
};

TEST_F(CaptureSenderTest, SendsByUdp) {
  asio::ip::udp::socket sink(context, {asio::ip::address_v4::loopback(), 0});
  const auto target = "udp://127.0.0.1:" + std::to_string(sink.local_endpoint().port());
  const auto sender = make(target);
  ASSERT_TRUE(test::poll_until({}, [&] { return connected(target) == 1; }));
  put(*sender, "one");
  put(*sender, "two");
  std::array<char, 16> room;
  EXPECT_EQ(sink.receive(asio::buffer(room)), 3u);
  EXPECT_EQ(std::string(room.data(), 3), "one");
  EXPECT_EQ(sink.receive(asio::buffer(room)), 3u);
}

TEST_F(CaptureSenderTest, SendsByTcpAndAgainAfterABreak) {
  asio::ip::tcp::acceptor listener(context, {asio::ip::address_v4::loopback(), 0});
  const auto sender = make("tcp://127.0.0.1:" + std::to_string(listener.local_endpoint().port()));
  put(*sender, "packet");
  std::string room(6, '\0');
  {
    auto connection = listener.accept();
    asio::read(connection, asio::buffer(room));
    EXPECT_EQ(room, "packet");
  }
  auto connection = listener.accept();
  put(*sender, "second");
  asio::read(connection, asio::buffer(room));
  EXPECT_EQ(room, "second");
}

TEST_F(CaptureSenderTest, AServerThatIsAwayCostsWhatDoesNotFit) {
  settings.target_octets = 10;
  const auto sender = make("tcp://127.0.0.1:1");
  put(*sender, "12345");
  put(*sender, "12345");
  put(*sender, "12345");
  EXPECT_TRUE(test::poll_until({}, [&] { return away() == 1; }));
}

TEST_F(CaptureSenderTest, AuthoritiesThatCannotBeReadAreSaid) {
  settings.ca_file = "/nowhere/ca.pem";
  settings.targets = {*CaptureTarget::parse("tls://127.0.0.1:9061")};
  const auto made = CaptureSender::make(settings, 1, clock, log, metrics);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), testing::HasSubstr("/nowhere/ca.pem"));
}

}  // namespace
}  // namespace warp::integrations
