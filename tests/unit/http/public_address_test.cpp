#include "warp/http/public_address.h"

#include <gtest/gtest.h>

namespace warp::http {
namespace {

bool open(const char* text) {
  return is_public(boost::asio::ip::make_address(text));
}

TEST(PublicAddress, TakesWhatIsRouted) {
  for (const auto* text :
       {"1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255", "172.15.255.255", "172.32.0.0",
        "192.0.1.0",       "192.167.255.255", "198.17.255.255",  "198.20.0.0",     "223.255.255.255",
        "2606:4700::1111", "2001:200::1",     "2001:db7::1",     "2001:db9::1",    "2003::1",
        "3ffe:ffff::1"})
    EXPECT_TRUE(open(text)) << text;
}

TEST(PublicAddress, RefusesWhatIsOurOwnOrNobodys) {
  for (const auto* text :
       {"0.0.0.0",        "0.1.2.3",         "10.0.0.1",        "100.64.0.1",  "100.127.255.255",
        "127.0.0.1",      "127.255.255.255", "169.254.169.254", "172.16.0.1",  "172.31.255.255",
        "192.0.0.8",      "192.0.2.1",       "192.88.99.1",     "192.168.0.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.1",    "203.0.113.1",     "224.0.0.1",   "240.0.0.1",
        "255.255.255.255"})
    EXPECT_FALSE(open(text)) << text;
  for (const auto* text : {"::", "::1", "fe80::1", "fc00::1", "fdff::1", "ff02::1", "2001:db8::1", "100::1"})
    EXPECT_FALSE(open(text)) << text;
}

TEST(PublicAddress, RefusesSixThatCarriesFour) {
  for (const auto* text : {"::ffff:127.0.0.1", "::ffff:1.1.1.1", "::127.0.0.1", "64:ff9b::7f00:1",
                           "2002:7f00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"})
    EXPECT_FALSE(open(text)) << text;
}

}  // namespace
}  // namespace warp::http
