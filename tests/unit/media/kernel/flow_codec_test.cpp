#include "kernel/flow_codec.h"

#include <gtest/gtest.h>

#include "packets.h"

namespace warp::media::testing {
namespace {

TEST(FlowCodec, AFlowComesBackAsItWentIn) {
  const KernelFlow v4{
      at("192.0.2.1:10000"), at("198.51.100.7:4000"), at("192.0.2.2:10002"), at("203.0.113.9:6000"), 46,
      std::uint8_t{101}};
  const KernelFlow v6{at("[2001:db8::1]:10000"),
                      at("[2001:db8:a::7]:4000"),
                      at("[2001:db8::2]:10002"),
                      at("[2001:db8:b::9]:6000"),
                      0,
                      std::nullopt};
  for (const auto& flow : {v4, v6})
    EXPECT_EQ(flow_of(key_of(flow.local), value_of(flow, {7, flow.destination.ip, 1500, false}, 9)), flow);
}

TEST(FlowCodec, TheSameAddressOfTheOtherFamilyIsAnotherKey) {
  domain::SocketAddress v6 = at("192.0.2.1:10000");
  v6.ip.v6 = true;
  const auto one = key_of(at("192.0.2.1:10000")), other = key_of(v6);
  EXPECT_NE(std::memcmp(&one, &other, sizeof one), 0);
}

}  // namespace
}  // namespace warp::media::testing
