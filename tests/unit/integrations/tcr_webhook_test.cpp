#include "warp/integrations/tcr_webhook.h"

#include <gtest/gtest.h>

namespace warp::integrations {
namespace {

constexpr const char* kCallbackUrl = "https://warp.example/callbacks/tcr";
constexpr const char* kSecret = "SECRET";
// Members out of order, blanks, an escape: its canonical form is what was signed, by another implementation.
constexpr const char* kBody =
    "{ \"mnoName\" : \"AT&T \\u2013 1\", \"mnoId\" : 10017,\n \"eventType\": "
    "\"MNO_CAMPAIGN_OPERATION_APPROVED\", \"brandId\":\"B1\", \"campaignId\":\"C1\" }";
constexpr const char* kSignature = "0Z3k8qDLlyStb2uhpCQnfQJUj4g=";

TEST(TcrWebhook, TakesWhatTcrSigned) {
  const auto event = read_event(kCallbackUrl, kBody, kSignature, kSecret);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "MNO_CAMPAIGN_OPERATION_APPROVED");
  EXPECT_EQ(event->brand_id, "B1");
  EXPECT_EQ(event->campaign_id, "C1");
}

TEST(TcrWebhook, RefusesEverythingElse) {
  EXPECT_FALSE(read_event(kCallbackUrl, kBody, kSignature, "other"));
  EXPECT_FALSE(read_event(kCallbackUrl, kBody, "", kSecret));
  EXPECT_FALSE(read_event(kCallbackUrl, kBody, std::string(kSignature) + "=", kSecret));
  EXPECT_FALSE(read_event("https://elsewhere.example/", kBody, kSignature, kSecret));
  std::string changed(kBody);
  changed.replace(changed.find("C1"), 2, "C2");
  EXPECT_FALSE(read_event(kCallbackUrl, changed, kSignature, kSecret));
}

TEST(TcrWebhook, WithoutASecretNothingIsSigned) {
  EXPECT_FALSE(read_event(kCallbackUrl, kBody, sign_event(kCallbackUrl, kBody, ""), ""));
}

TEST(TcrWebhook, WhatIsNoFlatObjectIsNoEvent) {
  for (const auto& body : {std::string("[]"), std::string("{"), std::string(),
                           "{\"a\":" + std::string(30'000, '[') + std::string(30'000, ']') + "}"})
    EXPECT_EQ(sign_event(kCallbackUrl, body, kSecret), "") << body.substr(0, 9);
  const std::string untyped = "{\"campaignId\":\"C1\"}";
  EXPECT_FALSE(read_event(kCallbackUrl, untyped, sign_event(kCallbackUrl, untyped, kSecret), kSecret));
}

}  // namespace
}  // namespace warp::integrations
