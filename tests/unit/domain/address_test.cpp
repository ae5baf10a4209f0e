#include "warp/domain/address.h"

#include <unordered_set>

#include <gtest/gtest.h>

namespace warp::domain {
namespace {

using namespace std::string_view_literals;

TEST(IpAddress, ParsesAndRenders) {
  for (const auto text :
       {"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "::1", "fe80::1:2"}) {
    const auto ip = IpAddress::parse(text);
    ASSERT_TRUE(ip) << text;
    EXPECT_EQ(ip->to_string(), text);
  }
  EXPECT_EQ(IpAddress::parse("[2001:DB8:0::1]")->to_string(), "2001:db8::1");
  EXPECT_EQ(IpAddress::v4(0xC0000201).to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_v4(), 0xC0000201u);
}

TEST(IpAddress, FoldsMappedAddresses) {
  const auto mapped = IpAddress::parse("::ffff:192.0.2.1");
  ASSERT_TRUE(mapped);
  EXPECT_FALSE(mapped->v6);
  EXPECT_EQ(*mapped, *IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(std::hash<IpAddress>{}(*mapped), std::hash<IpAddress>{}(*IpAddress::parse("192.0.2.1")));
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const auto text : {""sv, "1.2.3"sv, "1.2.3.4.5"sv, "256.1.1.1"sv, "01.2.3.4"sv, "1.2.3.4 "sv,
                          " 1.2.3.4"sv, "[1.2.3.4]"sv, "[::1"sv, "::1]"sv, "fe80::1%eth0"sv, "host"sv,
                          "1.2.3.4\0x"sv, "1:2:3:4:5:6:7:8:9"sv, ":::"sv, "[]"sv, "0x7f.1"sv, "2130706433"sv,
                          "00000000000000000000000000000000000000000000000000000001::1"sv})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, KnowsUnspecified) {
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
  EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
}

TEST(SocketAddress, ParsesAndRenders) {
  for (const auto text : {"192.0.2.1:5060", "[2001:db8::1]:5061", "0.0.0.0:0", "[::]:65535"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  for (const auto text : {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1",
                          "2001:db8::1", "2001:db8::1:5060", "[2001:db8::1]", "host:5060", "192.0.2.1:5060x"})
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
}

TEST(SocketAddress, HashesTellPortsApart) {
  std::unordered_set<std::size_t> hashes;
  auto address = *SocketAddress::parse("192.0.2.1:0");
  for (unsigned port = 0; port < 65536; ++port) {
    address.port = static_cast<std::uint16_t>(port);
    hashes.insert(std::hash<SocketAddress>{}(address));
  }
  EXPECT_GT(hashes.size(), 65500u);
}

TEST(Cidr, ParsesClearsHostBitsAndContains) {
  const auto net = Cidr::parse("192.0.2.77/28");
  ASSERT_TRUE(net);
  EXPECT_EQ(net->to_string(), "192.0.2.64/28");
  EXPECT_TRUE(net->contains(*IpAddress::parse("192.0.2.79")));
  EXPECT_FALSE(net->contains(*IpAddress::parse("192.0.2.80")));
  EXPECT_FALSE(net->contains(*IpAddress::parse("2001:db8::1")));
  EXPECT_EQ(Cidr::parse("198.51.100.1")->length, 32);
  EXPECT_EQ(Cidr::parse("2001:db8::1")->length, 128);
  EXPECT_TRUE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
  EXPECT_EQ(Cidr::parse("2001:db8:ffff::/33")->to_string(), "2001:db8:8000::/33");
}

TEST(Cidr, FoldsMappedNetworks) {
  EXPECT_EQ(Cidr::parse("::ffff:192.0.2.0/120")->to_string(), "192.0.2.0/24");
  EXPECT_EQ(Cidr::parse("::ffff:192.0.2.1")->to_string(), "192.0.2.1/32");
  EXPECT_FALSE(Cidr::parse("::ffff:192.0.2.0/24"));
}

TEST(Cidr, RefusesWhatIsNoNetwork) {
  for (const auto text : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
                          "2001:db8::/129", "10.0.0/8", "10.0.0.0/08x"})
    EXPECT_FALSE(Cidr::parse(text)) << text;
}

}  // namespace
}  // namespace warp::domain
