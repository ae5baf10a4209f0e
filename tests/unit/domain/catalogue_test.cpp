#include "warp/domain/catalogue.h"

#include <gtest/gtest.h>

#include "warp/domain/call_record.h"

namespace warp::domain {
namespace {

TEST(Catalogue, WordsParseBack) {
  for (const auto mode : {BillingMode::Prepaid, BillingMode::Postpaid})
    EXPECT_EQ(parse_billing_mode(to_string(mode)), mode);
  for (const auto type : {AuthType::IpAcl, AuthType::Digest, AuthType::Either, AuthType::Both})
    EXPECT_EQ(parse_auth_type(to_string(type)), type);
  for (const auto transport : {SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls})
    EXPECT_EQ(parse_sip_transport(to_string(transport)), transport);
  for (const auto mode : {MediaMode::Anchor, MediaMode::Bypass})
    EXPECT_EQ(parse_media_mode(to_string(mode)), mode);
  for (const auto kind : {RatePlanKind::Customer, RatePlanKind::Vendor})
    EXPECT_EQ(parse_rate_plan_kind(to_string(kind)), kind);
  EXPECT_EQ(to_string(AuthType::IpAcl), "IP_ACL");
  EXPECT_EQ(parse_auth_type("ip_acl"), std::nullopt);
  EXPECT_EQ(parse_billing_mode(""), std::nullopt);
  EXPECT_EQ(parse_sip_transport("SCTP"), std::nullopt);
  EXPECT_EQ(parse_media_mode("RELAY"), std::nullopt);
  EXPECT_EQ(parse_rate_plan_kind("BOTH"), std::nullopt);
}

TEST(CallRecord, WordsParseBack) {
  for (const auto direction : {Direction::Inbound, Direction::Outbound})
    EXPECT_EQ(parse_direction(to_string(direction)), direction);
  for (const auto disposition : {Disposition::Answered, Disposition::NoAnswer, Disposition::Busy,
                                 Disposition::Failed, Disposition::Cancelled})
    EXPECT_EQ(parse_disposition(to_string(disposition)), disposition);
  for (const auto side : {ReleaseSide::Caller, ReleaseSide::Callee, ReleaseSide::Platform})
    EXPECT_EQ(parse_release_side(to_string(side)), side);
  EXPECT_EQ(to_string(Disposition::NoAnswer), "NO ANSWER");
  EXPECT_EQ(parse_disposition("NOANSWER"), std::nullopt);
  EXPECT_EQ(parse_direction("INBOUND"), std::nullopt);
  EXPECT_EQ(parse_release_side("nobody"), std::nullopt);
}

}  // namespace
}  // namespace warp::domain
