#include "warp/sip/message/telephone.h"

#include <gtest/gtest.h>

namespace warp::sip {
namespace {

TelephoneParams of(std::string_view uri) {
  const auto parsed = Uri::parse(uri);
  EXPECT_TRUE(parsed) << uri;
  return parsed ? telephone_params(*parsed) : TelephoneParams{};
}

TEST(Telephone, ReadsPortabilityOfTheUserPartAndOfATelUri) {
  for (const auto* uri : {"sip:+12125550100;npdi;rn=+12125559999;cic=+10288@192.0.2.1;user=phone",
                          "tel:+12125550100;npdi;rn=+12125559999;cic=+10288;user=phone"}) {
    const auto params = of(uri);
    EXPECT_TRUE(params.npdi && params.any() && params.user_phone) << uri;
    EXPECT_EQ(params.rn, "+12125559999");
    EXPECT_EQ(params.cic, "+10288");
    EXPECT_TRUE(params.phone_context.empty());
  }
  EXPECT_FALSE(of("sip:+12125550100@192.0.2.1;transport=udp;user=phone").any());
  EXPECT_FALSE(of("sip:alice@192.0.2.1").any());
}

TEST(Telephone, ReadsContextsTrunkGroupsAndWhatIsBehindTheNumber) {
  const auto params = of("tel:5550100;phone-context=+1-212;tgrp=tg1;trunk-context=+1;isub=12;ext=7");
  EXPECT_EQ(params.phone_context, "+1-212");
  EXPECT_EQ(params.tgrp, "tg1");
  EXPECT_EQ(params.trunk_context, "+1");
  EXPECT_EQ(params.isub, "12");
  EXPECT_EQ(params.ext, "7");
  EXPECT_TRUE(of("tel:+12125550100;postd=pp22").any());
  EXPECT_EQ(of("sip:1;RN=5;rn=6@192.0.2.1").rn, "5") << "the first counts";
}

TEST(Telephone, MandatoryParametersThatAreUnknownAreSeen) {
  EXPECT_TRUE(of("tel:+12125550100;m-must=1").unknown_mandatory);
  EXPECT_FALSE(of("tel:+12125550100;may=1").unknown_mandatory);
}

TEST(Telephone, GlobalDigits) {
  EXPECT_EQ(global_digits("+1-212-555.0100", {}), "12125550100");
  EXPECT_EQ(global_digits("%2B12125550100", {}), "12125550100");
  EXPECT_EQ(global_digits("5550100", "+1-212"), "12125550100");
  EXPECT_EQ(global_digits("5550100", "example.com"), std::nullopt);
  EXPECT_EQ(global_digits("5550100", {}), std::nullopt);
  EXPECT_EQ(global_digits("+1212555*", {}), std::nullopt);
  EXPECT_EQ(global_digits("+1234567890123456", {}), std::nullopt);
  EXPECT_EQ(global_digits("", "+1"), std::nullopt);
}

}  // namespace
}  // namespace warp::sip
