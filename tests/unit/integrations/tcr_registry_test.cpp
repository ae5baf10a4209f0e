// What each operation asks of TCR, and what it makes of the answers.
#include "warp/integrations/tcr_registry.h"

#include <future>

#include "warp/integrations/local_registry.h"

#include "tcr_fake.h"

namespace warp::integrations {
namespace {

using domain::CampaignStatus;
using domain::Document;
using domain::RegisteredBrand;
using domain::RegisteredCampaign;
using domain::RegistryAnswer;
using domain::RegistryResult;
using Kind = domain::RegistryError::Kind;
using testing::ElementsAre;

class TcrRegistryTest : public TcrFake {
 protected:
  ~TcrRegistryTest() override { asio::co_spawn(io_, registry_.close(), asio::use_future).get(); }

  template <class T, class Call>
  RegistryResult<T> run(Call call) {
    std::promise<RegistryResult<T>> promise;
    call([&](RegistryResult<T> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  auto campaign(const std::string& id) {
    return run<RegisteredCampaign>([&](auto done) { registry_.campaign(id, done); });
  }
  TcrRegistry registry_{client(), io_.get_executor(), log_};
};

TEST_F(TcrRegistryTest, RegistersABrandWithoutWaitingForItsScore) {
  say("POST /v2/brand/nonBlocking",
      {{200, R"({"brandId":"B1","displayName":"Acme","identityStatus":"UNVERIFIED"})"}});
  const auto made = run<RegisteredBrand>([&](auto done) {
    registry_.create_brand({{"display_name", "Acme"}, {"ein_issuing_country", "US"}}, true, done);
  });
  ASSERT_TRUE(made) << made.error().internal;
  EXPECT_EQ(made->id, "B1");
  EXPECT_EQ(made->identity_status, "UNVERIFIED");
  EXPECT_EQ(
      asked()[0].body,
      R"({"displayName":"Acme","einIssuingCountry":"US","brandRelationship":"BASIC_ACCOUNT","mock":true})");
}

TEST_F(TcrRegistryTest, AVettedBrandComesWithItsScore) {
  say("GET /v2/brand/B1", {{200, R"({"brandId":"B1","identityStatus":"VETTED_VERIFIED"})"}});
  say("GET /v2/brand/B1/externalVetting", {{200, R"([{"vettingScore":88}])"}});
  const auto brand = run<RegisteredBrand>([&](auto done) { registry_.brand("B1", done); });
  ASSERT_TRUE(brand);
  EXPECT_EQ(brand->trust_score, 88u);
}

TEST_F(TcrRegistryTest, AChangedIdentityIsVerifiedAnew) {
  say("PUT /v2/brand/B1", {{200, "{}"}});
  say("PUT /v2/brand/B1/revet", {{200, "{}"}});
  say("GET /v2/brand/B1", {{200, R"({"brandId":"B1","identityStatus":"UNVERIFIED"})"}});
  const auto change = [&](bool reverify) {
    return run<RegisteredBrand>(
        [&](auto done) { registry_.update_brand("B1", Document::object(), reverify, done); });
  };
  EXPECT_TRUE(change(true));
  EXPECT_THAT(lines(), ElementsAre("PUT /v2/brand/B1", "PUT /v2/brand/B1/revet", "GET /v2/brand/B1"));
  EXPECT_TRUE(change(false));
  EXPECT_EQ(lines().size(), 5u);
}

TEST_F(TcrRegistryTest, ACampaignIsQualifiedBeforeItIsPaidFor) {
  say("GET /v2/campaignBuilder/brand/B1/usecase/2FA",
      {{200, R"({"mnoMetadata":{"10017":{"qualify":false},"10035":{"qualify":false}}})"},
       {200, R"({"mnoMetadata":{"10017":{"qualify":false},"10035":{"qualify":true}}})"}});
  say("POST /v2/campaignBuilder", {{200, R"({"campaignId":"C1","mnoMetadata":{}})"}});
  const auto create = [&] {
    return run<RegisteredCampaign>([&](auto done) {
      registry_.create_campaign("B1", {{"usecase", "2FA"}, {"message_flow", "web"}}, done);
    });
  };
  const auto refused = create();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::Refused);
  const auto made = create();
  ASSERT_TRUE(made) << made.error().internal;
  EXPECT_EQ(made->id, "C1");
  EXPECT_EQ(made->brand_id, "B1");
  EXPECT_EQ(made->status, CampaignStatus::Pending);
  EXPECT_EQ(asked().back().body, R"({"usecase":"2FA","messageFlow":"web","brandId":"B1"})");
}

TEST_F(TcrRegistryTest, ACampaignsStateIsReadWhole) {
  say("GET /v2/campaign/C1", {{200, R"({"campaignId":"C1","brandId":"B1","status":"ACTIVE"})"}});
  say("GET /v2/campaign/C1/operationStatus", {{200, R"({"10017":"APPROVED"})"}});
  say("GET /v2/campaign/C1/sharing", {{200, R"({"sharedByMe":{"sharingStatus":"ACCEPTED"}})"}});
  const auto found = campaign("C1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, CampaignStatus::Approved);
  say("GET /v2/campaign/C1/sharing", {{500, ""}});
  EXPECT_EQ(campaign("C1").error().kind, Kind::Unavailable) << "half of the truth decides nothing";
  EXPECT_EQ(campaign("C2").error().kind, Kind::NotFound);
}

TEST_F(TcrRegistryTest, IdsOfClientsStayWithinTheirPlaceInThePath) {
  EXPECT_FALSE(campaign("../brand/B1"));
  EXPECT_THAT(lines(), ElementsAre("GET /v2/campaign/..%2Fbrand%2FB1"));
}

TEST_F(TcrRegistryTest, ReviewSharingAndNudge) {
  say("PUT /v2/campaign/C1/resubmit", {{200, "{}"}});
  say("PUT /v2/campaign/C1/sharing/SABC123", {{200, "{}"}});
  say("POST /v2/campaign/C1/nudge", {{200, ""}});
  say("GET /v2/campaign/C1/operationStatus", {{200, R"({"10017":"REVIEW"})"}});
  say("GET /v2/campaign/C1/mnoMetadata", {{200, R"({"10017":{"mno":"AT&T"}})"}});
  EXPECT_TRUE(run<RegistryAnswer>([&](auto done) { registry_.resubmit("C1", done); }));
  EXPECT_TRUE(run<RegistryAnswer>([&](auto done) { registry_.elect("C1", {{"cnp_id", "SABC123"}}, done); }));
  EXPECT_TRUE(run<RegistryAnswer>([&](auto done) { registry_.nudge("C1", Document::object(), done); }));
  EXPECT_EQ(asked().back().body, R"({"nudgeIntent":"REVIEW"})");
  const auto carriers = run<RegistryAnswer>([&](auto done) { registry_.carriers("C1", done); });
  ASSERT_TRUE(carriers);
  EXPECT_EQ(carriers->data[0]["carrier"], "AT&T");
  const auto nobody =
      run<RegistryAnswer>([&](auto done) { registry_.elect("C1", Document::object(), done); });
  EXPECT_EQ(nobody.error().kind, Kind::Refused);
}

TEST_F(TcrRegistryTest, AsksForEventsOfEachKind) {
  say("PUT /v2/webhook/subscription", {{200, "{}"}});
  EXPECT_TRUE(run<RegistryAnswer>([&](auto done) { registry_.subscribe("https://h/callbacks/tcr", done); }));
  EXPECT_EQ(asked().size(), 3u);
  EXPECT_EQ(asked()[0].body, R"({"eventCategory":"BRAND","webhookEndpoint":"https://h/callbacks/tcr"})");
}

TEST(LocalRegistry, GivesIdsThatAreNotTcrsAndLeavesTheDecisionToTheOperator) {
  LocalRegistry registry(std::make_unique<SeededIdSource>(1));
  std::string first, second;
  registry.create_campaign("LB1", {{"usecase", "2FA"}}, [&](RegistryResult<RegisteredCampaign> made) {
    ASSERT_TRUE(made);
    first = made->id;
    EXPECT_EQ(made->status, CampaignStatus::Pending);
  });
  registry.create_brand({}, false, [&](RegistryResult<RegisteredBrand> made) { second = made->id; });
  EXPECT_EQ(first.size(), 12u);
  EXPECT_TRUE(first.starts_with("LC")) << first;
  EXPECT_TRUE(second.starts_with("LB")) << second;
  registry.campaign(first, [](RegistryResult<RegisteredCampaign> found) {
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, Kind::NotKept);
  });
}

}  // namespace
}  // namespace warp::integrations
