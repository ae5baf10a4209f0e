#include "warp/net/udp_socket.h"

#include <poll.h>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/net/sockaddr.h"

namespace warp::net {
namespace {

domain::SocketAddress address(std::string_view text) {
  return domain::SocketAddress::parse(text).value_or(domain::SocketAddress{});
}

// Everything that arrives until `count` datagrams are there or two seconds have passed.
std::vector<std::pair<std::string, domain::SocketAddress>> read(UdpSocket& socket, std::size_t count) {
  std::vector<std::pair<std::string, domain::SocketAddress>> all;
  DatagramBatch batch;
  while (all.size() < count) {
    pollfd poller{socket.fd(), POLLIN, 0};
    if (::poll(&poller, 1, 2000) <= 0) break;
    for (const auto& datagram : socket.receive(batch))
      all.emplace_back(
          std::string(reinterpret_cast<const char*>(datagram.bytes.data()), datagram.bytes.size()),
          datagram.peer);
  }
  return all;
}

struct UdpSocketTest : testing::TestWithParam<const char*> {};

TEST_P(UdpSocketTest, CarriesDatagramsOneByOneAndInBatches) {
  auto a = UdpSocket::open(address(GetParam()));
  auto b = UdpSocket::open(address(GetParam()));
  ASSERT_TRUE(a && b);
  ASSERT_NE(a->local().port, 0);
  EXPECT_EQ(a->local().ip, address(GetParam()).ip);

  const std::string large(60'000, 'x');
  EXPECT_EQ(a->send(b->local(), as_bytes("one")), UdpSocket::Sent::Yes);
  EXPECT_EQ(a->send(b->local(), as_bytes(large)), UdpSocket::Sent::Yes);
  EXPECT_EQ(a->send(b->local(), {}), UdpSocket::Sent::Yes);
  auto seen = read(*b, 3);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].first, "one");
  EXPECT_EQ(seen[1].first, large);
  EXPECT_EQ(seen[2].first, "");
  EXPECT_EQ(seen[0].second, a->local());

  std::vector<std::string> texts;
  std::vector<Datagram> batch;
  for (int i = 0; i < 100; ++i)
    texts.push_back("number " + std::to_string(i));
  for (const auto& text : texts)
    batch.push_back({as_bytes(text), b->local()});
  EXPECT_EQ(a->send_batch(batch), 100u);
  seen = read(*b, 100);
  ASSERT_EQ(seen.size(), 100u);
  for (std::size_t i = 0; i < seen.size(); ++i)
    EXPECT_EQ(seen[i].first, texts[i]);
}

TEST_P(UdpSocketTest, WhatIsJoinedArrivesAsItWas) {
  auto a = UdpSocket::open(address(GetParam()), {.join_sends = true});
  auto b = UdpSocket::open(address(GetParam()));
  auto c = UdpSocket::open(address(GetParam()));
  ASSERT_TRUE(a && b && c);
  // Runs of one length with shorter and longer ones between them, an empty one, some that are too long to be
  // joined, and another peer in the middle.
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 150; ++i)
    texts.emplace_back(i % 11 == 10         ? 300
                       : i % 17 == 16       ? 700
                       : i == 40            ? 0
                       : i == 77 || i == 78 ? 1400
                                            : 500,
                       static_cast<char>('a' + i % 26));
  std::vector<Datagram> batch;
  for (std::size_t i = 0; i < texts.size(); ++i)
    batch.push_back({as_bytes(texts[i]), i / 10 % 5 == 4 ? c->local() : b->local()});
  EXPECT_EQ(a->send_batch(batch), texts.size());
  std::vector<std::string> to_b, to_c;
  for (std::size_t i = 0; i < texts.size(); ++i)
    (i / 10 % 5 == 4 ? to_c : to_b).push_back(texts[i]);
  const auto arrived = [](UdpSocket& socket, std::size_t count) {
    std::vector<std::string> seen;
    for (auto& one : read(socket, count))
      seen.push_back(std::move(one.first));
    return seen;
  };
  EXPECT_EQ(arrived(*b, to_b.size()), to_b);
  EXPECT_EQ(arrived(*c, to_c.size()), to_c);
}

TEST_P(UdpSocketTest, ARunThatCannotBeSentStopsWhereItBegins) {
  auto a = UdpSocket::open(address(GetParam()), {.join_sends = true});
  auto b = UdpSocket::open(address(GetParam()));
  ASSERT_TRUE(a && b);
  const std::string text(400, 'x');
  const domain::SocketAddress nowhere{b->local().ip, 0};
  const std::vector<Datagram> batch{{as_bytes(text), b->local()},
                                    {as_bytes(text), b->local()},
                                    {as_bytes(text), nowhere},
                                    {as_bytes(text), nowhere},
                                    {as_bytes(text), b->local()}};
  EXPECT_EQ(a->send_batch(batch), 2u);
  EXPECT_EQ(read(*b, 2).size(), 2u);
}
INSTANTIATE_TEST_SUITE_P(Families, UdpSocketTest, testing::Values("127.0.0.1:0", "[::1]:0"));

TEST(UdpSocket, NothingToReadIsEmpty) {
  auto socket = UdpSocket::open(address("127.0.0.1:0"));
  ASSERT_TRUE(socket);
  DatagramBatch batch;
  EXPECT_TRUE(socket->receive(batch).empty());
}

TEST(UdpSocket, APortIsSharedOnlyWhenAsked) {
  auto alone = UdpSocket::open(address("127.0.0.1:0"));
  ASSERT_TRUE(alone);
  const auto refused = UdpSocket::open(alone->local());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), boost::system::errc::address_in_use);

  auto first = UdpSocket::open(address("127.0.0.1:0"), {.reuse_port = true});
  ASSERT_TRUE(first);
  EXPECT_TRUE(UdpSocket::open(first->local(), {.reuse_port = true}).has_value());
}

TEST(UdpSocket, AnUnreachableFamilyFailsToSend) {
  auto socket = UdpSocket::open(address("127.0.0.1:0"));
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->send(address("[::1]:9"), as_bytes("x")), UdpSocket::Sent::Failed);
}

TEST(Sockaddr, GoesThereAndBack) {
  for (const auto* text : {"192.0.2.7:5060", "[2001:db8::1]:65535", "0.0.0.0:0"}) {
    const auto there = to_sockaddr(address(text));
    const auto back = from_sockaddr(there.storage, there.length);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, address(text));
    EXPECT_FALSE(from_sockaddr(there.storage, 4));
  }
}

TEST(Sockaddr, FoldsMappedAddresses) {
  domain::SocketAddress mapped{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}, true}, 5060};
  const auto raw = to_sockaddr(mapped);
  const auto back = from_sockaddr(raw.storage, raw.length);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, address("192.0.2.1:5060"));
}

}  // namespace
}  // namespace warp::net
