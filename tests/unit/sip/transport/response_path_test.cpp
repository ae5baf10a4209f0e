#include "warp/sip/transport/response_path.h"

#include <gtest/gtest.h>

#include "support/sip_text.h"

namespace warp::sip {
namespace {

Flow from(std::string_view remote) {
  return {*domain::SocketAddress::parse(remote), *domain::SocketAddress::parse("192.0.2.1:5060"), 3};
}

Message parse(const test::RequestText& request) {
  auto message = Message::parse(request.text());
  EXPECT_TRUE(message);
  return std::move(*message);
}

Message with_via(const std::string& via) {
  return parse({.via = via});
}

TEST(ResponsePath, RportGoesBackToTheSource) {
  const auto request = with_via("SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1;rport");
  const auto flow = from("203.0.113.5:1024");
  EXPECT_EQ(reply_flow(request, flow).remote, flow.remote);
  EXPECT_EQ(reply_flow(request, flow).listener, 3);
  const auto stamp = via_stamp(request, flow);
  EXPECT_EQ(stamp.received, "203.0.113.5");
  EXPECT_EQ(stamp.rport, 1024);
}

TEST(ResponsePath, WithoutRportToTheSentByPort) {
  const auto flow = from("203.0.113.5:1024");
  EXPECT_EQ(reply_flow(with_via("SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1"), flow).remote.to_string(),
            "203.0.113.5:5062");
  EXPECT_EQ(reply_flow(with_via("SIP/2.0/UDP host.example;branch=z9hG4bK1"), flow).remote.to_string(),
            "203.0.113.5:5060");
}

TEST(ResponsePath, ReceivedOnlyWhenSentByIsSomethingElse) {
  const auto flow = from("203.0.113.5:5060");
  EXPECT_EQ(via_stamp(with_via("SIP/2.0/UDP 203.0.113.5;branch=z9hG4bK1"), flow).received, "");
  EXPECT_EQ(via_stamp(with_via("SIP/2.0/UDP host.example;branch=z9hG4bK1"), flow).received, "203.0.113.5");
  EXPECT_EQ(via_stamp(with_via("SIP/2.0/UDP 203.0.113.6;branch=z9hG4bK1"), flow).received, "203.0.113.5");
  EXPECT_EQ(via_stamp(with_via("SIP/2.0/UDP 203.0.113.6;branch=z9hG4bK1"), flow).rport, 0);
}

TEST(StatelessResponse, IsTheSameForARetransmissionAndParses) {
  const auto request = with_via("SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1;rport");
  std::string first, second;
  ASSERT_TRUE(write_stateless(first, request, from("203.0.113.5:1024"), 503, "", {"Retry-After", "5"}));
  ASSERT_TRUE(write_stateless(second, request, from("203.0.113.5:1024"), 503, "", {"Retry-After", "5"}));
  EXPECT_EQ(first, second);
  const auto response = Message::parse(first);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status(), 503);
  EXPECT_EQ(response->header("retry-after"), "5");
  EXPECT_EQ(response->via().received, "203.0.113.5");
  EXPECT_EQ(response->via().rport, 1024);
  EXPECT_EQ(response->to().tag, stateless_tag(request));
  EXPECT_NE(stateless_tag(request), stateless_tag(with_via("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2")));
}

TEST(StatelessResponse, AnAckGetsNone) {
  std::string out;
  EXPECT_FALSE(write_stateless(out, parse({.method = "ACK"}), from("203.0.113.5:5060"), 400, ""));
}

}  // namespace
}  // namespace warp::sip
