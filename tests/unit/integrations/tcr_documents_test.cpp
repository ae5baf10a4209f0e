#include "warp/integrations/tcr_documents.h"

#include <gtest/gtest.h>

namespace warp::integrations {
namespace {

using domain::CampaignStatus;
using domain::Document;

Document json(const char* text) {
  return Document::parse(text);
}

TEST(TcrDocuments, NamesGoThereAndBack) {
  const auto ours =
      json(R"({"sub_usecases":["2FA"],"sample1":"a","optin_keywords":"START","alt_business_id_type":"DUNS",)"
           R"("terms_and_conditions":true,"privacy_policy_url":"https://a/p","terms_url":"https://a/t"})");
  const auto theirs = to_tcr(ours);
  EXPECT_EQ(theirs, json(R"({"subUsecases":["2FA"],"sample1":"a","optinKeywords":"START",)"
                         R"("altBusinessIdType":"DUNS","termsAndConditions":true,)"
                         R"("privacyPolicyLink":"https://a/p","termsAndConditionsLink":"https://a/t"})"));
  EXPECT_EQ(from_tcr(theirs), ours);
}

TEST(TcrDocuments, ABrandsScoreIsThatOfItsBestVettingInForce) {
  const auto brand = brand_of(
      json(R"({"brandId":"B1","cspId":"S1","displayName":"Acme","identityStatus":"VETTED_VERIFIED"})"),
      json(R"([{"vettingScore":40,"vettingStatus":"ACTIVE"},{"vettingScore":75,"vettingStatus":"ACTIVE"},)"
           R"({"vettingScore":90,"vettingStatus":"EXPIRED"},{"vettingStatus":"PENDING"}])"));
  EXPECT_EQ(brand.id, "B1");
  EXPECT_TRUE(brand.vetted);
  EXPECT_EQ(brand.trust_score, 75u);
  EXPECT_EQ(brand.fields, json(R"({"display_name":"Acme"})"));
  EXPECT_FALSE(brand_of(json(R"({"brandId":"B1","identityStatus":"VERIFIED"})"), {}).trust_score);
}

CampaignStatus status(const char* own, const char* carriers, const char* shared) {
  Document campaign{{"campaignId", "C1"}, {"brandId", "B1"}, {"status", own}};
  Document sharing;
  if (shared) sharing = {{"sharedByMe", {{"sharingStatus", shared}, {"explanation", "no opt-in"}}}};
  return *campaign_of(campaign, json(carriers), sharing).status;
}

TEST(TcrDocuments, ACampaignIsApprovedWhenPartnerAndCarrierHaveSaidSo) {
  EXPECT_EQ(status("ACTIVE", "{}", nullptr), CampaignStatus::Pending);
  EXPECT_EQ(status("ACTIVE", R"({"10017":"REVIEW"})", "ACCEPTED"), CampaignStatus::Pending);
  EXPECT_EQ(status("ACTIVE", R"({"10017":"APPROVED"})", "PENDING"), CampaignStatus::Pending);
  EXPECT_EQ(status("ACTIVE", R"({"10017":"APPROVED","10035":"REVIEW"})", "ACCEPTED"),
            CampaignStatus::Approved);
  EXPECT_EQ(status("ACTIVE", R"({"10017":"APPROVED","10035":"REJECTED"})", "ACCEPTED"),
            CampaignStatus::Approved);
  EXPECT_EQ(status("ACTIVE", R"({"10017":"REJECTED","10035":"REJECTED"})", "ACCEPTED"),
            CampaignStatus::Rejected);
  EXPECT_EQ(status("ACTIVE", R"({"10017":"SUSPENDED","10035":"REJECTED"})", "ACCEPTED"),
            CampaignStatus::Suspended);
  EXPECT_EQ(status("ACTIVE", R"({"10017":"APPROVED"})", "DECLINED"), CampaignStatus::Rejected);
  EXPECT_EQ(status("DORMANT", R"({"10017":"APPROVED"})", "ACCEPTED"), CampaignStatus::Suspended);
  EXPECT_EQ(status("EXPIRED", R"({"10017":"APPROVED"})", "ACCEPTED"), CampaignStatus::Expired);
}

TEST(TcrDocuments, ADeclinedCampaignSaysWhy) {
  const auto campaign =
      campaign_of(json(R"({"campaignId":"C1","status":"ACTIVE","usecase":"2FA"})"), {},
                  json(R"({"sharedByMe":{"sharingStatus":"DECLINED","explanation":"no opt-in"}})"));
  EXPECT_EQ(campaign.rejection_reason, "no opt-in");
  EXPECT_EQ(campaign.fields, json(R"({"usecase":"2FA"})"));
}

TEST(TcrDocuments, CarriersHaveTheirNames) {
  EXPECT_EQ(
      carriers_of(json(R"({"10017":"APPROVED","10035":"REVIEW"})"), json(R"({"10017":{"mno":"AT&T"}})")),
      json(R"([{"carrier":"AT&T","network_id":"10017","status":"APPROVED"},)"
           R"({"carrier":"10035","network_id":"10035","status":"REVIEW"}])"));
}

}  // namespace
}  // namespace warp::integrations
